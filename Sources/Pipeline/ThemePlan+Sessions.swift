import CityModel
import Contracts
import Windowing

/// Readings of one kind, under one condition, in one session window of a theme.
public struct SessionStream: Sendable {
    public var window: SessionDef
    public var kind: String
    public var when: ReadingCondition?
    public var needs: AggregateNeeds
    /// The measures that read it; they differ in what they show.
    public var measures: [MeasureDef]
    /// Sensors of the kind, by street.
    var expected: [Int]

    /// The name that the store keeps.
    public var input: String { when.map { "\(kind) \($0.text)" } ?? kind }

    /// Where a registry row's readings go.
    struct Route: Sendable {
        var stream: Int32
        /// The sensor's number among those of its kind and street.
        var ordinal: Int32
        /// Millionths; readings strictly between these count.
        var above: Int64
        var below: Int64
        var needs: AggregateNeeds
    }
}

extension ThemePlan {
    /// The session streams of a theme, one for each window, kind and condition, and who feeds them: registry row
    /// (index into `Catalogue.sensors`) -> routes.
    static func sessions(
        _ def: ThemeDef, _ catalogue: Catalogue
    ) -> (streams: [SessionStream], routes: [Int32: [SessionStream.Route]]) {
        var streams: [SessionStream] = []
        for window in def.sessions {
            for m in def.measures where m.sessions.contains(window.name) {
                guard case .kind(let kind) = m.source else { continue }
                let needs: AggregateNeeds =
                    m.aggregates.contains { MeasureDef.quantile($0) != nil } ? .quantiles : []
                if let i = streams.firstIndex(where: { $0.window == window && $0.kind == kind && $0.when == m.when }) {
                    streams[i].measures.append(m)
                    streams[i].needs.formUnion(needs)
                } else {
                    streams.append(
                        SessionStream(
                            window: window, kind: kind, when: m.when, needs: needs, measures: [m],
                            expected: Array(repeating: 0, count: catalogue.places.streets.count)))
                }
            }
        }
        var routes: [Int32: [SessionStream.Route]] = [:]
        guard !streams.isEmpty else { return ([], [:]) }
        for s in rows(of: def, kinds: Set(streams.map(\.kind)), catalogue) {
            let sensor = catalogue.sensors[s]
            guard let street = catalogue.streetIndex(of: sensor) else { continue }
            for i in streams.indices where streams[i].kind == sensor.kind {
                let when = streams[i].when
                routes[Int32(s), default: []].append(
                    .init(
                        stream: Int32(i), ordinal: Int32(streams[i].expected[street]),
                        above: when?.direction == .above ? when?.millionths ?? .min : .min,
                        below: when?.direction == .below ? when?.millionths ?? .max : .max, needs: streams[i].needs))
                streams[i].expected[street] += 1
            }
        }
        return (streams, routes)
    }

    /// An empty session table for one partition of a topic with `latenessMs`.
    public func sessionTable(latenessMs: Int64) -> SessionTable {
        SessionTable(
            streams: streams.map { .init(gapMs: $0.window.gapMs, reachMs: $0.window.reachMs) },
            latenessMs: latenessMs, streets: places.streets.count)
    }

    /// A stored session's place in a table; nil where the configuration no longer knows its street, window or input.
    public func session(place: UInt64, window: String, input: String, start: Int64) -> SessionCell? {
        guard let p = places.index(of: place), places.streets.contains(p),
            let stream = streams.firstIndex(where: { $0.window.name == window && $0.input == input })
        else { return nil }
        return SessionCell(stream: Int32(stream), street: Int32(p - places.streets.lowerBound), start: start)
    }

    /// How long after its newest event the last window of a theme may end, panes and sessions alike, ms.
    public var longestEndMs: Int64 {
        max(
            windows.map(\.sizeMs).max() ?? def.paneMs,
            // From the start of the newest event's pane on.
            streams.map { $0.window.gapMs + def.paneMs }.max() ?? 0)
    }
}

import CityModel
import Contracts
import Foundation

/// What must become of one partition's records, by rules written anew from `docs/semantics.md` with plain sets and sums
/// and Foundation's JSON: nothing of the hub's own decoding, counting or merging is used.
///
/// Readings are judged wholly. Of video it is known which records are dead letters, and that all others count.
public struct Reference {
    /// A street's window of one measure, as a summary names it.
    public struct Cell: Hashable, Sendable {
        public var theme, measure, window: String
        public var start: Int64
        public var place: UInt64
        public init(theme: String, measure: String, window: String, start: Int64, place: UInt64) {
            self.theme = theme
            self.measure = measure
            self.window = window
            self.start = start
            self.place = place
        }
    }

    public private(set) var records: Int64 = 0
    public private(set) var accepted: Int64 = 0
    public private(set) var late: Int64 = 0
    public private(set) var duplicate: Int64 = 0
    public private(set) var dead: Set<Int64> = []
    /// Accepted readings by cell: one measure a theme and kind, its shortest tumbling window.
    public private(set) var counts: [Cell: Int64] = [:]
    /// Whether `accepted`, `late`, `duplicate` and `counts` are known.
    public let isExact: Bool

    private let contract: TopicContract
    private let routes: Routes
    private var newest = Int64.min
    private var ids: Set<String> = []

    /// Where the readings of a sensor and kind go; one for all partitions.
    public struct Routes {
        struct Theme {
            var windows: [WindowDef]
            /// Nil where only a ratio wants the kind.
            var cell: (theme: String, measure: String, window: WindowDef)?
        }
        var streets: [String: UInt64] = [:]
        var themes: [String: [Theme]] = [:]

        public init(_ catalogue: Catalogue, _ contract: TopicContract) {
            for s in catalogue.sensors {
                let key = s.id + "\n" + s.kind
                streets[key] = s.street
                themes[key] = catalogue.themes.filter { $0.topics.contains(contract.name) }.compactMap { t in
                    let direct = t.measures.first { $0.source == .kind(s.kind) }
                    let wanted = direct != nil || t.measures.contains {
                        if case .density(s.kind) = $0.source { return s.areaM2 != nil }
                        if case .congested = $0.source { return s.kind == "vehicles" }
                        if case .ratio("people_net", _) = $0.source {
                            return ["people_in", "people_out"].contains(s.kind)
                        }
                        if case .ratio = $0.source { return s.kind == "speed" && s.freeFlowKmh != nil && s.lengthM != nil }
                        return false
                    }
                    let window = t.windows.filter { $0.sizeMs == $0.everyMs && direct?.windows.contains($0.name) == true }
                        .min { $0.sizeMs < $1.sizeMs }
                    guard wanted else { return nil }
                    return Theme(windows: t.windows, cell: direct.flatMap { d in window.map { (t.name, d.name, $0) } })
                }
            }
        }
    }

    public init(_ contract: TopicContract, _ routes: Routes) {
        self.contract = contract
        self.routes = routes
        isExact = contract.format == .kapokJSON
    }

    /// The next record of the partition.
    /// - Parameter spoiled: it was made so that no decoder may accept it.
    public mutating func take(offset: Int64, recordTime: Int64, value: [UInt8], spoiled: Bool) {
        records += 1
        guard !spoiled, let o = (try? JSONSerialization.jsonObject(with: Data(value))) as? [String: Any],
            let time = (o[isExact ? "ts" : "@timestamp"] as? String).flatMap({ EventTime(rfc3339: $0)?.ms }),
            time - recordTime <= contract.maxFutureMs
        else {
            dead.insert(offset)
            return
        }
        if isExact { count(o, time) }
    }

    private mutating func count(_ o: [String: Any], _ time: Int64) {
        let key = "\(o["sensor"] ?? "")\n\(o["kind"] ?? "")"
        if let id = o["id"], !ids.insert("\(id)\n\(o["sensor"] ?? "")").inserted {
            duplicate += 1
            return
        }
        // An event is in time for a window whose end plus the allowed lateness is ahead of the watermark before it.
        let open = newest == .min ? Int64.min : newest - contract.outOfOrdernessMs - contract.allowedLatenessMs
        func start(_ w: WindowDef) -> Int64 { time - (time % w.everyMs + w.everyMs) % w.everyMs }
        let themes = routes.themes[key] ?? []
        guard themes.isEmpty || themes.contains(where: { $0.windows.contains { start($0) + $0.sizeMs > open } }) else {
            late += 1
            return
        }
        accepted += 1
        newest = max(newest, time)
        for case let (theme, measure, w)? in themes.map(\.cell) where start(w) + w.sizeMs > open {
            counts[
                Cell(theme: theme, measure: measure, window: w.name, start: start(w), place: routes.streets[key] ?? 0),
                default: 0] += 1
        }
    }
}

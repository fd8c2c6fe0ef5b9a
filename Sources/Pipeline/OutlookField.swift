import Analytics
import CityModel
import Contracts
import HubAPI

/// The outlook of one measure over all places that have it: forecasts learned over the whole field, scores a place.
struct OutlookField: Sendable {
    /// A forecast is given out once so many of its kind have met their outcome: fewer tell no error.
    static let leastOutcomes = 6

    let measure: MeasureDef
    /// Indices into the tree of places, rising.
    let places: [Int]
    /// Codes of the same.
    let codes: [UInt64]
    /// What the state depends on besides the places; another text is another model.
    let identity: String
    private let def: OutlookDef
    private var forecaster: FieldForecaster
    private var series: [OutlookSeries]
    /// Start of the newest window taken in.
    private(set) var newest: Int64?
    /// Place index -> position in the field; -1: not in it.
    private let position: [Int]

    /// Nil where no place has the measure.
    init?(_ def: OutlookDef, _ m: ThemePlan.Measure, _ plan: ThemePlan, range: ClosedRange<Double>?) {
        self.def = def
        measure = m.def
        let tree = plan.places
        var has = [Bool](repeating: false, count: tree.count)
        for (s, p) in tree.streets.enumerated() where !plan.sensors[s * plan.inputs.count + m.numerator].isEmpty {
            var at = p
            while at >= 0 {
                has[at] = true
                at = Int(tree.parentIndex[at])
            }
        }
        places = tree.places.indices.filter { has[$0] }
        guard !places.isEmpty else { return nil }
        codes = places.map { tree.places[$0].code }
        var position = [Int](repeating: -1, count: tree.count)
        for (i, p) in places.enumerated() { position[p] = i }
        self.position = position
        let offset = Int64(def.utcOffsetMinutes) * 60_000
        forecaster = FieldForecaster(
            series: places.count,
            .init(
                stepMs: def.stepMs, leads: def.horizonsMs.map { Int($0 / def.stepMs) }, coverage: def.interval,
                offsetMs: offset, range: range))
        series = places.map { _ in OutlookSeries(scored: def.threshold != nil, offsetMs: offset) }
        identity = Self.identity(def, m.def, range)
    }

    /// Raised when the models change so that older state means something else.
    private static let formula = 1

    private static func identity(_ def: OutlookDef, _ m: MeasureDef, _ range: ClosedRange<Double>?) -> String {
        let index = m.index.map { "\($0.from) \($0.to)" } ?? "none"
        return "formula \(formula) window \(def.stepMs) horizons \(def.horizonsMs) interval \(def.interval)"
            + " scored \(def.threshold != nil) offset \(def.utcOffsetMinutes)"
            + " source \(m.source) display \(m.display) index \(index) unit \(m.unit)"
            + " range \(range.map { "\($0.lowerBound) \($0.upperBound)" } ?? "none")"
    }

    /// Bytes of state; it does not grow.
    var bytes: Int { forecaster.bytes + series.reduce(0) { $0 + $1.bytes } }

    func position(of place: Int) -> Int? {
        position.indices.contains(place) && position[place] >= 0 ? position[place] : nil
    }

    /// Takes in the window that starts at `start`, one value a place of the field. False, and nothing is taken in,
    /// where it is not newer than the newest one.
    mutating func take(start: Int64, _ values: [Double?]) -> Bool {
        guard forecaster.update(time: EventTime(ms: start), values: values) else { return false }
        newest = start
        for i in series.indices {
            series[i].take(
                i < values.count ? values[i] : nil, start: start, stepMs: def.stepMs, threshold: def.threshold)
        }
        return true
    }

    // MARK: state

    mutating func state() -> [UInt8] {
        var c = StateCoder(capacity: bytes)
        code(&c)
        return c.bytes
    }

    /// False where the bytes are not what such a field has written over so many places; the field is spoilt then.
    mutating func restore(_ bytes: [UInt8], places n: Int) -> Bool {
        resize(Array(repeating: nil, count: n))
        var c = StateCoder(reading: bytes)
        code(&c)
        return c.isWhole
    }

    /// Brings a field over the places `old` to this field's places: each keeps what it has learned.
    mutating func move(from old: [UInt64]) {
        let at = Dictionary(old.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
        resize(codes.map { at[$0] })
    }

    private mutating func resize(_ from: [Int?]) {
        let empty = OutlookSeries(scored: def.threshold != nil, offsetMs: Int64(def.utcOffsetMinutes) * 60_000)
        forecaster = forecaster.moved(from)
        series = from.map { i in i.flatMap { series.indices.contains($0) ? series[$0] : nil } ?? empty }
    }

    private mutating func code(_ c: inout StateCoder) {
        forecaster.code(&c)
        for i in series.indices { series[i].code(&c) }
        c.code(&newest)
    }

    // MARK: what is told

    /// One row a place of the field, in the order of the tree; none before the first window.
    func rows(_ plan: ThemePlan) -> [OutlookRow] {
        guard let newest else { return [] }
        let end = EventTime(ms: newest + def.stepMs)
        return places.indices.map { i in
            let (s, p) = (series[i], plan.places.places[places[i]])
            let known = s.readings >= def.history && s.newest != nil
            let forecasts = known ? self.forecasts(i, end) : []
            let state: OutlookRow.State = s.newest == nil ? .silent : forecasts.isEmpty ? .learning : .ready
            return OutlookRow(
                place: p.codeText, name: p.name, nameEn: p.nameEn, level: p.level, theme: plan.def.name,
                measure: measure.name, title: measure.title, window: def.window, unit: measure.unit, asOf: end,
                state: state, value: s.newest, severity: s.newest.map(severity) ?? .unknown, history: s.readings,
                needed: def.history, interval: def.interval, forecasts: forecasts,
                reach: measure.levels.flatMap { l in s.newest.flatMap { .init($0, forecasts, l) } },
                score: s.score.map {
                    .init(
                        score: $0.score, expected: $0.expected, deviation: $0.deviation,
                        odd: $0.score >= def.threshold ?? .infinity)
                }, episode: s.episode.map { episode($0, newest) })
        }
    }

    private func severity(_ v: Double) -> Severity { measure.levels?.severity(of: v) ?? .normal }

    private func forecasts(_ i: Int, _ end: EventTime) -> [OutlookRow.Forecast] {
        forecaster.forecasts(i).compactMap { f in
            guard f.outcomes >= Self.leastOutcomes, let error = f.error, let last = f.lastValueError,
                let root = f.rootError, let lastRoot = f.lastValueRootError, let inside = f.inside,
                [f.value, f.low, f.high, error, last, root, lastRoot].allSatisfy(\.isFinite)
            else { return nil }
            return OutlookRow.Forecast(
                minutes: Int(f.leadMs / 60_000), at: end + f.leadMs, value: f.value, low: f.low, high: f.high,
                severity: severity(f.value), error: error, rootError: root, lastValueError: last,
                lastValueRootError: lastRoot, outcomes: f.outcomes, inside: inside)
        }
    }

    private func episode(_ e: OutlookSeries.Episode, _ newest: Int64) -> OutlookRow.Episode {
        .init(
            start: EventTime(ms: e.start), end: EventTime(ms: e.last + def.stepMs),
            ongoing: newest - e.last < OutlookSeries.quiet * def.stepMs, windows: e.windows, score: e.score,
            value: e.value, expected: e.expected, deviation: e.deviation)
    }
}

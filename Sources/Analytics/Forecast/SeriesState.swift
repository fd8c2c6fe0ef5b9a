import CityModel

/// What a `FieldForecaster` keeps of one series.
struct SeriesState: Sendable, Equatable, Codable {
    /// A forecast that waits for its outcome.
    private struct Pending: Sendable, Equatable, Codable {
        var features: [Double]
        var base: Double
        var unit: Double
        /// What the regression said, before it was drawn to the last value.
        var raw: Double
        /// The change that the series' own course says.
        var course: Double
        var value: Double
        var low: Double
        var high: Double
        var width: Double

        static let none = Pending(
            features: Array(repeating: 0, count: FieldForecaster.features), base: 0, unit: 1, raw: 0, course: 0,
            value: 0, low: 0, high: 0, width: 0)

        mutating func code(_ c: inout StateCoder) {
            c.code(&features)
            c.code(&base)
            c.code(&unit)
            c.code(&raw)
            c.code(&course)
            c.code(&value)
            c.code(&low)
            c.code(&high)
            c.code(&width)
        }
    }

    private let leads: [Int]
    private let stepMs: Int64
    private let range: ClosedRange<Double>?
    private var profile: RhythmProfile
    private var own: [LeastSquares]
    private var intervals: [ForecastInterval]
    private var trust: [ForecastTrust]
    /// A ring of waiting forecasts for each lead, as long as the lead.
    private var rings: [[Pending?]]
    private var clock = 0
    private var last: Double?
    private var usual = 0.0
    private var seen = 0.0
    private var smooth = 0.0
    /// Change a step, lately.
    private var slope = 0.0
    private(set) var deviation = 0.0

    init(_ c: FieldForecaster.Configuration) {
        leads = c.leads
        stepMs = c.stepMs
        range = c.range
        // Half-hour bins: finer ones are noise in a city's first weeks. Priors and memory are in visits of a bin.
        let visit = max(1, 1_800_000 / Double(c.stepMs))
        profile = RhythmProfile(
            .init(bins: 48, offsetMs: c.offsetMs, priors: [0.25 * visit, 3 * visit, 3 * visit], memory: 20 * visit))
        own = c.leads.map { _ in LeastSquares(features: FieldForecaster.features, ridge: c.ownRidge) }
        intervals = c.leads.map { _ in ForecastInterval(coverage: c.coverage) }
        trust = c.leads.map { _ in ForecastTrust() }
        rings = c.leads.map { Array(repeating: nil, count: $0) }
    }

    var horizon: Int { leads.last ?? 0 }
    var bytes: Int {
        let pending = rings.reduce(0) { $0 + $1.count } * (MemoryLayout<Pending>.size + FieldForecaster.features * 8)
        return profile.bytes + own.reduce(0) { $0 + $1.bytes } + leads.count
            * (MemoryLayout<ForecastInterval>.size + MemoryLayout<ForecastTrust>.size)
            + pending + 48
    }

    /// A step that was left out.
    mutating func skip() {
        for k in leads.indices { rings[k][clock % leads[k]] = nil }
        clock += 1
    }

    /// Teaches the forecasts made for this step what came.
    mutating func learn(_ actual: Double, _ keep: Double, _ common: inout [LeastSquares]) {
        for k in leads.indices {
            own[k].fade(keep)
            guard let p = rings[k][clock % leads[k]] else { continue }
            let y = (actual - p.base) / p.unit
            own[k].add(p.features, y - common[k].predict(p.features))
            own[k].solve()
            common[k].add(p.features, y)
            trust[k].learn(said: (p.raw - p.base) / p.unit, course: p.course / p.unit, came: y, keep: keep)
            intervals[k].learn(
                actual: actual, forecast: p.value, width: p.width, lastValue: p.base,
                within: p.low <= actual && actual <= p.high)
        }
    }

    /// Takes in a reading; without one, the last deviation is taken to last.
    mutating func observe(_ value: Double?, at t: EventTime) {
        guard let value else {
            slope = 0
            return
        }
        if let last { slope += 0.5 * (value - last - slope) }
        last = value
        profile.add(value, at: t)
        deviation = value - profile.value(at: t)
        smooth += 0.3 * (deviation - smooth)
        seen = min(seen + 1, 1000)
        usual += (abs(deviation) - usual) / seen
    }

    /// Makes this step's forecasts.
    mutating func propose(at t: EventTime, _ neighbours: Double, unit: Double, _ common: [LeastSquares]) {
        defer { clock += 1 }
        guard let last else {
            for k in leads.indices { rings[k][clock % leads[k]] = nil }
            return
        }
        let here = profile.value(at: t)
        for k in leads.indices {
            let ahead = profile.value(at: t + Int64(leads[k]) * stepMs) - here
            let f = [deviation / unit, smooth / unit, ahead / unit, neighbours / unit]
            let raw = last + unit * (common[k].predict(f) + own[k].predict(f))
            let course = slope * Double(leads[k])
            let w = trust[k].shares
            let value = last + w.said * (raw - last) + w.course * course
            let stress = usual > 0 ? abs(deviation) / usual : 1
            let b = intervals[k].bounds(value, stress: stress, fallback: max(usual, unit))
            rings[k][clock % leads[k]] = Pending(
                features: f, base: last, unit: unit, raw: raw, course: course, value: possible(value),
                low: possible(b.low), high: possible(b.high), width: b.width)
        }
    }

    /// What the measure can be: no water stands below the ground, no index is above its scale.
    private func possible(_ v: Double) -> Double {
        guard let range else { return v }
        return min(max(v, range.lowerBound), range.upperBound)
    }

    mutating func code(_ c: inout StateCoder) {
        profile.code(&c)
        for k in leads.indices {
            own[k].code(&c)
            intervals[k].code(&c)
            trust[k].code(&c)
            for i in rings[k].indices { c.code(&rings[k][i], empty: .none) { $0.code(&$1) } }
        }
        c.code(&clock, in: 0...(Int.max / 2))
        c.code(&last)
        c.code(&usual)
        c.code(&seen)
        c.code(&smooth)
        c.code(&slope)
        c.code(&deviation)
    }

    func forecasts(_ c: FieldForecaster.Configuration) -> [Forecast] {
        guard clock > 0 else { return [] }
        return leads.indices.compactMap { k in
            rings[k][(clock - 1) % leads[k]].map {
                let known = intervals[k].hasOutcome
                return Forecast(
                    leadMs: Int64(leads[k]) * stepMs, value: $0.value, low: $0.low, high: $0.high, lastValue: $0.base,
                    error: known ? intervals[k].error : nil, lastValueError: known ? intervals[k].lastValueError : nil,
                    rootError: known ? intervals[k].rootError : nil,
                    lastValueRootError: known ? intervals[k].lastValueRootError : nil,
                    inside: known ? intervals[k].inside : nil, outcomes: intervals[k].outcomes)
            }
        }
    }
}

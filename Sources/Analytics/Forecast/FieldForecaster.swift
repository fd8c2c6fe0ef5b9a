import CityModel
import Foundation

/// Short-term forecasts of one measure (speed, a time index) at many places at once, learned online with no training.
///
/// For each series and lead `h`, with `y` the value, `P` the rhythm (`RhythmProfile`) as known at the origin `t`:
///
///     y(t+h) - y(t) = theta . [ D(t), E(t), P(t+h) - P(t), N(t) ],   D = y - P
///
/// `E` is the exponentially weighted mean of `D` (weight 0.3 a step), `N` the mean deviation of the six series whose
/// deviations went most with this one's. `theta` is the field's common coefficients plus the series' own correction,
/// both least squares with ridge and forgetting (`LeastSquares`), the correction strongly ridged to 0. Of the change
/// that they say the share is believed that would have fitted best of late (`ForecastTrust`), and so is of the series'
/// own course going on, for what they leave open: water that rises. So with no evidence the forecast is the last value,
/// and it moves from there to a decaying deviation from the rhythm as far as the data says. This is the daily profile
/// with decaying deviation, with learned decay.
///
/// A reading at `t` teaches only forecasts made before `t`. State is fixed: `bytes`. A series alone is a field of one.
public struct FieldForecaster: Sendable, Equatable, Codable {
    public struct Configuration: Sendable, Equatable, Codable {
        /// Time between readings, ms.
        public var stepMs: Int64
        /// Leads, in steps.
        public var leads: [Int]
        public var coverage: Double
        public var offsetMs: Int64
        /// Fields of more series than this do without neighbours, whose search takes 4 bytes a pair.
        public var neighbourLimit: Int
        /// Forgetting times of the common coefficients and the series' own, ms.
        public var memoryMs: Int64
        public var ownMemoryMs: Int64
        /// Ridges of the same, in examples of a usual deviation.
        public var ridge: Double
        public var ownRidge: Double
        /// What the measure can be at all; forecasts and bounds are held in it. Nil: anything.
        public var range: ClosedRange<Double>?

        public init(
            stepMs: Int64 = 300_000, leads: [Int] = [3, 6, 12], coverage: Double = 0.8, offsetMs: Int64 = 0,
            neighbourLimit: Int = 512, memoryMs: Int64 = 2 * 86_400_000, ownMemoryMs: Int64 = 4 * 86_400_000,
            ridge: Double = 50, ownRidge: Double = 500, range: ClosedRange<Double>? = nil
        ) {
            self.stepMs = max(1, stepMs)
            let sound = Set(leads.filter { (1...288).contains($0) }).sorted()
            self.leads = sound.isEmpty ? [1] : sound
            self.coverage = coverage
            self.offsetMs = offsetMs
            self.neighbourLimit = neighbourLimit
            self.memoryMs = max(1, memoryMs)
            self.ownMemoryMs = max(1, ownMemoryMs)
            self.ridge = ridge
            self.ownRidge = ownRidge
            self.range = range
        }
    }

    public let configuration: Configuration
    public let count: Int
    var series: [SeriesState]
    private var common: [LeastSquares]
    private var neighbours: NeighbourSearch?
    private var step: Int64?
    /// Mean absolute deviation of all series from their rhythm: the unit of the features.
    private var unit = 0.0
    private var seen = 0.0
    private var started = false

    static let features = 4

    public init(series n: Int, _ configuration: Configuration = .init()) {
        self.configuration = configuration
        count = max(0, n)
        series = (0..<max(0, n)).map { _ in SeriesState(configuration) }
        common = configuration.leads.map { _ in LeastSquares(features: Self.features, ridge: configuration.ridge) }
        neighbours = n >= 8 && n <= configuration.neighbourLimit ? NeighbourSearch(n) : nil
    }

    /// Bytes of state of the whole field; it does not grow.
    public var bytes: Int {
        series.reduce(0) { $0 + $1.bytes } + common.reduce(0) { $0 + $1.bytes } + (neighbours?.bytes ?? 0)
    }

    /// Writes or reads the state; configuration and number of series must be the same.
    public mutating func code(_ c: inout StateCoder) {
        for i in series.indices { series[i].code(&c) }
        for k in common.indices { common[k].code(&c) }
        neighbours?.code(&c)
        c.code(&step)
        c.code(&unit)
        c.code(&seen)
        c.code(&started)
    }

    /// The field over other series: `from` says which one of this field each is, nil a new one. What each has learned
    /// and what is common stay; neighbours are looked for anew.
    public func moved(_ from: [Int?]) -> FieldForecaster {
        var f = FieldForecaster(series: from.count, configuration)
        for (i, old) in from.enumerated() { if let old, series.indices.contains(old) { f.series[i] = series[old] } }
        f.common = common
        (f.step, f.unit, f.seen, f.started) = (step, unit, seen, started)
        return f
    }

    /// Takes in one step's readings, one a series in the field's order; nil, a NaN or a missing one is no reading.
    /// Steps that were left out are counted as missing; a time of a step at or before the last one is refused.
    @discardableResult
    public mutating func update(time: EventTime, values: [Double?]) -> Bool {
        let now = time.floored(to: configuration.stepMs).ms / configuration.stepMs
        if let step {
            guard now > step else { return false }
            for _ in 0..<min(now - step - 1, Int64(series.first?.horizon ?? 0)) {
                for i in series.indices { series[i].skip() }
            }
        }
        step = now
        let t = EventTime(ms: now * configuration.stepMs)

        learn(values)
        var deviations = Array(repeating: 0.0, count: count)
        for i in series.indices {
            let v = i < values.count ? values[i].flatMap { $0.isFinite ? $0 : nil } : nil
            series[i].observe(v, at: t)
            deviations[i] = series[i].deviation
            guard let v else { continue }
            // A twentieth of the first values, worth two hundred steps, stands in for the deviations not seen yet.
            seen = min(seen + 1, 1000 * Double(count))
            let odd = !started ? abs(v) / 20 : abs(deviations[i])
            unit += (odd - unit) / (!started ? seen : seen + 200 * Double(count))
        }
        started = true
        neighbours?.add(deviations, step: now, stepMs: configuration.stepMs)
        for i in series.indices {
            series[i].propose(at: t, neighbours?.mean(of: i, deviations) ?? 0, unit: max(unit, 1e-9), common)
        }
        return true
    }

    private mutating func learn(_ values: [Double?]) {
        let c = configuration
        let keep = exp(-Double(c.stepMs) / Double(c.memoryMs)), keepOwn = exp(-Double(c.stepMs) / Double(c.ownMemoryMs))
        for k in common.indices { common[k].fade(keep) }
        for i in series.indices {
            guard i < values.count, let v = values[i], v.isFinite else { continue }
            series[i].learn(v, keepOwn, &common)
        }
        for k in common.indices { common[k].solve() }
    }

    /// The newest forecasts of one series, a lead each; empty before its first reading.
    public func forecasts(_ i: Int) -> [Forecast] {
        series.indices.contains(i) ? series[i].forecasts(configuration) : []
    }
}

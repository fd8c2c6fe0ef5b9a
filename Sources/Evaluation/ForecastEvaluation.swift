import Analytics
import CityModel
import Foundation

/// Forecast errors on a table of a measure, split 80/20 in time.
///
/// The error at a horizon is over all steps up to it, as the T-GCN family of papers counts (Zhao et al. 2019), over
/// origins with twelve steps of history inside the last fifth, all series together; outcomes of 0 are missing and not
/// counted. At `exact` it is over the horizon's own step alone, which is what an operator sees.
public struct ForecastEvaluation: Sendable {
    public struct ErrorSum: Sendable, Equatable {
        var squares = 0.0
        var absolute = 0.0
        var count = 0.0
        public var rmse: Double { count > 0 ? (squares / count).squareRoot() : .nan }
        public var mae: Double { count > 0 ? absolute / count : .nan }
        mutating func add(_ e: Double) {
            squares += e * e
            absolute += abs(e)
            count += 1
        }
    }

    public enum Method: String, CaseIterable, Sendable {
        case lastValue = "last value"
        case profile = "daily profile, decaying deviation"
        case kapok = "Kapok"
    }

    /// Minutes.
    public var horizons: [Int]
    /// By horizon: over all steps up to it, and at its own step.
    public var cumulative: [Method: [ErrorSum]] = [:]
    public var exact: [Method: [ErrorSum]] = [:]
    /// By horizon, at its own step: the share of outcomes in the interval, and its mean width.
    public var coverage: [Double] = []
    public var width: [Double] = []
    public var stated: Double
    public var rows: Int
    public var series: Int
    public var bytes: Int

    /// - Parameters:
    ///   - stepMinutes: minutes between rows.
    ///   - start: the first row's time, local.
    public init(_ table: NumberTable, stepMinutes: Int, start: EventTime, horizons wanted: [Int] = [15, 30, 60]) {
        let stepMs = Int64(max(1, stepMinutes)) * 60_000
        let steps = wanted.map { max(1, $0 / max(1, stepMinutes)) }
        horizons = zip(wanted, steps).map { min($0, $1 * max(1, stepMinutes)) }
        let most = steps.max() ?? 1, n = table.columns
        rows = table.rows.count
        series = n
        let config = FieldForecaster.Configuration(stepMs: stepMs, leads: Array(1...most))
        stated = config.coverage
        var field = FieldForecaster(series: n, config)
        bytes = field.bytes
        let split = Int(Double(rows) * 0.8)
        let baseline = ProfileBaseline(table, training: split, perDay: Int(86_400_000 / stepMs), leads: most)
        for m in Method.allCases {
            cumulative[m] = Array(repeating: ErrorSum(), count: steps.count)
            exact[m] = cumulative[m]
        }
        var inside = steps.map { _ in 0.0 }, total = inside, widths = inside
        var last = Array(repeating: 0.0, count: n)
        for t in 0..<rows {
            let row = table.rows[t]
            let values = (0..<n).map { $0 < row.count && row[$0].isFinite && row[$0] != 0 ? row[$0] : nil }
            field.update(time: start + Int64(t) * stepMs, values: values)
            for i in 0..<n { if let v = values[i] { last[i] = v } }
            guard t >= split + 11 else { continue }
            for i in 0..<n {
                let f = field.forecasts(i)
                for h in 1...most where t + h < rows {
                    guard let y = table.value(t + h, i), y != 0, h <= f.count, last[i] != 0 else { continue }
                    let guess: [(Method, Double)] = [
                        (.lastValue, last[i]), (.profile, baseline.forecast(t, h, i, last[i])),
                        (.kapok, f[h - 1].value),
                    ]
                    for (k, s) in steps.enumerated() where h <= s && t + s < rows - 1 {
                        for (m, v) in guess {
                            cumulative[m]?[k].add(v - y)
                            if h == s { exact[m]?[k].add(v - y) }
                        }
                        guard h == s else { continue }
                        total[k] += 1
                        widths[k] += f[h - 1].high - f[h - 1].low
                        if f[h - 1].low <= y && y <= f[h - 1].high { inside[k] += 1 }
                    }
                }
            }
        }
        coverage = zip(inside, total).map { $1 > 0 ? $0 / $1 : .nan }
        width = zip(widths, total).map { $1 > 0 ? $0 / $1 : .nan }
    }
}

extension NumberTable {
    /// A cell; nil where there is none.
    func value(_ row: Int, _ column: Int) -> Double? {
        guard rows.indices.contains(row), rows[row].indices.contains(column) else { return nil }
        let v = rows[row][column]
        return v.isFinite ? v : nil
    }
}

/// The field's usual simple method: the training part's mean day, smoothed over half an hour to each side, plus the
/// present deviation from it times a factor for each lead and series, fitted on the training part.
struct ProfileBaseline {
    private var day: [[Double]] = []
    private var factors: [[Double]] = []

    init(_ table: NumberTable, training: Int, perDay: Int, leads: Int) {
        let n = table.columns
        var sums = Array(repeating: Array(repeating: 0.0, count: n), count: max(1, perDay)), counts = sums
        for t in 0..<min(training, table.rows.count) {
            for i in 0..<n {
                guard let v = table.value(t, i), v != 0 else { continue }
                sums[t % sums.count][i] += v
                counts[t % sums.count][i] += 1
            }
        }
        let reach = max(0, perDay / 48)
        day = sums.indices.map { s in
            (0..<n).map { i in
                var a = 0.0, c = 0.0
                for j in -reach...reach {
                    let k = ((s + j) % sums.count + sums.count) % sums.count
                    a += sums[k][i]
                    c += counts[k][i]
                }
                return c > 0 ? a / c : 0
            }
        }
        factors = (0..<n).map { i in
            (1...max(1, leads)).map { h in
                var ab = 0.0, aa = 0.0
                for t in 0..<max(0, training - h) {
                    guard let x = table.value(t, i), let y = table.value(t + h, i), x != 0, y != 0 else { continue }
                    let a = x - day[t % day.count][i], b = y - day[(t + h) % day.count][i]
                    ab += a * b
                    aa += a * a
                }
                return aa > 0 ? ab / aa : 0
            }
        }
    }

    func forecast(_ t: Int, _ h: Int, _ i: Int, _ last: Double) -> Double {
        day[(t + h) % day.count][i] + factors[i][h - 1] * (last - day[t % day.count][i])
    }
}

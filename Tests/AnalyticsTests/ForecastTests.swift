import CityModel
import Evaluation
import Foundation
import Testing

@testable import Analytics

@Suite struct ForecastTests {
    /// Speeds of some sensors, mph, every five minutes, with two rush hours and slowly moving deviations.
    func table(days: Int, series: Int, seed: UInt64 = 11) -> [[Double?]] {
        var r = SeededRandom(seed: seed)
        var e = Array(repeating: 0.0, count: series)
        return (0..<(days * 288)).map { t in
            let hour = Double(t % 288) / 12
            let rush = 25 * exp(-pow(hour - 8, 2)) + 20 * exp(-pow(hour - 17.5, 2) / 2)
            return (0..<series).map { i in
                e[i] = 0.9 * e[i] + 1.5 * r.normal()
                return 60 - rush + e[i]
            }
        }
    }

    func run(_ rows: [[Double?]], _ f: inout FieldForecaster, from: Int = 0) {
        for (t, row) in rows.enumerated() { f.update(time: EventTime(ms: Int64(from + t) * 300_000), values: row) }
    }

    /// Sums of absolute errors of the forecasts and of the last value, by lead, over the last `test` steps.
    func errors(_ rows: [[Double?]], test: Int) -> (own: [Double], last: [Double]) {
        var f = FieldForecaster(series: rows.first?.count ?? 0)
        var own = [0.0, 0, 0], last = own
        for (t, row) in rows.enumerated() {
            f.update(time: EventTime(ms: Int64(t) * 300_000), values: row)
            guard t >= rows.count - test else { continue }
            for i in row.indices {
                for (k, x) in f.forecasts(i).enumerated() {
                    let at = t + Int(x.leadMs / 300_000)
                    guard rows.indices.contains(at), let y = rows[at][i] else { continue }
                    own[k] += abs(x.value - y)
                    last[k] += abs(x.lastValue - y)
                }
            }
        }
        return (own, last)
    }

    @Test func `with a week of rhythm the forecast beats the last value at 15, 30 and 60 minutes`() {
        let e = errors(table(days: 8, series: 4), test: 288)
        for k in 0..<3 { #expect(e.own[k] < 0.95 * e.last[k]) }
        #expect(e.own[2] < 0.75 * e.last[2])
    }

    @Test func `where the rhythm was learned wrong the forecast is drawn to the last value`() throws {
        // A wave of two hours, in the first days of which the rhythm knows nothing of what comes.
        var f = FieldForecaster(series: 1)
        for k in 0..<600 {
            let phase = Double(k % 24)
            let v = phase < 10 ? 0.03 * phase : phase < 14 ? 0.27 : max(0, 0.27 - 0.05 * (phase - 13))
            f.update(time: EventTime(ms: Int64(k) * 300_000), values: [v])
        }
        // Without that the errors are three to five times the last value's.
        for (p, most) in zip(f.forecasts(0), [1.1, 1.8, 2.7]) {
            let own = try #require(p.error), last = try #require(p.lastValueError)
            #expect(own < most * last, "\(p.leadMs) \(own) \(last)")
        }
    }

    @Test func `the first forecast is the last value, with leads, bounds around it and no error claimed`() throws {
        var f = FieldForecaster(series: 1)
        #expect(f.forecasts(0).isEmpty)
        f.update(time: EventTime(ms: 0), values: [42])
        let x = f.forecasts(0)
        #expect(x.map(\.leadMs) == [900_000, 1_800_000, 3_600_000])
        for p in x {
            #expect(p.value == 42 && p.lastValue == 42)
            #expect(p.low < 42 && p.high > 42)
            #expect(p.error == nil && p.lastValueError == nil)
        }
    }

    @Test func `the last value's error stands beside the forecast's own`() throws {
        var f = FieldForecaster(series: 2)
        run(table(days: 4, series: 2), &f)
        for p in f.forecasts(1) {
            let own = try #require(p.error), last = try #require(p.lastValueError)
            #expect(own > 0 && last > 0)
        }
        let hour = try #require(f.forecasts(1).last)
        #expect((hour.error ?? 9) < (hour.lastValueError ?? 0))
    }

    @Test func `an interval of 80 percent holds 75 to 85 percent of outcomes`() {
        let rows = table(days: 10, series: 3)
        var f = FieldForecaster(series: 3)
        var inside = [0.0, 0, 0], all = inside
        for (t, row) in rows.enumerated() {
            f.update(time: EventTime(ms: Int64(t) * 300_000), values: row)
            guard t > 5 * 288 else { continue }
            for i in row.indices {
                for (k, p) in f.forecasts(i).enumerated() {
                    let at = t + Int(p.leadMs / 300_000)
                    guard rows.indices.contains(at), let y = rows[at][i] else { continue }
                    all[k] += 1
                    if p.low <= y && y <= p.high { inside[k] += 1 }
                }
            }
        }
        for k in 0..<3 { #expect(abs(inside[k] / all[k] - 0.8) < 0.05) }
    }

    @Test func `no forecast sees what comes after it`() {
        let rows = table(days: 2, series: 8)
        var a = FieldForecaster(series: 8), b = a
        run(Array(rows[..<500]), &a)
        run(Array(rows[..<500]), &b)
        #expect(a == b)
        let before = a.forecasts(3)
        b.update(time: EventTime(ms: 500 * 300_000), values: Array(repeating: -999, count: 8))
        #expect(a.forecasts(3) == before)
        #expect(b.forecasts(3) != before)
    }

    @Test func `stored state goes on to the bit`() throws {
        let rows = table(days: 2, series: 8)
        var a = FieldForecaster(series: 8)
        run(Array(rows[..<400]), &a)
        var b = try JSONDecoder().decode(FieldForecaster.self, from: JSONEncoder().encode(a))
        run(Array(rows[400...]), &a, from: 400)
        run(Array(rows[400...]), &b, from: 400)
        #expect(a == b)
        #expect(a.forecasts(7) == b.forecasts(7))
    }

    @Test func `state does not grow`() {
        var f = FieldForecaster(series: 2)
        let before = f.bytes
        run(table(days: 3, series: 2), &f)
        #expect(f.bytes == before)
        #expect(before < 2 * 16_384)
    }

    @Test func `missing readings, gaps and numbers that are none do no harm`() {
        var rows = table(days: 8, series: 3)
        var r = SeededRandom(seed: 2)
        for t in rows.indices {
            for i in 0..<3 where r.unit() < 0.2 { rows[t][i] = r.unit() < 0.5 ? nil : .nan }
        }
        var f = FieldForecaster(series: 3)
        for (t, row) in rows.enumerated() where !(600..<700).contains(t) {
            let taken = f.update(time: EventTime(ms: Int64(t) * 300_000), values: row)
            #expect(taken)
        }
        for i in 0..<3 {
            let x = f.forecasts(i)
            #expect(x.count == 3)
            for p in x { #expect(p.value > 20 && p.value < 80 && p.low <= p.high) }
            #expect((x.last?.error ?? 99) < (x.last?.lastValueError ?? 0))
        }
    }

    @Test func `a step that was seen is refused, a series never seen has no forecast`() {
        var f = FieldForecaster(series: 2)
        let steps: [(Int64, [Double?])] = [(600_000, [1, nil]), (600_001, [2, 2]), (0, [2, 2])]
        let taken = steps.map { f.update(time: EventTime(ms: $0.0), values: $0.1) }
        #expect(taken == [true, false, false])
        #expect(f.forecasts(0).count == 3)
        #expect(f.forecasts(1).isEmpty)
        #expect(f.forecasts(9).isEmpty && f.forecasts(-1).isEmpty)
    }

    @Test func `a constant series is forecast as it is`() {
        var f = FieldForecaster(series: 1)
        for t in 0..<600 { f.update(time: EventTime(ms: Int64(t) * 300_000), values: [5]) }
        for p in f.forecasts(0) { #expect(abs(p.value - 5) < 1e-6) }
    }

    @Test func `neighbours that lead make the forecast better`() {
        // Eight series of one slow wave: the others' deviations tell what one noisy reading cannot.
        var r = SeededRandom(seed: 4)
        var wave = 0.0
        let rows: [[Double?]] = (0..<(6 * 288)).map { _ in
            wave = 0.97 * wave + r.normal()
            return (0..<8).map { _ in 50 + wave + 2 * r.normal() }
        }
        func mean(_ limit: Int) -> Double {
            var f = FieldForecaster(series: 8, .init(leads: [3], neighbourLimit: limit))
            var e = 0.0
            for (t, row) in rows.enumerated() {
                f.update(time: EventTime(ms: Int64(t) * 300_000), values: row)
                guard t > 3 * 288, t + 3 < rows.count else { continue }
                for i in 0..<8 { if let p = f.forecasts(i).first, let y = rows[t + 3][i] { e += abs(p.value - y) } }
            }
            return e
        }
        #expect(mean(512) < 0.97 * mean(0))
    }

    @Test func `least squares finds the coefficients, and without evidence they are nothing`() {
        var l = LeastSquares(features: 2, ridge: 1e-6)
        l.solve()
        #expect(l.coefficients == [0, 0])
        var r = SeededRandom(seed: 1)
        for _ in 0..<100 {
            let f = [r.normal(), r.normal()]
            l.add(f, 2 * f[0] - 3 * f[1])
        }
        l.solve()
        #expect(abs(l.coefficients[0] - 2) < 1e-4 && abs(l.coefficients[1] + 3) < 1e-4)
        for _ in 0..<200 { l.fade(0.5) }
        l.solve()
        #expect(l.coefficients == [0, 0] || l.coefficients.allSatisfy { abs($0) < 1e-4 })
    }
}

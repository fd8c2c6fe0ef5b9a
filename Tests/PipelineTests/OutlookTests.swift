import CityModel
import HubAPI
import TestSupport
import Testing

@testable import Contracts
@testable import Pipeline

/// Forecasts and scores as a pure value: windows in, rows out.
@Suite struct OutlookTests {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z
    static let step: Int64 = 300_000

    static func outlook(_ replacing: [String: String] = [:], edits: [String: String] = [:]) throws -> Outlook {
        let city = try TinyCity(
            edits.merging(["themes/city.yaml": TinyCity.outlookTheme]) { a, _ in a }, replacing: replacing)
        let def = try #require(city.catalogue.theme("city"))
        return try #require(Outlook(ThemePlan(def, city.catalogue), city.catalogue))
    }

    /// The rows of one window, as a roll-up gives them: by place, then measure.
    static func window(
        _ k: Int, _ values: [(place: String, measure: String, value: Double?)], status: WindowStatus = .complete,
        name: String = "5m", shift: Int64 = 0
    ) -> [Summary] {
        let at = start + Int64(k) * step + shift
        return values.map {
            Summary(
                place: $0.place, level: .street, theme: "city", measure: $0.measure, window: name,
                start: EventTime(ms: at), end: EventTime(ms: at + step), status: status, revision: 0, unit: "u",
                value: $0.value, values: [:], severity: .normal, count: $0.value == nil ? 0 : 1, expected: 1,
                reporting: 1, coverage: 100, late: 0, digest: "")
        }
    }

    static let street = TinyCity.streets[2]
    static func row(_ o: Outlook, _ place: String = street, _ measure: String = "speed") throws -> OutlookRow {
        try #require(o.rows.first { $0.place == place && $0.measure == measure })
    }

    /// A day with two rush hours, and noise by seed.
    static func speed(_ k: Int, _ rng: inout SplitMix64) -> Double {
        let hour = k % 288 / 12
        return ([8, 9, 18].contains(hour) ? 30 : 50) + Double(Int.random(in: -300...300, using: &rng)) / 100
    }

    @Test func `a place says how much history it has, and has a forecast with both errors once that is enough`() throws {
        var o = try Self.outlook()
        #expect(o.rows.isEmpty)
        var rng = SplitMix64(state: 1)
        for k in 0..<30 {
            let records = o.take(Self.window(k, [(Self.street, "speed", Self.speed(k, &rng))]))
            #expect(!records.isEmpty)
            let r = try Self.row(o)
            #expect(r.history == k + 1 && r.needed == 12 && r.asOf.ms == Self.start + Int64(k + 1) * Self.step)
            #expect((r.state == .ready) == (k >= 11) && r.forecasts.isEmpty == (k < 11))
            // An hour ahead needs outcomes of its own.
            #expect(r.forecasts.map(\.minutes) == [15, 30, 60].filter { k >= 11 && k + 1 >= $0 / 5 + 6 })
            for f in r.forecasts {
                #expect(f.low <= f.value && f.value <= f.high && f.error > 0 && f.lastValueError > 0)
                #expect(f.rootError >= f.error && f.lastValueRootError >= f.lastValueError)
                #expect(f.at == r.asOf + Int64(f.minutes) * 60_000 && (0...1).contains(f.inside))
                #expect(f.outcomes == k + 1 - f.minutes / 5)
            }
        }
    }

    @Test func `the last value's error is that of a plain walk over the series`() throws {
        var o = try Self.outlook()
        var rng = SplitMix64(state: 2)
        let series = (0..<200).map { Self.speed($0, &rng) }
        for (k, v) in series.enumerated() { _ = o.take(Self.window(k, [(Self.street, "speed", v)])) }
        let r = try Self.row(o)
        for f in r.forecasts {
            let lead = f.minutes / 5
            let errors = (lead..<series.count).map { abs(series[$0] - series[$0 - lead]) }
            #expect(abs(f.lastValueError - errors.reduce(0, +) / Double(errors.count)) < 1e-9)
            let root = (errors.map { $0 * $0 }.reduce(0, +) / Double(errors.count)).squareRoot()
            #expect(abs(f.lastValueRootError - root) < 1e-9 && f.outcomes == errors.count)
        }
        #expect(r.forecasts.count == 3)
    }

    @Test func `a silent place is silent, not forecast, and goes on where it speaks again`() throws {
        var o = try Self.outlook()
        for k in 0..<40 { _ = o.take(Self.window(k, [(Self.street, "speed", 40 + Double(k % 3))])) }
        _ = o.take(Self.window(40, [(Self.street, "speed", nil)]))
        var r = try Self.row(o)
        #expect(r.state == .silent && r.value == nil && r.severity == .unknown && r.forecasts.isEmpty)
        #expect(r.score == nil && r.reach == nil && r.history == 40)
        // A place that was never heard has rows, and nothing in them.
        let other = try Self.row(o, TinyCity.streets[0])
        #expect(other.state == .silent && other.history == 0 && other.forecasts.isEmpty)
        // A hole of ten windows, then a reading.
        _ = o.take(Self.window(51, [(Self.street, "speed", 41)]))
        r = try Self.row(o)
        #expect(r.state == .ready && r.history == 41 && r.value == 41)
    }

    @Test func `only complete windows that are aligned to their size and new are taken in, once`() throws {
        var o = try Self.outlook()
        let v: [(place: String, measure: String, value: Double?)] = [(Self.street, "speed", 40)]
        _ = o.take(Self.window(5, v))
        let before = o.rows
        for rows in [
            Self.window(6, v, status: .provisional), Self.window(6, v, status: .revised), Self.window(6, v, name: "1m"),
            Self.window(6, v, shift: 60_000), Self.window(5, [(Self.street, "speed", 99)]), Self.window(4, v),
            Self.window(5, [(Self.street, "speed", 99)], status: .revised),
        ] {
            let records = o.take(rows)
            #expect(records.isEmpty && o.rows == before)
        }
        // What is no number, of no measure of the outlook or of no place of the field is nothing measured.
        _ = o.take(
            Self.window(6, [(Self.street, "speed", .nan), (Self.street, "flow", 3), ("1", "speed", 3), ("x", "speed", 3)]))
        #expect(try Self.row(o).state == .silent && o.rows.count == before.count)
    }

    @Test func `bounds stay within what the measure can be`() throws {
        var o = try Self.outlook()
        var rng = SplitMix64(state: 3)
        let gauge = TinyCity.streets[0]
        for k in 0..<300 {
            let v = k % 60 < 50 ? -2 : -2 + Double(Int.random(in: 0...900, using: &rng)) / 100
            _ = o.take(Self.window(k, [(gauge, "water_level", v), (Self.street, "speed", v > 0 ? 250 : 0)]))
            for r in o.rows {
                let range = r.measure == "speed" ? 0.0...250 : -2.0...30
                for f in r.forecasts { #expect(range.contains(f.low) && range.contains(f.high) && range.contains(f.value)) }
            }
        }
        #expect(o.rows.contains { !$0.forecasts.isEmpty })
    }

    @Test func `a jump is odd, one episode while it lasts, and over half an hour after`() throws {
        var o = try Self.outlook()
        var rng = SplitMix64(state: 4)
        var k = 0
        func feed(_ n: Int, _ value: (inout SplitMix64) -> Double) {
            for _ in 0..<n {
                _ = o.take(Self.window(k, [(Self.street, "speed", value(&rng))]))
                k += 1
            }
        }
        feed(600) { 50 + Double(Int.random(in: -200...200, using: &$0)) / 100 }
        let quietScore = try #require(try Self.row(o).score)
        #expect(!quietScore.odd && abs(quietScore.expected - 50) < 2)
        let jumped = k
        feed(3) { _ in 12 }
        let r = try Self.row(o)
        let e = try #require(r.episode)
        #expect(r.score?.odd == true && (r.score?.deviation ?? 0) < -6)
        #expect(e.start.ms == Self.start + Int64(jumped) * Self.step && e.ongoing && e.windows == 3 && e.value == 12)
        #expect(e.score >= 2.5 && abs(e.expected - 50) < 15)
        feed(5) { 50 + Double(Int.random(in: -100...100, using: &$0)) / 100 }
        let held = try #require(try Self.row(o).episode)
        #expect(held.start == e.start && held.ongoing == (held.end.ms > Self.start + Int64(k - 6) * Self.step))
        feed(80) { 50 + Double(Int.random(in: -100...100, using: &$0)) / 100 }
        let over = try #require(try Self.row(o).episode)
        #expect(over.start == e.start && !over.ongoing)
    }

    @Test func `water that has risen before is told before it reaches a level`() throws {
        var o = try Self.outlook()
        let gauge = TinyCity.streets[0]
        var told: [String] = []
        // Once a day it rises by 2.5 cm a window for an hour, stands, and falls.
        for k in 0..<(288 * 4) {
            let phase = (k + 188) % 288
            let level = phase < 12 ? 0.025 * Double(phase) : phase < 40 ? 0.3 : max(0, 0.3 - 0.02 * Double(phase - 40))
            _ = o.take(Self.window(k, [(gauge, "water_level", level)]))
            let r = try Self.row(o, gauge, "water_level")
            guard k > 288 * 2, phase == 2 || phase == 3 || phase == 8 else { continue }
            // In truth it comes to 0.1 m with window 4 of the rise, to 0.27 m (orange) with window 11.
            let reach = try #require(r.reach, "\(phase) \(r.forecasts)")
            let isLow = phase < 4
            #expect(reach.severity == (isLow ? .blue : .orange) && reach.threshold == (isLow ? 0.1 : 0.27))
            let truth = ((isLow ? 4 : 11) - phase) * 5
            #expect(abs(reach.minutes - truth) <= 10 && reach.earliest <= reach.minutes, "\(phase) \(reach)")
            #expect(reach.latest.map { $0 >= reach.minutes } ?? true)
            told.append("\(phase): \(reach.minutes)")
        }
        #expect(told.count == 6, "\(told)")
        let r = try Self.row(o, gauge, "water_level")
        #expect(r.forecasts[0].minutes == 15 && r.forecasts[0].error < r.forecasts[0].lastValueError)
    }

    @Test func `lines through the horizons cross a level where they must`() throws {
        func f(_ minutes: Int, _ v: Double, _ w: Double) -> OutlookRow.Forecast {
            .init(
                minutes: minutes, at: EventTime(ms: 0), value: v, low: v - w, high: v + w, severity: .normal, error: 1,
                rootError: 1, lastValueError: 1, lastValueRootError: 1, outcomes: 9, inside: 0.8)
        }
        let up = Levels(
            direction: .above, steps: [.init(severity: .blue, threshold: 10), .init(severity: .orange, threshold: 20)],
            source: "")
        let rising = [f(15, 12, 3), f(30, 18, 3), f(60, 30, 3)]
        #expect(
            OutlookRow.Reach(6, rising, up)
                == .init(severity: .blue, threshold: 10, minutes: 10, earliest: 7, latest: 18))
        #expect(
            OutlookRow.Reach(11, rising, up)
                == .init(severity: .orange, threshold: 20, minutes: 35, earliest: 28, latest: 43))
        #expect(OutlookRow.Reach(25, rising, up) == nil)
        #expect(OutlookRow.Reach(6, [f(15, 7, 9)], up) == nil)
        #expect(OutlookRow.Reach(6, [f(15, 12, 9)], up)?.latest == nil)
        let down = Levels(direction: .below, steps: [.init(severity: .red, threshold: 5)], source: "")
        #expect(
            OutlookRow.Reach(9, [f(15, 7, 1), f(30, 3, 1)], down)
                == .init(severity: .red, threshold: 5, minutes: 23, earliest: 19, latest: 26))
    }
}

import Analytics
import Contracts
import Testing

/// Detectors of one or two stations, on sequences worked out by hand.
@Suite struct StationDetectorTests {
    @Test func `California tells an incident that persists, and its end`() {
        var d = CaliforniaDetector()
        let steps: [(up: Double?, down: Double?, state: IncidentState)] = [
            (20, 18, .clear),  // difference 2
            (30, 16, .clear),  // 14, but the downstream station is full too
            (15, 8, .clear),  // 7
            (30, 10, .tentative),  // 20, 0.67 of the upstream occupancy
            (20, 18, .clear),
            (30, 10, .tentative), (32, 12, .confirmed),
            (40, 20, .continuing),  // 0.5 keeps it, full as the downstream station is
            (nil, 20, .continuing),
            (40, 21, .clear),  // 0.475
            (30, 10, .tentative), (.nan, 10, .clear), (30, 10, .tentative),
            (0, 0, .clear),
        ]
        for (i, s) in steps.enumerated() {
            #expect(d.step(upstream: s.up, downstream: s.down) == s.state, "step \(i)")
        }
    }

    @Test func `the normal deviate is critical from its threshold on`() {
        var d = NormalDeviateDetector(
            .init(history: 4, critical: 2, leastDeviation: 1, persistence: 2, longest: 3))
        for v in [10.0, 12, 10, 12] { #expect(d.step(v) == .clear && d.deviate(of: 0) == nil || d.remembered == 4) }
        // Mean 11, variance 4/3: 13.3 is 1.992 deviations above, 13.4 is 2.078.
        #expect(abs((d.deviate(of: 13.3) ?? 0) - 2.3 / (4.0 / 3).squareRoot()) < 1e-12)
        #expect(d.step(13.4) == .tentative && d.step(13.4) == .confirmed && d.step(13.4) == .continuing)
        // The fourth is one too many: from here on it is the usual level.
        #expect(d.step(13.4) == .clear && d.remembered == 1)
        #expect(d.deviate(of: 100) == nil)
    }

    @Test func `a suspected value does not enter what the next is compared with`() {
        var d = NormalDeviateDetector(.init(history: 4, critical: 2, leastDeviation: 1))
        for v in [10.0, 12, 10, 12] { _ = d.step(v) }
        let before = d.deviate(of: 14)
        #expect(d.step(40) == .tentative && d.deviate(of: 14) == before)
        #expect(d.step(11) == .clear && d.deviate(of: 14) != before)
    }

    @Test func `speeds are judged from below`() {
        var d = NormalDeviateDetector(.init(history: 4, critical: 2, leastDeviation: 1, direction: .below))
        for v in [50.0, 52, 50, 52] { _ = d.step(v) }
        #expect(d.step(80) == .clear)
        var slow = d
        #expect(slow.step(20) == .tentative && slow.step(18) == .confirmed)
    }

    @Test func `double smoothing forecasts as worked out`() {
        var d = SmoothingDetector(.init(alpha: 0.5, errorAlpha: 0.1, critical: 5, leastError: 1, warmUp: 2))
        #expect(d.forecast == nil)
        #expect(d.step(10) == .clear && d.forecast == 10)
        // Once 12, twice 11: level 13, trend 1. The mean absolute error is 0.4, below the least, 1.
        #expect(d.step(14) == .clear && d.forecast == 14)
        var e = d
        #expect(e.step(18.9) == .clear)
        #expect(d.step(19) == .tentative && d.forecast == 14)
        #expect(d.step(19) == .confirmed && d.step(nil) == .continuing && d.step(14) == .clear)
        // Exact forecast: once 13, twice 12.
        #expect(d.forecast == 15)
    }

    @Test func `a steady rise is forecast and is no incident`() {
        var d = SmoothingDetector()
        for i in 0..<200 { #expect(d.step(5 + 0.3 * Double(i)) == .clear) }
    }

    @Test func `a level that stays is learnt anew`() {
        var d = SmoothingDetector(.init(warmUp: 2, longest: 4))
        for _ in 0..<5 { _ = d.step(10) }
        let states = (0..<8).map { _ in d.step(60) }
        #expect(states == [.tentative, .confirmed, .continuing, .continuing, .clear, .clear, .clear, .clear])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `steady traffic raises no alarm, a jam does`(seed: UInt64) {
        var rng = Seeded(state: seed)
        let level = Double.random(in: 2...40, using: &rng)
        var normal = NormalDeviateDetector()
        var smooth = SmoothingDetector()
        var california = CaliforniaDetector()
        for _ in 0..<3000 {
            let v = level + .random(in: -1.5...1.5, using: &rng)
            let w = level + .random(in: -1.5...1.5, using: &rng)
            #expect(normal.step(v) == .clear && smooth.step(v) == .clear)
            #expect(california.step(upstream: v, downstream: w) == .clear)
        }
        _ = (normal.step(level + 30), smooth.step(level + 30))
        #expect(normal.step(level + 30) == .confirmed && smooth.step(level + 30) == .confirmed)
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `any values leave them bounded, and the same values give the same states`(seed: UInt64) {
        func run() -> ([IncidentState], NormalDeviateDetector, SmoothingDetector, CaliforniaDetector) {
            var rng = Seeded(state: seed)
            var (n, s, c) = (NormalDeviateDetector(), SmoothingDetector(), CaliforniaDetector())
            var out: [IncidentState] = []
            for _ in 0..<2000 {
                let odd: [Double?] = [nil, .nan, .infinity, -.infinity, 1e300, -1e300, 0, 5, 50]
                let v = Bool.random(using: &rng) ? odd.randomElement(using: &rng) ?? nil : .random(in: 0...100, using: &rng)
                out += [n.step(v), s.step(v), c.step(upstream: v, downstream: 10)]
                #expect(n.remembered <= n.parameters.history)
            }
            return (out, n, s, c)
        }
        let (a, b) = (run(), run())
        #expect(a.0 == b.0 && a.3 == b.3)
    }

    @Test func `alarms are scored against what happened`() {
        let score = DetectionScore(
            [.init(place: "a", start: 1000, end: 2000), .init(place: "b", start: 1000, end: 2000)],
            alarms: [
                .init(place: "a", time: 1600), .init(place: "a", time: 1400), .init(place: "a", time: 2500),
                .init(place: "a", time: 2501), .init(place: "b", time: 999), .init(place: "c", time: 1500),
            ], decisions: 300, graceMs: 500)
        #expect(score.detected == 1 && score.detectionRate == 0.5 && score.meanTimeToDetectMs == 400)
        #expect(score.trueAlarms == 3 && score.falseAlarms == 3 && score.falseAlarmRate == 0.01)
        let none = DetectionScore([], alarms: [], decisions: 0, graceMs: 0)
        #expect(none.detectionRate == nil && none.falseAlarmRate == nil && none.meanTimeToDetectMs == nil)
    }
}

/// SplitMix64: the same numbers on every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

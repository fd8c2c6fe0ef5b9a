import CityModel
import Evaluation
import Foundation
import Testing

@testable import Analytics

@Suite struct AnomalyTests {
    /// Ten days of five-minute readings with a daily rhythm.
    func rhythm(_ days: Int = 10, seed: UInt64 = 7) -> [(EventTime, Double)] {
        var r = SeededRandom(seed: seed)
        return (0..<(days * 288)).map { i in
            (EventTime(ms: Int64(i) * 300_000), 50 + 20 * sin(2 * .pi * Double(i % 288) / 288) + r.normal())
        }
    }

    func scores(_ readings: [(EventTime, Double)], _ c: AnomalyDetector.Configuration = .init()) -> [AnomalyScore] {
        var d = AnomalyDetector(c)
        return readings.compactMap { d.update(time: $0.0, value: $0.1) }
    }

    @Test func `a value that is usual at noon is an anomaly at midnight`() throws {
        var x = rhythm()
        let i = 9 * 288 + 216
        #expect(abs(x[i].1 - 30) < 5)
        x[i].1 = 70
        let s = scores(x)
        #expect(s[i].score > 4)
        #expect(s[i].deviation > 5)
        #expect(abs(s[i].expected - 30) < 3)
        #expect(s[9 * 288 + 72].score < 2.2)
    }

    @Test func `a lasting shift of three deviations is found, upward or downward, within ten readings`() {
        for sign in [1.0, -1] {
            var x = rhythm()
            for i in (8 * 288)..<(8 * 288 + 60) { x[i].1 += sign * 3 }
            let s = scores(x)
            #expect(s[(8 * 288)..<(8 * 288 + 10)].contains { $0.score >= AnomalyAlarm.standardThreshold })
        }
    }

    @Test func `only rises count where only rises are asked for`() {
        var x = rhythm()
        x[2500].1 -= 30
        #expect(scores(x)[2500].score > 4)
        #expect(scores(x, .init(direction: .up))[2500].score == 0)
        #expect(scores(x, .init(direction: .down))[2500].score > 4)
    }

    @Test func `an undisturbed series raises few alarms, as many as stated or fewer`() {
        let s = scores(rhythm(20, seed: 3)).dropFirst(288)
        let odd = s.count { $0.score >= AnomalyAlarm.standardThreshold }
        #expect(Double(odd) <= 2 * Double(s.count) / 158)
        #expect(s.contains { $0.score > 1 })
    }

    @Test func `the same readings give the same bits, also from stored state`() throws {
        let x = rhythm(4)
        var a = AnomalyDetector(), b = AnomalyDetector()
        for (t, v) in x.prefix(600) {
            let p = a.update(time: t, value: v), q = b.update(time: t, value: v)
            #expect(p == q)
        }
        var c = try JSONDecoder().decode(AnomalyDetector.self, from: JSONEncoder().encode(a))
        #expect(c == a)
        for (t, v) in x.dropFirst(600) {
            let p = a.update(time: t, value: v), q = c.update(time: t, value: v)
            #expect(p == q)
        }
    }

    @Test func `no reading is judged by a later one`() {
        let x = rhythm(3)
        var y = x
        for i in 500..<y.count { y[i].1 = -1000 }
        #expect(scores(x)[..<500] == scores(y)[..<500])
    }

    @Test func `state does not grow`() {
        var d = AnomalyDetector()
        let before = d.bytes
        for (t, v) in rhythm(3) { _ = d.update(time: t, value: v) }
        #expect(d.bytes == before)
        #expect(before < 9000)
        #expect((try? JSONEncoder().encode(d).count) ?? .max < 30_000)
    }

    @Test func `a constant series is quiet, and its first change is not`() {
        var d = AnomalyDetector()
        for i in 0..<500 {
            let s = d.update(time: EventTime(ms: Int64(i) * 60_000), value: 5)?.score
            #expect(s ?? 9 < AnomalyAlarm.standardThreshold)
        }
        let change = d.update(time: EventTime(ms: 500 * 60_000), value: 6)?.score
        #expect(change ?? 0 > AnomalyAlarm.standardThreshold)
    }

    @Test func `the first readings raise no alarm, whatever they are`() {
        var d = AnomalyDetector()
        for (i, v) in [0, 1e9, -3, 7e20, 0.1].enumerated() {
            let s = d.update(time: EventTime(ms: Int64(i) * 1000), value: v)
            #expect(s?.score ?? 9 < AnomalyAlarm.standardThreshold)
        }
    }

    @Test func `what is not a number is refused and changes nothing`() {
        var d = AnomalyDetector()
        _ = d.update(time: EventTime(ms: 0), value: 1)
        let before = d
        for v in [Double.nan, .infinity, -.infinity] {
            let s = d.update(time: EventTime(ms: 1), value: v)
            #expect(s == nil)
        }
        #expect(d == before)
    }

    @Test func `gaps, repeats and times out of order are survived, and silence is told`() {
        var d = AnomalyDetector()
        for i in 0..<200 { _ = d.update(time: EventTime(ms: Int64(i) * 60_000), value: Double(i % 7)) }
        let after = d.update(time: EventTime(ms: 199 * 60_000 + 600_000), value: 3)
        #expect(abs((after?.silence ?? 0) - 10) < 0.5)
        let old = d.update(time: EventTime(ms: 0), value: 3)
        #expect(old?.silence == 1)
        let older = d.update(time: EventTime(ms: -5_000_000_000), value: 3)
        #expect(older?.score.isFinite == true)
    }

    @Test func `one alarm an episode, another when it grows tenfold rarer or after quiet`() {
        var a = AnomalyAlarm(threshold: 2, quiet: 3)
        let scores = [0, 2.5, 2.9, 3.6, 0, 0, 2.4, 0, 0, 0, 0, 2.1]
        let raised = scores.map { a.update($0) }
        #expect(raised.indices.filter { raised[$0] } == [1, 3, 11])
    }

    @Test func `a tail model states what share lies above`() {
        var m = TailModel()
        var r = SeededRandom(seed: 5)
        for _ in 0..<20_000 { m.add(abs(r.normal())) }
        // Of a normal distribution 0.27 % lies beyond three deviations; the exponential tail may say more, not less.
        let p = m.probability(above: 3)
        #expect(p > 0.0027 * 0.8 && p < 0.01)
        #expect(m.probability(above: 0) == 1)
        #expect(m.probability(above: 1) > m.probability(above: 2) && m.probability(above: 2) > m.probability(above: 9))
    }

    @Test func `planted anomalies are found better than by a plain windowed Gaussian`() throws {
        let e = AnomalyEvaluation((3001...3012).map { SyntheticSeries.make(seed: $0) })
        let ours = try #require(e.rows.first?.normalised)
        let gaussian = try #require(e.rows.first { $0.detector.hasPrefix("windowed") }?.normalised)
        #expect(ours > gaussian + 10)
    }
}

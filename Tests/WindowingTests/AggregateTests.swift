import TestSupport
import Testing

@testable import Windowing

@Suite struct AggregateTests {
    typealias Event = (value: Int64, time: Int64, sensor: Int, identity: UInt64)

    func aggregate(_ events: some Sequence<Event>) -> Aggregate {
        var a = Aggregate()
        for e in events {
            a.add(e.value, time: e.time, ordinal: e.sensor, identity: e.identity, needs: [.quantiles, .distinct])
        }
        return a
    }
    func bytes(_ a: Aggregate) -> [UInt8] {
        var b: [UInt8] = []
        a.append(to: &b)
        return b
    }
    func events(_ n: Int, _ rng: inout SplitMix64) -> [Event] {
        (0..<n).map { _ in
            (Int64.random(in: -40_000_000...250_000_000, using: &rng), Int64.random(in: 0...1000, using: &rng),
                Int.random(in: 0..<150, using: &rng), UInt64.random(in: 1...600, using: &rng))
        }
    }

    @Test(arguments: 0..<60) func `merging is the same to the bit for every split and order`(seed: UInt64) {
        var rng = SplitMix64(state: seed)
        let all = events(Int.random(in: 1...900, using: &rng), &rng)
        let whole = bytes(aggregate(all))
        let shuffled = all.shuffled(using: &rng)
        var parts: [Aggregate] = []
        var i = 0
        while i < shuffled.count {
            let j = min(shuffled.count, i + Int.random(in: 1...200, using: &rng))
            parts.append(aggregate(shuffled[i..<j]))
            i = j
        }
        while parts.count > 1 {
            let b = parts.remove(at: Int.random(in: 0..<parts.count, using: &rng))
            parts[Int.random(in: 0..<parts.count, using: &rng)].merge(b)
        }
        #expect(bytes(parts[0]) == whole)
    }

    @Test(arguments: 0..<20) func `canonical bytes read back to an equal aggregate`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let a = aggregate(events(400, &rng))
        let back = try #require(Aggregate(bytes(a)))
        #expect(bytes(back) == bytes(a))
        #expect(Aggregate(bytes(a).dropLast()) == nil)
    }

    @Test(arguments: 0..<20) func `quantiles are within one percent of the nearest rank`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let values = (0..<1000).map { _ in Int64.random(in: 1_000...250_000_000, using: &rng) }.sorted()
        var h = Histogram()
        for v in values { h.add(v) }
        for q in [0.15, 0.5, 0.85, 0.95, 1.0] {
            let exact = Double(values[max(0, Int((q * 1000).rounded(.up)) - 1)])
            let got = try #require(h.quantile(q))
            #expect(abs(got - exact) <= exact * 0.01)
        }
    }

    @Test func `distinct counts are exact for few and within five percent for many`() {
        var d = DistinctCount()
        for i in 1...200 as ClosedRange<UInt64> {
            d.insert(i)
            d.insert(i)
        }
        #expect(d.estimate == 200)
        for i in 1...50_000 as ClosedRange<UInt64> { d.insert(i) }
        #expect(abs(Double(d.estimate) - 50_000) < 2_500)
    }

    @Test func `an empty aggregate has no mean, variance or quantile`() {
        let a = Aggregate()
        #expect(a.mean == nil && a.variance == nil && a.histogram.quantile(0.5) == nil)
    }
}

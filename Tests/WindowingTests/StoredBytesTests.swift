import TestSupport
import Testing

@testable import Windowing

/// Bytes from a store are input: whatever they are, they are read or refused.
@Suite struct StoredBytesTests {
    func bytes(_ a: Aggregate) -> [UInt8] {
        var b: [UInt8] = []
        a.append(to: &b)
        return b
    }
    func aggregate(_ identities: ClosedRange<UInt64>) -> Aggregate {
        var a = Aggregate()
        for i in identities {
            a.add(
                Int64(i) * 1_000, time: 1, ordinal: Int(i % 70), identity: i &* 0x9e37_79b9_7f4a_7c15,
                needs: [.quantiles, .distinct])
        }
        return a
    }

    @Test(arguments: [1...3, 1...600] as [ClosedRange<UInt64>])
    func `damaged bytes are refused or give an aggregate that can be used`(identities: ClosedRange<UInt64>) {
        let whole = bytes(aggregate(identities))
        var rng = SplitMix64(state: identities.upperBound)
        for round in 0..<4_000 {
            var b = whole
            for _ in 0...(round % 3) {
                let at = Int.random(in: 0..<b.count, using: &rng)
                b[at] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &rng) ?? 0
            }
            guard var a = Aggregate(b) else { continue }
            a.merge(aggregate(1...300))
            a.add(5, time: 2, ordinal: 1, identity: 77, needs: [.quantiles, .distinct])
            #expect(a.distinct.estimate >= 0 && !bytes(a).isEmpty)
            _ = a.histogram.quantile(0.5)
        }
    }

    @Test func `a bucket or a distinct count that cannot be is refused`() {
        let a = aggregate(1...3)
        let b = bytes(a)
        // The first bucket's number stands behind the numbers, the sensors and the count of buckets.
        let bucket = 8 * 6 + 16 * 2 + 4 + 8 * a.sensors.words.count + 4
        var damaged = b
        for (i, byte) in ([0, 0, 0, 0x80] as [UInt8]).enumerated() { damaged[bucket + i] = byte }
        #expect(Aggregate(b) != nil && Aggregate(damaged) == nil)
        #expect(!DistinctCount.isSound(exact: [2, 1], registers: []))
        #expect(!DistinctCount.isSound(exact: [], registers: [1, 2, 3]))
        #expect(!DistinctCount.isSound(exact: [], registers: Array(repeating: 54, count: 4096)))
        #expect(DistinctCount.isSound(exact: [], registers: Array(repeating: 53, count: 4096)))
    }

    @Test func `a sum that weighing could carry over the edge is refused`() {
        let a = aggregate(1...3)
        func with(_ sum: Int128) -> [UInt8] {
            var a = a
            a.sum = sum
            return bytes(a)
        }
        for sum in [Int128.min, -1 << 100, 1 << 100, .max] as [Int128] { #expect(Aggregate(with(sum)) == nil) }
        for sum in [1 - 1 << 100, 1 << 99] as [Int128] { #expect(Aggregate(with(sum))?.sum == sum) }
    }
}

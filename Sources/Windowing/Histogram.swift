/// A mergeable log-linear histogram of fixed-point values (64 linear buckets an octave, as in HdrHistogram): a quantile's
/// relative error is at most 1/128 (0.8 %).
///
/// Buckets are found with integer arithmetic alone, so the same values give the same buckets on every machine, and
/// merging is addition: associative and commutative to the bit.
public struct Histogram: Sendable, Hashable {
    /// Bucket number of `counts[0]`; always a multiple of 64.
    @usableFromInline var low: Int32 = 0
    @usableFromInline var counts: ContiguousArray<UInt32> = []

    public init() {}

    /// The bucket of a value in millionths. Magnitudes below 64 millionths have a bucket each; negatives mirror.
    @inlinable
    public static func bucket(of value: Int64) -> Int32 {
        let m = value.magnitude
        if m < 64 { return value < 0 ? -Int32(m) - 1 : Int32(m) }
        let octave = Int32(63 - m.leadingZeroBitCount) - 6
        let b = (octave + 1) * 64 + Int32(truncatingIfNeeded: (m >> UInt64(octave)) & 63)
        return value < 0 ? -b - 1 : b
    }

    /// The middle of a bucket, in millionths.
    public static func middle(of bucket: Int32) -> Double {
        let b = bucket < 0 ? -bucket - 1 : bucket
        let m: Double
        if b < 64 {
            m = Double(b)
        } else {
            let octave = b / 64 - 1
            let base = Double(64 + b % 64)
            var width = 1.0
            for _ in 0..<octave { width *= 2 }
            m = (base + 0.5) * width
        }
        return bucket < 0 ? -m : m
    }

    @inlinable
    public mutating func add(_ value: Int64) {
        let i = Int(Self.bucket(of: value) &- low)
        if i >= 0, i < counts.count {
            counts[i] &+= 1
        } else {
            addOutside(Self.bucket(of: value), 1)
        }
    }

    @usableFromInline @inline(never)
    mutating func addOutside(_ bucket: Int32, _ n: UInt32) {
        let first = bucket & ~63
        if counts.isEmpty {
            low = first
            counts = ContiguousArray(repeating: 0, count: 64)
        } else if bucket < low {
            counts.insert(contentsOf: repeatElement(0, count: Int(low - first)), at: 0)
            low = first
        } else if Int(bucket - low) >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: Int(first + 64 - low) - counts.count))
        }
        counts[Int(bucket - low)] &+= n
    }

    public mutating func merge(_ other: Histogram) {
        guard !other.counts.isEmpty else { return }
        if counts.isEmpty { self = other; return }
        if other.low < low { addOutside(other.low, 0) }
        let last = other.low + Int32(other.counts.count) - 1
        if Int(last - low) >= counts.count { addOutside(last, 0) }
        let shift = Int(other.low - low)
        counts.withUnsafeMutableBufferPointer { mine in
            other.counts.withUnsafeBufferPointer { theirs in
                for i in 0..<theirs.count { mine[shift + i] &+= theirs[i] }
            }
        }
    }

    /// The value (millionths) at quantile `q` in 0...1 by the nearest-rank rule; nil where empty.
    public func quantile(_ q: Double) -> Double? {
        let total = counts.reduce(UInt64(0)) { $0 + UInt64($1) }
        guard total > 0 else { return nil }
        let rank = Swift.max(1, UInt64((q * Double(total)).rounded(.up)))
        var seen: UInt64 = 0
        for (i, n) in counts.enumerated() {
            seen += UInt64(n)
            if seen >= rank { return Self.middle(of: low + Int32(i)) }
        }
        return nil
    }

    /// Non-empty buckets in order: the canonical form, whatever the storage.
    public var entries: [(bucket: Int32, count: UInt32)] {
        counts.enumerated().compactMap { $1 == 0 ? nil : (low + Int32($0), $1) }
    }

    mutating func addEntry(_ bucket: Int32, _ n: UInt32) { addOutside(bucket, n) }

    public static func == (a: Histogram, b: Histogram) -> Bool {
        a.entries.elementsEqual(b.entries) { $0 == $1 }
    }
    public func hash(into h: inout Hasher) {
        for e in entries {
            h.combine(e.bucket)
            h.combine(e.count)
        }
    }
}

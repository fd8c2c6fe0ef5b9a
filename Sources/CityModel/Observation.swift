/// A fixed-point number in millionths, so that sums merge to the same bit in any order.
public struct Micro: Hashable, Comparable, Sendable {
    public var raw: Int64
    public init(raw: Int64) { self.raw = raw }
    public static let scale: Int64 = 1_000_000
    /// The largest magnitude a value may have, in units: squares of it still sum in 128 bits.
    public static let limit: Double = 1e9

    /// Rounds half away from zero. Nil where the value is not finite or beyond `limit`.
    public init?(_ value: Double) {
        guard value.isFinite, value.magnitude <= Self.limit else { return nil }
        raw = Int64((value * 1e6).rounded(.toNearestOrAwayFromZero))
    }
    public var double: Double { Double(raw) / 1e6 }
    public static func < (a: Micro, b: Micro) -> Bool { a.raw < b.raw }
}

/// One measured value, after the wire: placed, in canonical units, ready for windows. 32 bytes, no references.
public struct Observation: Sendable, Hashable {
    /// Event time, ms since the Unix epoch.
    public var time: Int64
    /// The value in millionths of the canonical unit.
    public var value: Int64
    /// For identities (tracked objects, pseudonyms): a 64-bit hash to count distinct ones; else 0.
    public var identity: UInt64
    /// Index of the registry row (sensor and kind) it came from.
    public var source: Int32
    /// Index, inside its batch, of the record it came from.
    public var record: Int32

    @inlinable
    public init(time: Int64, value: Int64, identity: UInt64 = 0, source: Int32, record: Int32) {
        self.time = time
        self.value = value
        self.identity = identity
        self.source = source
        self.record = record
    }
}

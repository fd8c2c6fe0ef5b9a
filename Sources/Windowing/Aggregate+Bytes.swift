/// The canonical bytes: little-endian, the same for equal aggregates on every machine. Digests and the store use them.
extension Aggregate {
    public func append(to out: inout [UInt8]) {
        out.appendInteger(count)
        out.appendInteger(sum)
        out.appendInteger(squares)
        out.appendInteger(min)
        out.appendInteger(max)
        out.appendInteger(lastTime)
        out.appendInteger(lastValue)
        out.appendInteger(late)
        let words = sensors.words
        out.appendInteger(UInt32(words.count))
        for w in words { out.appendInteger(w) }
        let entries = histogram.entries
        out.appendInteger(UInt32(entries.count))
        for e in entries {
            out.appendInteger(e.bucket)
            out.appendInteger(e.count)
        }
        out.appendInteger(UInt32(distinct.exact.count))
        for d in distinct.exact { out.appendInteger(d) }
        out.appendInteger(UInt32(distinct.registers.count))
        out += distinct.registers
    }

    /// Nil where the bytes are not what `append(to:)` writes: an equal aggregate has no other bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        var r = ByteReader(Array(bytes))
        guard let count = r.integer(Int64.self), let sum = r.integer(Int128.self), let squares = r.integer(Int128.self),
            let min = r.integer(Int64.self), let max = r.integer(Int64.self), let lastTime = r.integer(Int64.self),
            let lastValue = r.integer(Int64.self), let late = r.integer(Int64.self),
            let words = r.list(UInt64.self), let entries = r.integer(UInt32.self),
            // Below what sums of counts, and weighted sums, could overflow at.
            (0..<1 << 60).contains(count), (0..<1 << 60).contains(late), sum.magnitude < 1 << 100,
            count > 0 ? min <= max : (sum == 0 && squares == 0 && min == .max && max == .min),
            words.count == 1 || (words.last ?? 0) != 0
        else { return nil }
        self.init()
        var before: Int32 = -8193
        for _ in 0..<entries {
            guard let b = r.integer(Int32.self), let n = r.integer(UInt32.self), b > before, b < 8192, n > 0 else {
                return nil
            }
            histogram.addEntry(b, n)
            before = b
        }
        guard let exact = r.list(UInt64.self), let registers = r.list(UInt8.self), r.atEnd,
            DistinctCount.isSound(exact: exact, registers: registers)
        else { return nil }
        (self.count, self.sum, self.squares, self.min, self.max) = (count, sum, squares, min, max)
        (self.lastTime, self.lastValue, self.late) = (lastTime, lastValue, late)
        sensors = SensorSet(words: words)
        distinct = DistinctCount(exact: exact, registers: registers)
    }
}

extension [UInt8] {
    public mutating func appendInteger<T: FixedWidthInteger>(_ v: T) {
        Swift.withUnsafeBytes(of: v.littleEndian) { append(contentsOf: $0) }
    }
}

/// Reads little-endian integers; nil at a short end.
public struct ByteReader {
    private let bytes: [UInt8]
    private var at = 0
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public var atEnd: Bool { at == bytes.count }
    var left: Int { bytes.count - at }

    public mutating func bytes(_ n: Int) -> [UInt8]? {
        guard n >= 0, n <= left else { return nil }
        defer { at += n }
        return Array(bytes[at..<(at + n)])
    }

    public mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
        let size = T.bitWidth / 8
        guard at + size <= bytes.count else { return nil }
        defer { at += size }
        return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self)) }
    }
    public mutating func list<T: FixedWidthInteger>(_ type: T.Type) -> [T]? {
        guard let n = integer(UInt32.self), Int(n) <= (bytes.count - at) / (T.bitWidth / 8) else { return nil }
        return (0..<n).compactMap { _ in integer(type) }
    }
}

/// Writes the state of a model as bytes, or reads it back into one of the same configuration: one walk for both, so
/// that what is written is what is read. Little-endian, bit for bit: a model read back goes on exactly as it would have.
///
/// Reading never traps: bytes that are cut, too long or out of range set `failed`, and the model must not be used then.
public struct StateCoder: Sendable {
    public private(set) var bytes: [UInt8]
    private var at = 0
    public let isReading: Bool
    public private(set) var failed = false

    /// For writing.
    public init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
        isReading = false
    }
    public init(reading bytes: [UInt8]) {
        self.bytes = bytes
        isReading = true
    }

    /// Everything was read, and nothing was wrong.
    public var isWhole: Bool { !failed && at == bytes.count }

    private mutating func raw<T: FixedWidthInteger>(_ v: inout T) {
        let size = MemoryLayout<T>.size
        guard isReading else {
            withUnsafeBytes(of: v.littleEndian) { bytes.append(contentsOf: $0) }
            return
        }
        guard !failed, at + size <= bytes.count else { return failed = true }
        v = bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self)) }
        at += size
    }

    public mutating func code(_ v: inout Double) {
        var bits = v.bitPattern
        raw(&bits)
        guard isReading, !failed else { return }
        let read = Double(bitPattern: bits)
        if read.isFinite { v = read } else { failed = true }
    }

    /// Times and counts: differences of any two that are read cannot overflow.
    public mutating func code(_ v: inout Int64) {
        var read = v
        raw(&read)
        guard isReading, !failed else { return }
        if read.magnitude < 1 << 61 { v = read } else { failed = true }
    }

    /// A whole number that must lie in `range`.
    public mutating func code(_ v: inout Int, in range: ClosedRange<Int>) {
        var wide = Int64(v)
        raw(&wide)
        guard isReading, !failed else { return }
        if let n = Int(exactly: wide), range.contains(n) { v = n } else { failed = true }
    }

    public mutating func code(_ v: inout Bool) {
        var byte: UInt8 = v ? 1 : 0
        raw(&byte)
        if byte > 1 { failed = true }
        if isReading, !failed { v = byte == 1 }
    }

    /// An array whose length the configuration fixes.
    public mutating func code(_ v: inout [Double]) {
        for i in v.indices {
            if !isReading {
                withUnsafeBytes(of: v[i].bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            } else {
                code(&v[i])
            }
        }
    }

    /// A value that may be absent; `empty` is what is filled where one is read.
    public mutating func code<T>(_ v: inout T?, empty: T, _ body: (inout T, inout StateCoder) -> Void) {
        var present = v != nil
        code(&present)
        guard present, !failed else {
            if isReading { v = nil }
            return
        }
        var value = v ?? empty
        body(&value, &self)
        if isReading { v = value }
    }

    public mutating func code(_ v: inout Double?) { code(&v, empty: 0) { $1.code(&$0) } }
    public mutating func code(_ v: inout Int64?) { code(&v, empty: 0) { $1.code(&$0) } }

    /// The lower half of a square matrix of single precision, the diagonal included, row by row.
    mutating func codeLower(_ v: inout [Float], _ n: Int) {
        guard v.count == n * n else { return failed = true }
        for i in 0..<n {
            for j in 0...i {
                var bits = v[i * n + j].bitPattern
                raw(&bits)
                guard isReading, !failed else { continue }
                let read = Float(bitPattern: bits)
                if read.isFinite { v[i * n + j] = read } else { failed = true }
            }
        }
    }
}

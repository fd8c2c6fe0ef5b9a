import CityModel

/// Writes text into memory that its owner has made large enough; nothing is checked, so that each field costs a few
/// instructions. Only `CitySimulator` uses it, which computes the room needed beforehand.
struct ByteWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private var at: UnsafeMutablePointer<UInt8>

    @inline(__always) init(_ p: UnsafeMutablePointer<UInt8>) {
        start = p
        at = p
    }

    var count: Int { at - start }

    @inline(__always) mutating func byte(_ b: UInt8) {
        at.pointee = b
        at += 1
    }

    @inline(__always) mutating func text(_ s: StaticString) {
        at.update(from: s.utf8Start, count: s.utf8CodeUnitCount)
        at += s.utf8CodeUnitCount
    }

    @inline(__always) mutating func bytes(_ s: UnsafeBufferPointer<UInt8>, _ r: Range<Int>) {
        guard let base = s.baseAddress else { return }
        at.update(from: base + r.lowerBound, count: r.count)
        at += r.count
    }

    mutating func bytes(_ s: [UInt8]) { s.withUnsafeBufferPointer { bytes($0, 0..<s.count) } }

    @inline(__always) mutating func hex(_ v: UInt64, _ digits: Int) {
        var shift = (digits - 1) * 4
        while shift >= 0 {
            let d = UInt8(truncatingIfNeeded: v >> UInt64(shift)) & 15
            byte(d &+ (d < 10 ? 48 : 87))
            shift -= 4
        }
    }

    @inline(__always) mutating func integer(_ v: Int64) {
        var n = v.magnitude
        if v < 0 { byte(45) }
        var digits = 1
        var bound: UInt64 = 10
        while digits < 19, n >= bound {
            digits += 1
            bound &*= 10
        }
        var i = digits
        while i > 0 {
            i -= 1
            at[i] = 48 + UInt8(truncatingIfNeeded: n % 10)
            n /= 10
        }
        at += digits
    }

    /// `v` in steps of the last of `decimals`: 375 with one decimal is 37.5.
    @inline(__always) mutating func fixed(_ v: Int64, _ decimals: Int32) {
        if decimals == 0 { return integer(v) }
        var steps: Int64 = 1
        for _ in 0..<decimals { steps *= 10 }
        if v < 0 { byte(45) }
        let m = Int64(clamping: v.magnitude)
        integer(m / steps)
        byte(46)
        var rest = m % steps
        var i = Int(decimals)
        while i > 0 {
            i -= 1
            at[i] = 48 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        at += Int(decimals)
    }
}

enum Hex {
    static let digits = Array("0123456789abcdef".utf8)
}

/// RFC 3339 text of event times; the part above milliseconds is made once a second.
struct TimeStamp: Sendable {
    private var second: Int64 = .min
    private var text: [UInt8] = Array("1970-01-01T00:00:00".utf8)

    @inline(__always) mutating func write(_ ms: Int64, _ w: inout ByteWriter) {
        let (s, r) = ms.quotientAndRemainderFloored(by: 1000)
        if s != second { prepare(s) }
        w.bytes(text)
        w.byte(46)
        w.byte(48 + UInt8(truncatingIfNeeded: r / 100))
        w.byte(48 + UInt8(truncatingIfNeeded: r / 10 % 10))
        w.byte(48 + UInt8(truncatingIfNeeded: r % 10))
        w.byte(90)
    }

    private mutating func prepare(_ s: Int64) {
        // Only the clock changes inside a day, but a second of event time holds many records: not worth more.
        text = Array(EventTime(ms: s * 1000).rfc3339.utf8.prefix(19))
        second = s
    }
}

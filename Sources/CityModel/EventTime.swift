import Foundation

/// A moment of event time: milliseconds since the Unix epoch, UTC.
///
/// All windows, watermarks and lateness decisions use this type; wall clocks never enter the pure core.
public struct EventTime: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var ms: Int64

    public init(ms: Int64) { self.ms = ms }

    /// Earlier than every event.
    public static let distantPast = EventTime(ms: Int64.min / 4)
    /// Later than every event.
    public static let distantFuture = EventTime(ms: Int64.max / 4)

    /// The years 0 to 9999, ms.
    private static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    public static func < (a: EventTime, b: EventTime) -> Bool { a.ms < b.ms }
    public static func + (a: EventTime, ms: Int64) -> EventTime { EventTime(ms: a.ms + ms) }
    public static func - (a: EventTime, ms: Int64) -> EventTime { EventTime(ms: a.ms - ms) }
    public static func - (a: EventTime, b: EventTime) -> Int64 { a.ms - b.ms }

    /// The largest multiple of `step` (milliseconds, > 0) at or before this time, aligned to the Unix epoch.
    public func floored(to step: Int64) -> EventTime {
        let r = ms % step
        return EventTime(ms: r >= 0 ? ms - r : ms - r - step)
    }

    /// Decodes RFC 3339 text, or a whole number of ms.
    public init(from decoder: any Decoder) throws {
        let c = try decoder.singleValueContainer()
        if let n = try? c.decode(Int64.self) {
            guard (Self.distantPast.ms...Self.distantFuture.ms).contains(n) else {
                throw DecodingError.dataCorruptedError(in: c, debugDescription: "not a time in ms: \(n)")
            }
            self.ms = n
            return
        }
        let s = try c.decode(String.self)
        guard let t = EventTime(rfc3339: s) else {
            throw DecodingError.dataCorruptedError(in: c, debugDescription: "not an RFC 3339 time: \(s)")
        }
        self = t
    }

    /// Encodes RFC 3339 text; a number of ms beyond the years 0 to 9999, which that cannot write.
    public func encode(to encoder: any Encoder) throws {
        var c = encoder.singleValueContainer()
        if Self.writable.contains(ms) { try c.encode(rfc3339) } else { try c.encode(ms) }
    }

    public var description: String { rfc3339 }
}

extension EventTime {
    /// RFC 3339 in UTC; milliseconds are written only when they are not zero. Years beyond 0 to 9999, which RFC 3339
    /// does not know, are written with their sign or more digits.
    public var rfc3339: String {
        let (days, msOfDay) = ms.quotientAndRemainderFloored(by: 86_400_000)
        let (y, m, d) = Self.civil(fromDays: days)
        let s = msOfDay / 1000
        var out = Self.pad(y, 4) + "-" + Self.pad(m, 2) + "-" + Self.pad(d, 2) + "T"
        out += Self.pad(s / 3600, 2) + ":" + Self.pad(s / 60 % 60, 2) + ":" + Self.pad(s % 60, 2)
        if msOfDay % 1000 != 0 { out += "." + Self.pad(msOfDay % 1000, 3) }
        return out + "Z"
    }

    /// Hours, minutes and seconds of the clock at a fixed offset from UTC, for people: `08:30:00`.
    public func clock(offsetHours: Int64 = 8, seconds: Bool = true) -> String {
        let day: Int64 = 86_400_000
        let offset = offsetHours % 24 * 3_600_000
        let s = (ms.quotientAndRemainderFloored(by: day).1 + offset).quotientAndRemainderFloored(by: day).1 / 1000
        let hm = Self.pad(s / 3600, 2) + ":" + Self.pad(s / 60 % 60, 2)
        return seconds ? hm + ":" + Self.pad(s % 60, 2) : hm
    }

    /// Parses `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`. Fractions below a millisecond are cut, a leap second (`:60`,
    /// last of its hour) is the next second. Nil where malformed, and for days that do not exist.
    public init?(rfc3339 text: String) {
        let b = Array(text.utf8)
        func n(_ from: Int, _ count: Int) -> Int64? {
            guard from + count <= b.count else { return nil }
            var v: Int64 = 0
            for i in from..<(from + count) {
                guard b[i] >= 48, b[i] <= 57 else { return nil }
                v = v * 10 + Int64(b[i] - 48)
            }
            return v
        }
        guard b.count >= 20, let y = n(0, 4), b[4] == 45, let mo = n(5, 2), b[7] == 45, let d = n(8, 2),
            b[10] == 84 || b[10] == 116 || b[10] == 32, let h = n(11, 2), b[13] == 58, let mi = n(14, 2),
            b[16] == 58, let s = n(17, 2), (1...12).contains(mo), (1...Self.daysInMonth(y, mo)).contains(d), h < 24,
            mi < 60,
            s < 60 || (s == 60 && mi == 59)
        else { return nil }
        var i = 19
        var frac: Int64 = 0
        if i < b.count, b[i] == 46 {
            i += 1
            var scale: Int64 = 100
            let first = i
            while i < b.count, b[i] >= 48, b[i] <= 57 {
                frac += Int64(b[i] - 48) * scale
                scale /= 10
                i += 1
            }
            guard i > first else { return nil }
        }
        var offset: Int64 = 0
        guard i < b.count else { return nil }
        switch b[i] {
        case 90, 122:
            guard i + 1 == b.count else { return nil }
        case 43, 45:
            guard i + 6 == b.count, let oh = n(i + 1, 2), b[i + 3] == 58, let om = n(i + 4, 2),
                oh < 24, om < 60
            else { return nil }
            offset = (oh * 60 + om) * 60_000 * (b[i] == 45 ? -1 : 1)
        default: return nil
        }
        let days = Self.days(y, mo, d)
        self.ms = days * 86_400_000 + ((h * 60 + mi) * 60 + s) * 1000 + frac - offset
    }

    private static func pad(_ v: Int64, _ width: Int) -> String {
        let s = String(v.magnitude)
        return (v < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - s.count)) + s
    }

    static func daysInMonth(_ y: Int64, _ m: Int64) -> Int64 {
        if m == 2 { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28 }
        return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31
    }

    // Howard Hinnant's days-from-civil algorithms (public domain), proleptic Gregorian.
    static func days(_ year: Int64, _ m: Int64, _ d: Int64) -> Int64 {
        let y = m <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yoe = y - era * 400
        let doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy
        return era * 146_097 + doe - 719_468
    }

    static func civil(fromDays z0: Int64) -> (Int64, Int64, Int64) {
        let z = z0 + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let doe = z - era * 146_097
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
        let mp = (5 * doy + 2) / 153
        let m = mp < 10 ? mp + 3 : mp - 9
        return (yoe + era * 400 + (m <= 2 ? 1 : 0), m, doy - (153 * mp + 2) / 5 + 1)
    }
}

extension Int64 {
    /// Quotient rounded down, remainder never negative; the divisor must be positive.
    public func quotientAndRemainderFloored(by d: Int64) -> (Int64, Int64) {
        let (q, r) = quotientAndRemainder(dividingBy: d)
        return r >= 0 ? (q, r) : (q - 1, r + d)
    }
}

import CityModel
import Foundation

/// Numbers and times for people.
enum Format {
    /// Fixed decimals with thousands separators; `?` for what is not a number.
    static func number(_ v: Double?, decimals: Int) -> String? {
        guard let v, v.isFinite else { return nil }
        if abs(v) >= 1e9 { return String(format: "%.1e", v) }
        let text = String(format: "%.\(min(max(decimals, 0), 6))f", v)
        let negative = text.hasPrefix("-") && text.contains { $0 != "-" && $0 != "0" && $0 != "." }
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        return (negative ? "-" : "") + grouped(String(parts.first ?? "0"))
            + (parts.count > 1 ? "." + parts[1] : "")
    }

    private static func grouped(_ digits: String) -> String {
        var out: [Character] = []
        for (i, c) in digits.reversed().enumerated() {
            if i > 0, i % 3 == 0 { out.append(",") }
            out.append(c)
        }
        return String(out.reversed())
    }

    /// At most five columns: `9999`, `12.3k`, `4.5M`.
    static func compact(_ n: Double) -> String {
        let a = abs(n)
        if !n.isFinite { return "?" }
        for (limit, unit, name) in [(1e4, 1.0, ""), (1e6, 1e3, "k"), (1e9, 1e6, "M"), (1e15, 1e9, "G")] where a < limit
        {
            return unit == 1
                ? String(Int(n.rounded())) : String(format: a / unit < 100 ? "%.1f" : "%.0f", n / unit) + name
        }
        return String(format: "%.0e", n)
    }
    static func compact(_ n: Int64) -> String { compact(Double(n)) }

    /// `4s`, `3m05s`, `2h07m`, `5d03h`; never negative.
    static func age(_ ms: Int64) -> String {
        let s = max(0, ms) / 1000
        func two(_ v: Int64) -> String { v < 10 ? "0\(v)" : "\(v)" }
        if s < 60 { return "\(s)s" }
        if s < 3600 { return "\(s / 60)m" + two(s % 60) + "s" }
        if s < 86_400 { return "\(s / 3600)h" + two(s / 60 % 60) + "m" }
        return s < 8_640_000 ? "\(s / 86_400)d" + two(s / 3600 % 24) + "h" : "\(s / 86_400)d"
    }

    /// At most four columns: `4s`, `3m`, `2h`, `5d`.
    static func shortAge(_ ms: Int64) -> String {
        let s = max(0, ms) / 1000
        for (limit, unit, name) in [(60, 1, "s"), (3600, 60, "m"), (86_400, 3600, "h")] as [(Int64, Int64, String)]
        where s < limit {
            return "\(s / unit)\(name)"
        }
        return s < 864_000_000 ? "\(s / 86_400)d" : ">9y"
    }

    /// The time of day in UTC+8, with the date where it is not `now`'s day: `16:05:09`, `11-23 16:05:09`.
    static func moment(_ t: EventTime, now: EventTime, seconds: Bool = true) -> String {
        let zone: Int64 = 8 * 3_600_000
        guard t.ms.magnitude < 253_402_300_800_000 else { return "?" }
        let clock = t.clock(offsetHours: 8, seconds: seconds)
        let day: (EventTime) -> Int64 = { ($0.ms + zone).quotientAndRemainderFloored(by: 86_400_000).0 }
        if day(t) == day(now) { return clock }
        return (t + zone).rfc3339.prefix(10).suffix(5) + " " + clock
    }
}

extension Format {
    /// `a - b` in ms, held at the ends of Int64 where times from outside are absurd.
    static func span(_ a: EventTime, _ b: EventTime) -> Int64 {
        let (d, overflow) = a.ms.subtractingReportingOverflow(b.ms)
        return overflow ? (a.ms < b.ms ? .min : .max) : d
    }
}

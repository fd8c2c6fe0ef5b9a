import CityModel
import Foundation
import TestSupport
import Testing

@Suite struct EventTimeTests {
    /// A day that Foundation and the proleptic Gregorian calendar agree on: 1600 to 9999.
    static let range: ClosedRange<Int64> = -11_676_096_000_000...253_402_300_799_999

    @Test func `any time survives being written and read`() {
        var g = SplitMix64(state: 7)
        for _ in 0..<20_000 {
            let t = EventTime(ms: Int64.random(in: Self.range, using: &g))
            #expect(EventTime(rfc3339: t.rfc3339) == t, "\(t.ms)")
        }
    }

    @Test func `what is written is what Foundation writes`() {
        let style = Date.ISO8601FormatStyle()
        var g = SplitMix64(state: 7)
        for _ in 0..<2_000 {
            // Whole seconds: Foundation's are floating-point, and it cuts what does not fit.
            let s = Int64.random(in: Self.range, using: &g) / 1000
            #expect(EventTime(ms: s * 1000).rfc3339 == Date(timeIntervalSince1970: Double(s)).formatted(style))
        }
    }

    @Test func `what is read is what Foundation reads, also at an offset`() throws {
        var g = SplitMix64(state: 7)
        var calendar = Calendar(identifier: .gregorian)
        for _ in 0..<2_000 {
            let minutes = Int.random(in: -839...839, using: &g)
            calendar.timeZone = try #require(TimeZone(secondsFromGMT: minutes * 60))
            let date = Date(timeIntervalSince1970: Double(Int64.random(in: Self.range, using: &g) / 1000))
            let c = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            func two(_ n: Int?) -> String { String(format: "%02d", n ?? 0) }
            let day = String(format: "%04d", c.year ?? 0) + "-\(two(c.month))-\(two(c.day))"
            let offset = (minutes < 0 ? "-" : "+") + "\(two(abs(minutes) / 60)):\(two(abs(minutes) % 60))"
            let text = "\(day)T\(two(c.hour)):\(two(c.minute)):\(two(c.second))\(offset)"
            // An offset can carry the year to 10000, which RFC 3339 cannot write.
            guard (c.year ?? 0) <= 9999 else { continue }
            #expect(EventTime(rfc3339: text)?.ms == Int64(date.timeIntervalSince1970) * 1000, "\(text)")
        }
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T08:00:00+08:00", 0), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-11-24T08:00:00.1239Z", 1_795_507_200_123), ("2024-02-29T00:00:00z", 1_709_164_800_000),
            ("2000-02-29t00:00:00Z", 951_782_400_000), ("2016-12-31 23:59:60Z", 1_483_228_800_000),
            ("2017-01-01T07:59:60+08:00", 1_483_228_800_000),
        ] as [(String, Int64)])
    func `well-formed times are read`(text: String, ms: Int64) {
        #expect(EventTime(rfc3339: text)?.ms == ms)
    }

    @Test(arguments: [
        "", "Z", "2026-02-31T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-06-31T00:00:00Z", "2026-09-31T00:00:00Z", "2026-11-31T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-01-00T00:00:00Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0800", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+08:60",
        "2026-01-01T00:00:00+08:00Z", "2026-01-01T00:00:00ZZ", "2026-1-01T00:00:00Z", "26-01-01T00:00:00Z",
        "2026-01-01X00:00:00Z", "2026/01/01T00:00:00Z", "2026-01-01T00:00:00,5Z", "+026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.5", "2026-01-01T0 :00:00Z", "２０２６-01-01T00:00:00Z", "2026-01-01T00:00:00+8:000",
    ])
    func `malformed times and days that do not exist are refused`(text: String) {
        #expect(EventTime(rfc3339: text) == nil)
    }

    @Test func `no bytes crash the reader`() {
        var g = SplitMix64(state: 7)
        let seed = Array("2026-11-24T08:00:00.123+08:00".utf8)
        for _ in 0..<20_000 {
            var b = seed
            for _ in 0..<Int.random(in: 1...3, using: &g) {
                b[Int.random(in: 0..<b.count, using: &g)] = UInt8.random(in: 0...255, using: &g)
            }
            b.removeLast(Int.random(in: 0..<b.count, using: &g))
            if let t = EventTime(rfc3339: String(decoding: b, as: UTF8.self)) {
                #expect(EventTime(rfc3339: t.rfc3339) == t)
            }
        }
    }

    @Test func `a very long fraction is cut to milliseconds`() {
        let text = "1970-01-01T00:00:00." + String(repeating: "9", count: 500) + "Z"
        #expect(EventTime(rfc3339: text)?.ms == 999)
    }

    @Test func `JSON keeps every time, also those that RFC 3339 cannot write`() throws {
        for t in [
            EventTime(ms: 1), .distantPast, .distantFuture, EventTime(ms: -62_200_000_000_000),
            EventTime(ms: -62_167_219_200_001),
            EventTime(ms: -62_167_219_200_000), EventTime(ms: 253_402_300_799_999), EventTime(ms: 253_402_300_800_000),
        ] {
            let data = try JSONEncoder().encode([t])
            #expect(try JSONDecoder().decode([EventTime].self, from: data) == [t])
        }
        #expect(
            try JSONDecoder().decode([EventTime].self, from: Data("[5,\"1970-01-01T00:00:01Z\"]".utf8)).map(\.ms) == [
                5, 1000,
            ])
    }

    @Test(arguments: [
        "[9223372036854775807]", "[-9223372036854775808]", "[\"2026-02-31T00:00:00Z\"]", "[true]", "[1.5]",
    ])
    func `JSON that is no time is refused`(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([EventTime].self, from: Data(json.utf8)) }
    }

    @Test func `floors go down, also before the epoch`() {
        #expect(EventTime(ms: 61_000).floored(to: 60_000).ms == 60_000)
        #expect(EventTime(ms: 60_000).floored(to: 60_000).ms == 60_000)
        #expect(EventTime(ms: -1).floored(to: 60_000).ms == -60_000)
        #expect(EventTime(ms: -60_000).floored(to: 60_000).ms == -60_000)
    }

    @Test func `the clock shows the hour of its offset`() {
        let t = EventTime(ms: 1_795_507_200_000)
        #expect(t.clock() == "16:00:00")
        #expect(t.clock(offsetHours: 0, seconds: false) == "08:00")
        #expect(t.clock(offsetHours: -9) == "23:00:00")
        #expect(EventTime(ms: .max).clock().count == 8)
        #expect(EventTime(ms: .min).clock().count == 8)
    }
}

import CityModel
import Testing
import TestSupport
import Wire

@Suite struct TimeTests {
    let wire: Wireman
    init() throws { wire = try Wireman() }

    func time(_ text: String) -> Int64? {
        let v = wire.verdict(reading(["ts": "\"\(text)\""]))
        if v.reason != nil { #expect(v.reason == .badTime, "\(text)") }
        return v.reason == nil ? v.time : nil
    }

    static let bad = [
        "", "now", "2026-11-24", "2026-11-24T08:00:00", "2026-02-31T08:00:00Z", "2026-02-29T08:00:00Z",
        "2100-02-29T08:00:00Z", "2026-13-01T08:00:00Z", "2026-00-01T08:00:00Z", "2026-11-00T08:00:00Z",
        "2026-11-31T08:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T08:60:00Z", "2026-11-24T08:00:61Z",
        "2026-11-24T08:30:60Z", "2026-11-24T08:00:00.Z", "2026-11-24T08:00:00,5Z", "2026-11-24T08:00:00+0800",
        "2026-11-24T08:00:00+08:0", "2026-11-24T08:00:00+24:00", "2026-11-24T08:00:00+08:60", "2026-11-24T08:00:00ZZ",
        "2026-11-24T08:00:00Z ", " 2026-11-24T08:00:00Z", "2026-11-24x08:00:00Z", "20261124T080000Z+00:00:00",
        "\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000T08:00:00Z",
    ]
    @Test(arguments: bad) func `a time that is not RFC 3339 is refused`(text: String) { #expect(time(text) == nil) }

    @Test(arguments: ["true", "null", "1.5", "[]", "{}", "253402300800000", "-62135596800001", "9223372036854775808"])
    func `neither are other types and numbers beyond the calendar`(raw: String) {
        #expect(wire.reason(reading(["ts": raw])) == .badTime)
    }

    static let good: [(String, Int64)] = [
        ("2026-11-24T08:00:00Z", 1_795_507_200_000), ("2026-11-24T08:00:00.123Z", 1_795_507_200_123),
        ("2026-11-24T16:00:00+08:00", 1_795_507_200_000),
        ("2026-11-23T23:30:00-08:30", 1_795_507_200_000),
        ("2026-11-24t08:00:00.1239999z", 1_795_507_200_123), ("2026-11-24 08:00:00.1Z", 1_795_507_200_100),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
    ]
    @Test(arguments: good) func `a time is read to the millisecond`(text: String, ms: Int64) {
        #expect(time(text) == ms)
    }

    @Test func `a whole number is milliseconds`() {
        let v = wire.verdict(reading(["ts": "1795507200123"]))
        #expect(v.reason == nil && v.time == 1_795_507_200_123)
    }

    @Test func `the wire and the city model read every time alike`() {
        var rng = SplitMix64(state: 11)
        let alphabet = Array("0123456789-:TZ.+ ")
        for round in 0..<6000 {
            let ms = Int64.random(in: -62_000_000_000_000...250_000_000_000_000, using: &rng)
            var text = Array(EventTime(ms: ms).rfc3339)
            if round % 3 == 0 {
                text.removeLast()
                text += "+\(Int.random(in: 10...30, using: &rng)):\(Int.random(in: 10...70, using: &rng))"
            }
            for _ in 0..<Int.random(in: 0...2, using: &rng) {
                let at = Int.random(in: 0..<text.count, using: &rng)
                text[at] = alphabet[Int.random(in: 0..<alphabet.count, using: &rng)]
            }
            #expect(time(String(text)) == EventTime(rfc3339: String(text))?.ms, "\(String(text))")
        }
    }

    @Test func `a header gives the time where the body has none`() {
        let meta = RecordBatch.Meta(offset: 0, headerTime: 1_795_507_200_000)
        let v = wire.verdict(reading(["ts": nil]), meta)
        #expect(v.reason == nil && v.time == 1_795_507_200_000)
        #expect(wire.verdict(reading(["ts": "\"2026-11-24T09:00:00Z\""]), meta).time == 1_795_510_800_000)
        #expect(wire.verdict(reading(["ts": "\"x\""]), meta).reason == .badTime)
        #expect(wire.verdict(reading(["ts": nil, "sensor": nil]), meta).reason == .missingField)
    }

    @Test func `_ts stands for the record's time only where Kafka gives none`() {
        let record = reading(["_ts": "1795507200000"])
        #expect(wire.verdict(record).recordTime == 1_795_507_200_000)
        #expect(wire.verdict(record, .init(offset: 0, recordTime: 5)).recordTime == 5)
        #expect(wire.verdict(reading()).recordTime == .max)
    }
}

import CityModel
import Testing
import TestSupport
import Wire

@Suite struct ReadingTests {
    let wire: Wireman
    init() throws { wire = try Wireman() }

    static let dead: [(record: String, reason: DeadLetterReason)] = [
        ("", .empty),
        (" ", .malformed), ("null", .malformed), ("[]", .malformed), ("{", .malformed), ("}", .malformed),
        ("\"x\"", .malformed), ("12", .malformed), ("{}", .missingField),
        (reading() + "x", .malformed), (reading() + reading(), .malformed), (reading() + "\0", .malformed),
        (reading() + "}", .malformed), (reading() + ",", .malformed),
        (reading(["value": "NaN"]), .malformed), (reading(["value": "Infinity"]), .malformed),
        (reading(["value": "1.2.3"]), .malformed), (reading(["value": "01"]), .malformed),
        (reading(["value": "-"]), .malformed), (reading(["value": "+1"]), .malformed),
        (reading(["value": ""]), .malformed), (reading(["sensor": "\"a\nb\""]), .malformed),
        (reading(["sensor": "\"\\q\""]), .malformed), (reading(["sensor": "\"\\ud800\""]), .malformed),
        (reading(["sensor": "\"loop-1"]), .malformed), (reading(["lane": "[[1"]), .malformed),
        (reading(["sensor": nil]), .missingField), (reading(["kind": nil]), .missingField),
        (reading(["value": nil]), .missingField), (reading(["ts": nil]), .missingField),
        (reading(["sensor": "7"]), .wrongType), (reading(["sensor": "null"]), .wrongType),
        (reading(["kind": "[\"speed\"]"]), .wrongType), (reading(["kind": "{}"]), .wrongType),
        (reading(["value": "\"37.5\""]), .wrongType), (reading(["value": "null"]), .wrongType),
        (reading(["value": "true"]), .wrongType), (reading(["value": "[1]"]), .wrongType),
        (reading(["value": "{}"]), .wrongType),
        (reading(["unit": "1"]), .wrongType), (reading(["street": "440106001000"]), .wrongType),
        (reading(["id": "5"]), .wrongType), (reading(["_ts": "\"x\""]), .wrongType),
        (reading(["value": "1e400"]), .outOfRange), (reading(["value": "-1e400"]), .outOfRange),
        (reading(["value": "123456789012345678901234567890"]), .outOfRange), (reading(["value": "1e10"]), .outOfRange),
        (reading(["value": "250.000001"]), .outOfRange), (reading(["value": "-0.000001"]), .outOfRange),
        (reading(["value": "156", "unit": "\"mph\""]), .outOfRange),
        (reading(["unit": "\"m\""]), .wrongUnit), (reading(["unit": "\"KM/H\""]), .wrongUnit),
        (reading(["unit": "\"\""]), .wrongUnit),
        (reading(["sensor": "\"loop-9\""]), .unplaced), (reading(["sensor": "\"\""]), .unplaced),
        (reading(["sensor": "\"LOOP-1\""]), .unplaced), (reading(["sensor": "\"cam-1\""]), .unplaced),
        (reading(["kind": "\"rainfall\""]), .unknownKind), (reading(["kind": "\"nonsense\""]), .unknownKind),
        (reading(["kind": "\"\""]), .unknownKind),
        (reading(["street": "\"440106002000\""]), .streetMismatch),
        (reading(["street": "\"44010600100\""]), .streetMismatch),
        (reading(["street": "\"\""]), .streetMismatch), (reading(["street": "\"000000000000\""]), .streetMismatch),
        (reading(["street": "\"44010600100x\""]), .streetMismatch),
    ]

    @Test(arguments: dead) func `every kind of bad record has its reason`(record: String, reason: DeadLetterReason) {
        let v = wire.verdict(record)
        #expect(v.reason == reason)
        #expect(v.count == 0 || v.reason != nil)
        #expect(wire.decoder.detail(v, offset: 7).hasPrefix("offset 7: "))
    }

    @Test func `a tombstone is empty and a record above max_bytes is oversized`() throws {
        #expect(wire.reason([]) == .empty)
        let limit = wire.decoder.contract.maxBytes
        func padded(_ n: Int) -> String { reading(["x": "\"" + String(repeating: "a", count: n) + "\""]) }
        let spare = limit - padded(0).utf8.count
        #expect(wire.reason(padded(spare)) == nil)
        #expect(wire.reason(padded(spare + 1)) == .oversized)
        let batch = RecordBatch(limit: 2, capacity: 8)
        #expect(batch.append(nil, 0, .init(offset: 0)))
        var out = DecodedBatch()
        wire.decoder.decode(batch, into: &out)
        #expect(out.verdicts.map(\.reason) == [.empty])
    }

    @Test func `a record cut at any byte is malformed`() {
        for record in [reading(), reading(["id": "\"\\u7ca4\"", "lane": "{\"a\":[1,{\"b\":2}]}"])] {
            let bytes = Array(record.utf8)
            for n in 1..<bytes.count { #expect(wire.reason(Array(bytes[..<n])) == .malformed, "cut at \(n)") }
            #expect(wire.reason(bytes) == nil)
        }
    }

    @Test func `invalid UTF-8 anywhere is malformed`() {
        let bytes = Array(reading(["lane": "\"....\""]).utf8)
        for bad in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]] as [[UInt8]] {
            var b = bytes
            guard let at = b.firstIndex(of: UInt8(ascii: ".")) else { continue }
            // The first dot is that of the value; the lane's are the run of four.
            let run = (at..<(b.count - 4)).first { b[$0..<($0 + 4)].allSatisfy { $0 == UInt8(ascii: ".") } } ?? at
            b.replaceSubrange(run..<(run + bad.count), with: bad)
            #expect(wire.reason(b) == .malformed)
        }
    }

    @Test func `deep nesting neither crashes nor passes unclosed`() {
        for depth in [10, 1500] {
            let open = String(repeating: "[", count: depth)
            #expect(wire.reason(reading(["lane": open])) == .malformed)
            #expect(wire.reason(String(repeating: "{\"a\":", count: min(depth, 800))) == .malformed)
            #expect(wire.reason(reading(["lane": open + String(repeating: "]", count: depth)])) == nil)
        }
    }

    @Test func `a reading keeps its time, value and place`() throws {
        let out = wire.decode([Array(reading().utf8)])
        let o = try #require(out.observations.first)
        #expect(out.observations.count == 1 && out.verdicts[0].count == 1)
        #expect(o.time == EventTime(rfc3339: "2026-11-24T08:00:00.123Z")?.ms)
        #expect(o.value == 37_500_000)
        #expect(wire.sources.rows[Int(o.source)].streetCode == 440_106_001_000)
    }

    static let values: [(sensor: String, kind: String, value: String, unit: String?, millionths: Int64)] = [
        ("loop-1", "speed", "60", "mph", 96_560_640), ("loop-1", "speed", "10", "m/s", 36_000_000),
        ("loop-1", "speed", "0", "km/h", 0), ("loop-1", "speed", "250", "km/h", 250_000_000),
        ("loop-3", "speed", "60", nil, 96_560_640), ("loop-3", "speed", "60", "mph", 96_560_640),
        ("loop-3", "speed", "60", "km/h", 60_000_000),
        ("gauge-1", "water_level", "15.5", "cm", 155_000), ("gauge-1", "water_level", "15.5", nil, 155_000),
        ("gauge-1", "water_level", "27", "cm", 270_000), ("gauge-1", "water_level", "-200", "cm", -2_000_000),
        ("gauge-2", "water_level", "123", "mm", 123_000), ("gauge-2", "water_level", "0.1", nil, 100_000),
        ("loop-1", "vehicles", "3", "veh", 3_000_000), ("loop-1", "speed", "3.3e1", "km/h", 33_000_000),
        ("loop-1", "speed", "0.0000005", "km/h", 1), ("loop-1", "speed", "-0.0", "km/h", 0),
        ("粤-loop", "speed", "1", nil, 1_000_000),
    ]

    @Test(arguments: values) func `values are converted to the contract's unit to the millionth`(
        c: (sensor: String, kind: String, value: String, unit: String?, millionths: Int64)
    ) {
        let record = reading([
            "sensor": "\"\(c.sensor)\"", "kind": "\"\(c.kind)\"", "value": c.value, "unit": c.unit.map { "\"\($0)\"" },
            "street": nil,
        ])
        #expect(wire.decode([Array(record.utf8)]).observations.map(\.value) == [c.millionths])
    }

    static let odd: [(sensor: String, same: String)] = [
        ("\\u7ca4-loop", "粤-loop"), ("l\\u006fop-1", "loop-1"), ("\\u0066cd-1", "fcd-1"),
    ]
    @Test(arguments: odd) func `escaped text is the text`(sensor: String, same: String) throws {
        func one(_ s: String, _ id: String) throws -> (Int32, UInt64) {
            let out = wire.decode([Array(reading(["sensor": "\"\(s)\"", "street": nil, "id": "\"\(id)\""]).utf8)])
            return (try #require(out.observations.first).source, out.verdicts[0].eventID)
        }
        #expect(try one(sensor, "a\\\"\\u7ca4\\/b") == one(same, "a\\\"粤/b"))
    }

    @Test func `event ids are scoped by their sensor, header ids too`() {
        func id(_ sensor: String, _ id: String?, header: UInt64 = 0) -> UInt64 {
            wire.verdict(
                reading(["sensor": "\"\(sensor)\"", "street": nil, "id": id.map { "\"\($0)\"" }]),
                .init(offset: 0, headerID: header)
            ).eventID
        }
        #expect(id("fcd-1", "e1") == id("fcd-1", "e1"))
        #expect(id("fcd-1", "e1") != id("fcd-1", "e2"))
        #expect(id("fcd-1", "e1") != id("fcd-2", "e1"))
        #expect(id("fcd-1", nil) == 0)
        #expect(id("fcd-1", nil, header: 5) != 0)
        #expect(id("fcd-1", "e1", header: 5) == id("fcd-1", "e2", header: 5))
        #expect(id("fcd-1", "e1", header: 5) != id("fcd-1", "e1", header: 6))
        #expect(id("fcd-1", "e1", header: 5) != id("fcd-2", "e1", header: 5))
    }
}

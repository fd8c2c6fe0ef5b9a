import CityModel
import Foundation
import Testing
import TestSupport
import Wire

@Suite struct VideoTests {
    let wire: Wireman
    init() throws { wire = try Wireman("video") }

    static let dead: [(record: String, reason: DeadLetterReason)] = [
        (minimal([]).replacing("\"objects\":[]", with: "\"o\":[]"), .missingField),
        (minimal([]).replacing("sensorId", with: "x"), .missingField),
        (minimal([]).replacing("@timestamp", with: "x"), .missingField),
        (minimal([], ts: "2026-02-31T08:00:00Z"), .badTime),
        (minimal([], sensor: "loop-1"), .unplaced), (minimal([], sensor: "cam-9"), .unplaced),
        (minimal(["1|2|3|4|5"]), .wrongType), (minimal([""]), .wrongType), (minimal(["|1|1|1|1|person"]), .wrongType),
        (minimal(["1|1|1|1|1|"]), .wrongType), (minimal([]).replacing("[]", with: "{}"), .wrongType),
        (minimal([]).replacing("[]", with: "[1]"), .wrongType),
        (minimal([]).replacing("\"7\"", with: "-7"), .wrongType),
        (minimal([]).replacing("\"cam-1\"", with: "1"), .wrongType),
        (minimal((0...100).map { "\($0)|1|1|1|1|person" }), .outOfRange),
        (minimal(["\\q|1|1|1|1|person"]), .malformed),
        (full("1", "person") + "x", .malformed),
        (full("1", "person").replacing("\"object\":", with: "\"thing\":"), .missingField),
        (full("1", "person").replacing("{\"id\":\"1\",\"speed\"", with: "{\"speed\""), .missingField),
        (full("1", "person").replacing("\"person\":{},", with: ""), .missingField),
        (full("1", "person").replacing("\"id\":\"cam-1\",", with: ""), .missingField),
        (full("1", "person").replacing("\"id\":\"1\",\"speed\"", with: "\"id\":1,\"speed\""), .wrongType),
        (full("1", "person", sensor: "cam-9"), .unplaced),
    ]
    @Test(arguments: dead) func `every kind of bad frame has its reason`(record: String, reason: DeadLetterReason) {
        #expect(wire.reason(record) == reason)
    }

    @Test func `a frame cut at any byte is malformed`() {
        for record in [minimal(["1|1|1|1|1|person", "2|1|1|1|1|Car"]), full("1", "vehicle", "{\"license\":\"粤A\"}")] {
            let bytes = Array(record.utf8)
            for n in 1..<bytes.count { #expect(wire.reason(Array(bytes[..<n])) == .malformed, "cut at \(n)") }
            #expect(wire.reason(bytes) == nil)
        }
    }

    @Test func `a cut frame is not closed by the record behind it`() {
        let whole = full("1", "person")
        let cut = String(whole.dropLast())
        for next in ["}", "}}", ",\"a\":1}", whole] {
            let out = wire.decode([Array(cut.utf8), Array(next.utf8)])
            #expect(out.verdicts[0].reason == .malformed, "before \(next)")
        }
    }

    @Test func `a minimal frame counts its objects by kind, unmapped classes not at all`() {
        let f = wire.frame(
            minimal(["1|1|1|1|1|person", "2|1|1|1|1|Person|#|m|30", "3|1|1|1|1|Car", "4|1|1|1|1|bag", "5|1|1|1|1|CAR"]))
        #expect(f.counts == ["persons": 2_000_000, "vehicles_seen": 1_000_000])
        #expect(Set(f.identities).count == 3)
    }

    @Test func `an empty frame says zero for every kind of its camera`() {
        #expect(wire.frame(minimal([])).counts == ["persons": 0, "vehicles_seen": 0])
        #expect(wire.frame(minimal([], sensor: "cam-2")).counts == ["vehicles_seen": 0])
        #expect(wire.frame(minimal(["1|1|1|1|1|person"], sensor: "cam-2")).counts == ["vehicles_seen": 0])
    }

    @Test func `an object of the full schema counts one for its kind and none for the camera's others`() {
        #expect(wire.frame(full("1", "person")).counts == ["persons": 1_000_000, "vehicles_seen": 0])
        #expect(wire.frame(full("1", "vehicle")).counts == ["persons": 0, "vehicles_seen": 1_000_000])
        #expect(wire.frame(full("1", "bag")).counts == ["persons": 0, "vehicles_seen": 0])
        #expect(wire.verdict(full("1", "person")).isFragment && !wire.verdict(minimal([])).isFragment)
    }

    @Test func `a message id is scoped by camera and time`() {
        let a = wire.verdict(minimal([])).eventID
        #expect(a != 0)
        #expect(a == wire.verdict(minimal(["1|1|1|1|1|person"])).eventID)
        #expect(a != wire.verdict(minimal([], id: "8")).eventID)
        #expect(a != wire.verdict(minimal([], sensor: "cam-2")).eventID)
        #expect(a != wire.verdict(minimal([], ts: "2026-11-24T08:00:01Z")).eventID)
        #expect(wire.verdict(full("1", "person")).eventID != wire.verdict(full("1", "person", message: "m2")).eventID)
    }

    @Test func `an object is one identity a camera`() {
        func id(_ object: String, _ sensor: String = "cam-1") -> [UInt64] {
            wire.frame(minimal(["\(object)|1|1|1|1|Car"], sensor: sensor)).identities
        }
        #expect(id("5") == id("5") && id("5") != id("6") && id("5") != id("5", "cam-2"))
        #expect(id("5") == wire.frame(full("5", "vehicle")).identities)
    }

    func key(_ byte: UInt8, in folder: TempFolder) throws -> Pseudonym {
        let file = folder.file("key-\(byte)")
        try Data(repeating: byte, count: 32).write(to: file)
        return try Pseudonym(keyFile: file.path)
    }

    @Test func `a plate is one identity across cameras, under its key, and the tracking id without a key`() throws {
        let folder = try TempFolder()
        let keyed = try Wireman("video", pseudonym: key(1, in: folder))
        let other = try Wireman("video", pseudonym: key(2, in: folder))
        func plate(_ w: Wireman, _ text: String, _ id: String = "1", _ sensor: String = "cam-1") -> [UInt64] {
            w.frame(full(id, "vehicle", "{\"type\":\"sedan\",\"license\":\"\(text)\"}", sensor: sensor)).identities
        }
        #expect(plate(keyed, "粤A12345") == plate(keyed, "粤A12345", "9", "cam-2"))
        #expect(plate(keyed, "粤A12345") == plate(keyed, "\\u7ca4A1\\u00323\\u0034\\u0035"))
        #expect(plate(keyed, "A\\\"1") != plate(keyed, "A1"))
        #expect(plate(keyed, "粤A12345") != plate(keyed, "粤A12346"))
        #expect(plate(keyed, "粤A12345") != plate(other, "粤A12345"))
        #expect(plate(wire, "粤A12345") == wire.frame(full("1", "vehicle")).identities)
        #expect(plate(keyed, "") == wire.frame(full("1", "vehicle")).identities)
    }

    @Test func `without a rule for plates they are not read even where there is a key`() throws {
        let folder = try TempFolder()
        let city = try TinyCity(replacing: ["action: pseudonym": "action: drop"])
        let keyed = try Wireman("video", city, pseudonym: key(1, in: folder))
        #expect(keyed.frame(full("1", "vehicle", "{\"license\":\"A\"}")).identities
            == keyed.frame(full("1", "vehicle", "{\"license\":\"B\"}")).identities)
    }

    @Test func `a key that is too short or absent is refused`() throws {
        let folder = try TempFolder()
        try Data(repeating: 1, count: 31).write(to: folder.file("short"))
        for name in ["short", "none"] {
            #expect(throws: KapokError.self) { try Pseudonym(keyFile: folder.file(name).path) }
        }
    }

    @Test func `embeddings and pictures change nothing`() {
        let plain = full("1", "vehicle")
        let more = full(
            "1", "vehicle", more: ",\"embedding\":{\"vector\":[0.1,-2e3,null]},\"signature\":[1,2]")
        #expect(wire.frame(plain).counts == wire.frame(more).counts)
        #expect(wire.frame(plain).identities == wire.frame(more).identities)
    }
}

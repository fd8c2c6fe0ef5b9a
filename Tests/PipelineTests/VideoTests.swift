import HubAPI
import Testing
import TestSupport
import Wire

@testable import Pipeline

/// Boxes of a camera with a scene, through the wire and the partition.
@Suite struct VideoTests {
    struct Box {
        var id: Int
        var y: Int
        var x = 50
        var type = "Car"
        var edges: [Int] { [x - 10, y - 20, x + 10, y] }
    }
    static let street = "440103001000"

    func frame(_ boxes: [Box], at: Int64, camera: String = "cam-2") -> String {
        let list = boxes.map { "\"\($0.id)|\($0.edges.map(String.init).joined(separator: "|"))|\($0.type)\"" }
        return "{\"id\":\"\(camera)-\(at)\",\"@timestamp\":\(eight + at),\"sensorId\":\"\(camera)\","
            + "\"objects\":[\(list.joined(separator: ","))]}"
    }
    /// The same in the full schema: a record an object.
    func fragments(_ boxes: [Box], at: Int64) -> [String] {
        boxes.enumerated().map { i, b in
            let e = b.edges
            return "{\"messageid\":\"cam-2-\(at)-\(i)\",\"@timestamp\":\(eight + at),\"sensor\":{\"id\":\"cam-2\"},"
                + "\"object\":{\"id\":\"\(b.id)\",\"bbox\":{\"topleftx\":\(e[0]),\"toplefty\":\(e[1]),"
                + "\"bottomrightx\":\(e[2]).0, \"bottomrighty\" : \(e[3])},\"\(b.type.lowercased() == "car" ? "vehicle" : "person")\":{}}}"
        }
    }
    func hub() throws -> MiniHub { try MiniHub(TinyCity.withScenes(), partitions: ["video"]) }
    func value(_ h: MiniHub, _ kind: String, _ m: Int64) -> Double? {
        h.row(Self.street, kind, "1m", eight + m * minute)?.value
    }

    @Test func `a vehicle that stands is told while it stands, in both schemas`() throws {
        for full in [false, true] {
            let h = try hub()
            // Stands for 30 s, then drives on; another one passes all the time, so that there are frames.
            let records = (0..<100).flatMap { (s: Int) -> [String] in
                let boxes = [Box(id: 7, y: s <= 30 ? 500 : 500 + (s - 30) * 40), Box(id: 100 + s, y: 100 + s)]
                return full ? fragments(boxes, at: Int64(s) * 1000) : [frame(boxes, at: Int64(s) * 1000)]
            }
            h.feed(0, records)
            h.commit(to: eight + 60 * minute)
            #expect(value(h, "incident_video", 0) == 1 && h.row(Self.street, "incident_video", "1m", eight)?.count == 60)
            // Told at 10 s; it has moved at 31 s.
            #expect(h.row(Self.street, "incident_video", "1m", eight)?.values["sum"] == 21)
            #expect(value(h, "incident_video", 1) == 0 && value(h, "queue_length", 0) == 0)
            let seen = h.incidents[0].values.map { $0 }
            #expect(seen.count == 1 && seen.first?.device == "cam-2" && seen.first?.source == .video)
            let e = try #require(seen.first?.episode)
            #expect(e.finding == "stopped-vehicle" && e.since == eight && e.told == eight + 10_000)
            #expect(e.last == eight + 30_000 && e.ended == eight + 31_000)
        }
    }

    @Test func `a queue is measured and reaches back`() throws {
        let h = try hub()
        let queue = [990, 850, 710, 595].enumerated().map { Box(id: $0, y: $1) }
        h.feed(0, (0..<70).map { frame($0 < 30 ? queue : [], at: Int64($0) * 1000) })
        h.commit(to: eight + 60 * minute)
        #expect(value(h, "queue_length", 0) == 40.5 && value(h, "spill_back", 0) == 1)
        #expect(value(h, "incident_video", 0) == 0 && value(h, "spill_back", 1) == 0)
        let e = try #require(h.incidents[0].values.first?.episode)
        #expect(e.finding == "spill-back" && e.measured.queue == 40_500_000)
    }

    @Test func `who drives the wrong way and who walks on the carriageway is told`() throws {
        let h = try hub()
        h.feed(0, (0..<20).map { frame([Box(id: 1, y: 900 - $0 * 30), Box(id: 2, y: 300, type: "person")], at: Int64($0) * 1000) })
        h.commit(to: eight + 60 * minute)
        #expect(Set(h.incidents[0].values.map(\.episode.finding)) == ["wrong-way", "person-on-carriageway"])
    }

    @Test func `a camera without a scene is not watched, and boxes that are no numbers are no boxes`() throws {
        let h = try hub()
        let standing = (0..<30).map { frame([Box(id: 7, y: 500)], at: Int64($0) * 1000, camera: "cam-1") }
        let odd = ["a|b|c|d", "1|2|3", "1|2|3|1e999", "nan|0|1|1", "||||", "1|2|3|4|5"].enumerated().map { n, box in
            "{\"id\":\"o\(n)\",\"@timestamp\":\(eight + 40_000 + Int64(n) * 1000),\"sensorId\":\"cam-2\",\"objects\":[\"9|\(box)|Car\"]}"
        }
        h.feed(0, standing + odd)
        h.commit(to: eight + 60 * minute)
        #expect(h.incidents[0].isEmpty && value(h, "incident_video", 0) == 0)
        #expect(h.row(TinyCity.streets[2], "incident_video", "1m", eight) == nil)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `readings, digests and incidents are the same for every batch and restart`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let full = seed % 2 == 1
        var at: Int64 = 0
        let records = (0..<300).flatMap { (i: Int) -> [String] in
            at += Int64.random(in: 200...1500, using: &rng)
            if Int.random(in: 0..<60, using: &rng) == 0 { at += 200_000 }
            let time = max(0, at - (Int.random(in: 0..<8, using: &rng) == 0 ? 3_000 : 0))
            let boxes = (0..<Int.random(in: 1...6, using: &rng)).map { k in
                Box(
                    id: k, y: i / 60 % 2 == 0 ? 900 - k * 120 : Int.random(in: 0...1000, using: &rng),
                    x: Int.random(in: 45...55, using: &rng), type: k == 5 ? "person" : "Car")
            }
            return full ? fragments(boxes, at: time) : [frame(boxes, at: time)]
        }
        func run(restarts: Bool) throws -> MiniHub {
            let h = try hub()
            var at = 0
            while at < records.count {
                let n = min(records.count - at, Int.random(in: 1...25, using: &rng))
                h.feed(0, Array(records[at..<(at + n)]))
                at += n
                h.commit()
                if restarts, Bool.random(using: &rng) { h.restart() }
            }
            h.commit(to: eight + 1_000 * minute)
            return h
        }
        let (one, two, three) = (try run(restarts: false), try run(restarts: false), try run(restarts: true))
        #expect(two.content == one.content && two.incidents == one.incidents)
        #expect(three.content == one.content && three.incidents == one.incidents)
        #expect(!one.incidents[0].isEmpty)
    }
}

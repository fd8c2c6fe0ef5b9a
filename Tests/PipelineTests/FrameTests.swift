import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// DeepStream's full schema: frames that come object by object.
@Suite struct FrameTests {
    typealias Frame = (camera: String, at: Int64, objects: [(id: String, type: String)])

    func frames(_ n: Int, _ rng: inout SplitMix64) -> [Frame] {
        let types = ["person", "vehicle", "Car", "bag"]
        var at: Int64 = 0
        return (0..<n).map { _ in
            at += Int64.random(in: 1...9_000, using: &rng)
            let objects = (0..<Int.random(in: 1...6, using: &rng)).map { _ in
                (id: String(Int.random(in: 0..<20, using: &rng)), type: types[Int.random(in: 0..<4, using: &rng)])
            }
            return (["cam-1", "cam-2"][Int.random(in: 0...1, using: &rng)], at, objects)
        }
    }

    func rows(_ hub: MiniHub) -> [MiniHub.Key: Summary] {
        hub.commit(to: eight + 24 * 60 * minute)
        return hub.view.filter { $0.value.count > 0 }.mapValues {
            var s = $0
            (s.status, s.revision) = (.complete, 0)
            return s
        }
    }

    /// Ends the open frames: a frame of each camera in a later pane.
    let end = [minimal("cam-1", [], at: 3_600_000), minimal("cam-2", [], at: 3_600_000)]

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `the same frames give the same summaries in both schemas, whatever the restarts`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let all = frames(60, &rng)
        let whole = try MiniHub(partitions: ["video"])
        whole.feed(0, all.map { minimal($0.camera, $0.objects, at: $0.at) } + end)
        let pieces = try MiniHub(partitions: ["video"])
        let records = all.flatMap { full($0.camera, $0.objects, at: $0.at) } + end
        var i = 0
        while i < records.count {
            let n = min(records.count - i, Int.random(in: 1...12, using: &rng))
            pieces.feed(0, Array(records[i..<(i + n)]))
            i += n
            if Bool.random(using: &rng) { pieces.commit() }
            if Int.random(in: 0..<3, using: &rng) == 0 {
                pieces.commit()
                pieces.restart()
            }
        }
        let (a, b) = (rows(whole), rows(pieces))
        #expect(a == b && !a.isEmpty)
        #expect(pieces.members[0].ledger.isBalanced && pieces.members[0].ledger.accepted == Int64(records.count))
    }

    @Test func `a frame is done when the next one of its camera and kind begins`() {
        var f = FrameAssembler()
        #expect(f.add(source: 1, time: 10, value: 1) == nil && f.add(source: 2, time: 11, value: 1) == nil)
        #expect(f.add(source: 1, time: 10, value: 1) == nil)
        #expect(f.add(source: 1, time: 12, value: 1) == .init(source: 1, time: 10, value: 2))
        #expect(f.finish(before: 12) == [.init(source: 2, time: 11, value: 1)])
        #expect(f.open == [.init(source: 1, time: 12, value: 1)])
    }

    @Test func `a redelivered object is a duplicate, after a restart too`() throws {
        let hub = try MiniHub(partitions: ["video"])
        let records = full("cam-1", [("1", "person"), ("2", "person")], at: 0)
        hub.feed(0, records)
        hub.commit()
        hub.restart()
        hub.feed(0, records + end)
        #expect(hub.members[0].ledger.duplicate == 2)
        #expect(rows(hub)[.init(place: "440106001000", measure: "crowd", window: "1m", start: eight)]?.value == 0.02)
    }

    @Test func `a late frame is counted as late for each kind of its camera`() throws {
        let hub = try MiniHub(partitions: ["video"])
        hub.feed(0, [minimal("cam-1", [], at: 30 * minute), minimal("cam-1", [("1", "person")], at: 0)])
        #expect(hub.members[0].ledger.late == 1)
        let all = rows(hub)
        for measure in ["crowd", "video_vehicles"] {
            let key = MiniHub.Key(place: "440106001000", measure: measure, window: "1m", start: eight + 30 * minute)
            #expect(all[key]?.late == 1)
        }
    }
}

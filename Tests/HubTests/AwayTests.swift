import CityModel
import Hub
import HubAPI
import Store
import TestSupport
import Testing
import Wire

/// Partitions that come and go.
@Suite struct AwayTests {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z

    /// A hub's core over a database; made anew, it is the hub after a restart.
    final class Desk {
        let core: HubCore
        private let store: HubStore
        private var shown: [Summary] = []
        private var now: Int64 = 0

        init(_ folder: TempFolder, slots: Set<Int>) throws {
            store = try HubStore(path: folder.file("hub.db").path)
            core = try HubCore(
                catalogue: try TinyCity().catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
            for s in slots.sorted() { _ = try core.assign(slot: s, topic: "t.sensors", partition: Int32(s), now: 0) }
        }
        func close() throws { try store.close() }

        /// One reading of loop-1, `seconds` after the start.
        func feed(_ slot: Int, offset: Int64, _ seconds: Int64) {
            let time = AwayTests.start + seconds * 1000
            let text = #"{"sensor":"loop-1","kind":"speed","value":40,"unit":"km/h","ts":\#(time)}"#
            core.process([.init(slot: slot, run: 0, records: 0..<1)], now: now) { _, batch in
                Array(text.utf8).withUnsafeBytes { b in
                    _ = batch.append(b.baseAddress, b.count, .init(offset: offset, recordTime: time))
                }
            } extra: { _, _ in (nil, []) }
        }

        /// Commits, and gives the newest count of the street's speed in [08:00, 08:01).
        func count() throws -> Int64? {
            now += 1000
            shown += try core.commit(now: now, brokerUp: true) { _ in .init(caughtUp: false) }
            return shown.last {
                $0.place == "440106001000" && $0.window == "1m" && $0.measure == "speed" && $0.start.ms == AwayTests.start
            }?.count
        }
    }

    @Test func `a window keeps what was counted of a partition that has gone to another hub, also over a restart`() throws {
        let folder = try TempFolder("kapok-away")
        let one = try Desk(folder, slots: [0, 1])
        one.feed(0, offset: 0, 10)
        one.feed(1, offset: 0, 20)
        #expect(try one.count() == 2)
        one.core.revoke(slot: 1)
        one.feed(0, offset: 1, 30)
        #expect(try one.count() == 3)
        try one.close()

        let two = try Desk(folder, slots: [0])
        two.feed(0, offset: 2, 40)
        #expect(try two.count() == 4)
        // It is complete without the other partition, and revised when that comes back, at its own offset.
        two.feed(0, offset: 3, 80)
        #expect(try two.count() == 4)
        #expect(try two.core.assign(slot: 1, topic: "t.sensors", partition: 1, now: 0) == 1)
        two.feed(1, offset: 1, 50)
        #expect(try two.count() == 5)
        try two.close()
    }

    @Test func `offsets that are gone are counted as gap once, and never back`() throws {
        let folder = try TempFolder("kapok-skip")
        let desk = try Desk(folder, slots: [0])
        desk.core.skip(slot: 0, to: 50)
        #expect(desk.core.next(slot: 0) == nil)
        desk.feed(0, offset: 7, 10)
        desk.core.skip(slot: 0, to: 20)
        desk.core.skip(slot: 0, to: 15)
        #expect(desk.core.next(slot: 0) == 20 && desk.core.gap(slot: 0) == 12)
        desk.feed(0, offset: 19, 20)
        desk.feed(0, offset: 20, 20)
        #expect(try desk.count() == 2)
        try desk.close()

        let again = try Desk(folder, slots: [0])
        #expect(again.core.next(slot: 0) == 21 && again.core.gap(slot: 0) == 12)
        // Committed even where no record follows.
        again.core.skip(slot: 0, to: 30)
        _ = try again.count()
        try again.close()
        let store = try HubStore(path: folder.file("hub.db").path)
        let ledger = try #require(try store.partition("t.sensors", 0)).ledger
        #expect(ledger.next == 30 && ledger.gap == 21 && ledger.accepted == 2 && ledger.isBalanced)
    }
}

import CityModel
import Hub
import HubAPI
import Store
import TestSupport
import Testing
import Wire

/// Who holds a theme's clock, and who no longer does.
@Suite struct IdlenessTests {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z

    /// A core with two partitions of sensor readings, and the video topic's left out.
    final class Two {
        let core: HubCore
        private let folder: TempFolder
        private let store: HubStore
        private var next: [Int64] = [0, 0]

        init() throws {
            let city = try TinyCity()
            folder = try TempFolder("kapok-idle")
            store = try HubStore(path: folder.file("hub.db").path)
            core = try HubCore(catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
            for slot in 0...1 { _ = try core.assign(slot: slot, topic: "t.sensors", partition: Int32(slot), now: 0) }
        }

        /// One record: `text`, of that record time, arriving at `now`.
        func feed(_ slot: Int, _ text: String, recordTime: Int64, now: Int64) {
            let offset = next[slot]
            next[slot] += 1
            core.process([.init(slot: slot, run: 0, records: 0..<1)], now: now) { _, batch in
                Array(text.utf8).withUnsafeBytes { b in
                    _ = batch.append(b.baseAddress, b.count, .init(offset: offset, recordTime: recordTime))
                }
            } extra: { _, _ in (nil, []) }
        }

        func reading(_ time: Int64) -> String {
            #"{"sensor":"loop-1","kind":"speed","value":40,"unit":"km/h","ts":\#(time)}"#
        }

        /// The theme's clock after a commit at `now`, relative to `start`; nil before the first event.
        func clock(_ now: Int64, brokerUp: Bool = true) throws -> Int64? {
            _ = try core.commit(now: now, brokerUp: brokerUp) { _ in .init(caughtUp: true) }
            let h = core.health(
                now: now, at: EventTime(ms: now), broker: .init(state: brokerUp ? .up : .down, since: EventTime(ms: 0), error: nil), version: "t",
                presence: { _ in .init(caughtUp: true) }, lag: { _ in 0 })
            return h.themes.first?.clock.map { $0.ms - IdlenessTests.start }
        }
    }

    @Test func `a partition that never had a record holds the clock until it is idle`() throws {
        let t = try Two()
        t.feed(0, t.reading(Self.start + 60_000), recordTime: Self.start + 60_000, now: 1_000)
        #expect(try t.clock(2_000) == nil)
        t.feed(0, t.reading(Self.start + 90_000), recordTime: Self.start + 90_000, now: 30_000)
        #expect(try t.clock(30_000) == 85_000)
    }

    @Test func `one device with a bad clock, or one that sends rubbish, does not keep a partition awake`() throws {
        let t = try Two()
        for s in stride(from: Int64(0), through: 60, by: 5) {
            t.feed(0, t.reading(Self.start + s * 1000), recordTime: Self.start + s * 1000, now: s * 1000)
            t.feed(1, t.reading(Self.start + 86_400_000), recordTime: Self.start + s * 1000, now: s * 1000)
            t.feed(1, "{", recordTime: Self.start + s * 1000, now: s * 1000)
        }
        #expect(try t.clock(60_000) == 55_000)
    }

    @Test func `an outage of the broker is not silence`() throws {
        let t = try Two()
        t.feed(0, t.reading(Self.start + 60_000), recordTime: Self.start + 60_000, now: 1_000)
        t.feed(1, t.reading(Self.start + 10_000), recordTime: Self.start + 10_000, now: 1_000)
        #expect(try t.clock(2_000) == 5_000)
        // Ten minutes without a broker, then it is back and has said nothing yet.
        for minute in 1...10 as ClosedRange<Int64> { #expect(try t.clock(minute * 60_000, brokerUp: false) == 5_000) }
        #expect(try t.clock(601_000) == 5_000)
        // Partition 0 goes on; 1 stays silent for longer than idle_after of a working broker.
        t.feed(0, t.reading(Self.start + 100_000), recordTime: Self.start + 100_000, now: 632_000)
        #expect(try t.clock(632_000) == 95_000)
    }
}

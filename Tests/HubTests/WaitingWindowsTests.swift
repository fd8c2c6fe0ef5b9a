import CityModel
import Hub
import HubAPI
import Store
import TestSupport
import Testing

/// Windows that wait for the next commits, by the limit on one commit's work, when the partitions go away.
@Suite struct WaitingWindowsTests {
    static let stream = DirtyStream("t.sensors", records: 3000, seed: 4, stepMs: 5000)

    func core(_ city: TinyCity, _ store: HubStore) throws -> HubCore {
        let core = try HubCore(
            catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
        _ = try core.assign(slot: 0, topic: "t.sensors", partition: 0, now: 0)
        return core
    }
    func feed(_ core: HubCore, slot: Int = 0) {
        let n = Self.stream.records.count
        core.process(
            stride(from: 0, to: n, by: 1000).map {
                .init(slot: slot, run: 0, records: $0..<min($0 + 1000, n))
            }, now: 0
        ) { piece, batch in
            for i in piece.records {
                let r = Self.stream.records[i]
                _ = batch.lend(
                    Self.stream.memory.address(i), r.bytes.count, .init(offset: r.offset, recordTime: r.time))
            }
        } extra: { _, _ in (nil, []) }
    }
    func commit(_ core: HubCore) throws -> [Summary] {
        try core.commit(now: 1, brokerUp: true) { _ in .init(caughtUp: true) }
    }
    func commitAll(_ core: HubCore) throws { while try !commit(core).isEmpty {} }
    func rows(_ store: HubStore) throws -> [Summary] { try store.summaries(SummaryQuery(limit: .max)) }

    /// What two hours of stream give where nothing goes away.
    func undisturbed(_ city: TinyCity) throws -> [Summary] {
        let folder = try TempFolder("kapok-wait")
        let store = try HubStore(path: folder.file("hub.db").path)
        defer { try? store.close() }
        let core = try core(city, store)
        feed(core)
        try commitAll(core)
        return try rows(store)
    }

    @Test func `windows that wait are not shown empty while no partition is here`() throws {
        let city = try TinyCity()
        let folder = try TempFolder("kapok-wait")
        let store = try HubStore(path: folder.file("hub.db").path)
        defer { try? store.close() }
        let core = try core(city, store)
        feed(core)
        _ = try commit(core)
        #expect(core.backlog > 0)
        core.revoke(slot: 0)
        for _ in 0..<3 { #expect(try commit(core).isEmpty) }
        _ = try core.assign(slot: 0, topic: "t.sensors", partition: 0, now: 0)
        try commitAll(core)
        #expect(try rows(store) == undisturbed(city))
    }

    @Test func `a hub that starts with windows that wait shows nothing before its partitions are here`() throws {
        let city = try TinyCity()
        let folder = try TempFolder("kapok-wait")
        let path = folder.file("hub.db").path
        var store = try HubStore(path: path)
        let first = try core(city, store)
        feed(first)
        _ = try commit(first)
        #expect(first.backlog > 0)
        try store.close()
        store = try HubStore(path: path)
        defer { try? store.close() }
        let second = try HubCore(
            catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
        #expect(try commit(second).isEmpty)
        _ = try second.assign(slot: 0, topic: "t.sensors", partition: 0, now: 0)
        try commitAll(second)
        #expect(try rows(store) == undisturbed(city))
    }

    /// A partition that lags by two hours revises more windows that have left memory than one commit shows.
    func lagging(_ city: TinyCity, disturbed: Bool) throws -> (rows: [Summary], cells: [Commit.Cell]) {
        let folder = try TempFolder("kapok-wait")
        let store = try HubStore(path: folder.file("hub.db").path)
        defer { try? store.close() }
        let core = try core(city, store)
        feed(core)
        try commitAll(core)
        _ = try core.assign(slot: 1, topic: "t.sensors", partition: 1, now: 0)
        feed(core, slot: 1)
        _ = try commit(core)
        #expect(core.backlog > 0)
        if disturbed {
            for slot in 0...1 { core.revoke(slot: slot) }
            for _ in 0..<3 { #expect(try commit(core).isEmpty) }
            for slot in 0...1 { _ = try core.assign(slot: slot, topic: "t.sensors", partition: Int32(slot), now: 0) }
        }
        try commitAll(core)
        var cells: [Commit.Cell] = []
        for p in 0...1 as ClosedRange<Int32> {
            try store.cells(theme: "city", topic: "t.sensors", partition: p, range: 0..<Int64.max) { cells.append($0) }
        }
        return (try rows(store), cells)
    }

    @Test func `windows that wait and have left memory are brought back once, however long no partition is here`() throws {
        let city = try TinyCity()
        let plain = try lagging(city, disturbed: false)
        let disturbed = try lagging(city, disturbed: true)
        #expect(plain.rows.contains { $0.status == .revised })
        #expect(disturbed.rows == plain.rows)
        #expect(disturbed.cells.map(\.bytes) == plain.cells.map(\.bytes))
    }
}

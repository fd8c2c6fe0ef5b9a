import CityModel
import Foundation
import Testing

@testable import Store

@Suite struct OutboxTests {
    let folder: TemporaryFolder
    let store: HubStore
    init() throws {
        folder = try TemporaryFolder()
        store = try HubStore(path: folder.db)
    }

    private func message(_ i: Int) -> Commit.Message {
        Commit.Message(
            topic: "t\(i % 3)", key: i % 2 == 0 ? nil : [UInt8(i)], value: i % 5 == 0 ? nil : [0, 255, UInt8(i)],
            headers: (0..<(i % 4)).map { .init("头-\($0)", Array(repeating: UInt8(i), count: $0 * 7)) })
    }
    private func same(_ a: Commit.Message, _ b: Commit.Message) -> Bool {
        a.topic == b.topic && a.key == b.key && a.value == b.value && a.headers == b.headers
    }

    @Test func `messages come out whole, in the order they were committed, in pages`() throws {
        let all = (0..<25).map(message)
        try store.commit(.of(messages: Array(all[..<10])))
        try store.commit(.of(messages: Array(all[10...])))
        #expect(try store.outboxCount() == 25)
        var got: [(id: Int64, message: Commit.Message)] = []
        while true {
            let page = try store.outbox(after: got.last?.id ?? 0, limit: 4)
            #expect(page.count <= 4)
            if page.isEmpty { break }
            got += page
        }
        #expect(got.count == all.count && zip(got, all).allSatisfy { same($0.message, $1) })
        #expect(got.map(\.id) == got.map(\.id).sorted() && Set(got.map(\.id)).count == all.count)
    }

    @Test func `what was not confirmed is there again after a restart, what was is not`() throws {
        try store.commit(.of(messages: (0..<6).map(message)))
        let ids = try store.outbox(after: 0, limit: 100).map(\.id)
        try store.delivered([ids[0], ids[3]])
        try store.delivered([ids[3], 999_999])
        try store.delivered([])
        try store.close()
        let again = try HubStore(path: folder.db)
        #expect(try again.outbox(after: 0, limit: 100).map(\.id) == [ids[1], ids[2], ids[4], ids[5]])
        #expect(try again.outboxCount() == 4)
    }

    @Test func `an id is never given twice, so a late confirmation cannot remove another message`() throws {
        try store.commit(.of(messages: [message(1)]))
        let first = try #require(try store.outbox(after: 0, limit: 1).first?.id)
        try store.delivered([first])
        try store.close()
        let again = try HubStore(path: folder.db)
        try again.commit(.of(messages: [message(2)]))
        #expect(try again.outbox(after: 0, limit: 1).first.map { $0.id > first } == true)
    }

    @Test func `headers that were cut are told as damage`() throws {
        let bytes = [UInt8](HubStore.bytes([.init("kapok-reason", [1, 2, 3]), .init("", [])]))
        #expect(try HubStore.headers(bytes) == [.init("kapok-reason", [1, 2, 3]), .init("", [])])
        let whole = 8 + 12 + 3
        for n in 1..<bytes.count where n != whole {
            #expect(throws: Damage.self) { try HubStore.headers(Array(bytes[..<n])) }
        }
        #expect(throws: Damage.self) { try HubStore.headers([255, 255, 255, 255, 255, 255, 255, 255]) }
    }
}

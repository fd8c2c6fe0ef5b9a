import CityModel
import Foundation
import GRDB
import Testing

@testable import Store

/// Reading a database that a hub owns, or owned.
@Suite struct ReaderTests {
    @Test func `a reader works beside the hub and sees one moment, whatever is committed meanwhile`() throws {
        let folder = try TemporaryFolder()
        let store = try HubStore(path: folder.db)
        try store.commit(.of([partition(cells: [cell(0)])], summaries: [summary()]))
        let reader = try StoreReader(path: folder.db)
        try reader.snapshot { s in
            #expect(try s.partitions().map(\.ledger.accepted) == [21])
            let more = partition(cells: [cell(minute)]) { $0.accepted = 22; $0.next = 32 }
            try store.commit(.of([more], summaries: [summary(start: minute)]))
            #expect(try s.partitions().map(\.ledger.accepted) == [21])
            #expect(try s.summaries(SummaryQuery()).count == 1 && s.newestPane(theme: "traffic") == 0)
        }
        let after = try reader.snapshot { s in
            (try s.partitions().map(\.ledger.accepted), try s.summaries(SummaryQuery()).count,
                try s.newestPane(theme: "traffic"))
        }
        #expect(after.0 == [22] && after.1 == 2 && after.2 == minute)
        try store.close()
    }

    @Test func `a reader changes nothing, needs no lock and leaves the database to the next hub`() throws {
        let folder = try TemporaryFolder()
        var store = try HubStore(path: folder.db)
        try store.commit(.of([partition()], summaries: [summary()]))
        try store.close()
        try FileManager.default.removeItem(atPath: folder.db + ".lock")
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.db))
        let reader = try StoreReader(path: folder.db)
        #expect(try reader.snapshot { try $0.summaries(SummaryQuery()).count } == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.db)) == before)
        #expect(!FileManager.default.fileExists(atPath: folder.db + ".lock"))
        store = try HubStore(path: folder.db)
        try store.commit(.of(summaries: [summary(start: minute)]))
        #expect(try reader.snapshot { try $0.summaries(SummaryQuery()).count } == 2)
        try store.close()
    }

    @Test func `what is no hub's database is refused with its own code, and nothing is made`() throws {
        let folder = try TemporaryFolder()
        func opened() -> String? { code { _ = try StoreReader(path: folder.db) } }
        #expect(opened() == "database-missing")
        #expect(!FileManager.default.fileExists(atPath: folder.db))
        try Data(repeating: 7, count: 20_000).write(to: URL(fileURLWithPath: folder.db))
        #expect(opened() == "database-corrupt")
        try FileManager.default.removeItem(atPath: folder.db)
        let foreign = try DatabaseQueue(path: folder.db)
        try foreign.write { try $0.execute(sql: "CREATE TABLE t (a)") }
        try foreign.close()
        #expect(opened() == "database-foreign")
        try FileManager.default.removeItem(atPath: folder.db)
        try HubStore(path: folder.db).close()
        #expect(opened() == nil)
        let newer = try DatabaseQueue(path: folder.db)
        try newer.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999 later')") }
        try newer.close()
        #expect(opened() == "database-newer")
    }

    @Test func `a page damaged in the middle is told as damage`() throws {
        let folder = try TemporaryFolder()
        let store = try HubStore(path: folder.db)
        try store.commit(.of([partition()], summaries: (0..<3000).map { summary(start: $0 * minute) }))
        try store.close()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.db))
        for page in 8..<(bytes.count / 4096) { for i in 0..<64 { bytes[page * 4096 + i] = 0xff } }
        try bytes.write(to: URL(fileURLWithPath: folder.db))
        #expect(
            code {
                _ = try StoreReader(path: folder.db).snapshot { try $0.summaries(SummaryQuery(limit: .max)).count }
            } == "database-corrupt")
    }

    @Test func `a fingerprint is noted once, and a new one marks off what was shown before`() throws {
        let folder = try TemporaryFolder()
        let store = try HubStore(path: folder.db)
        func noted() throws -> StoredConfiguration? { try store.snapshot { try $0.configuration(of: "traffic") } }
        #expect(try noted() == nil)
        try store.configure([("traffic", "a"), ("other", "x")])
        #expect(try noted() == StoredConfiguration(fingerprint: "a", since: nil))
        try store.commit(.of(summaries: [summary(start: 5 * minute), summary(window: "5m", start: 4 * minute)]))
        try store.configure([("traffic", "a")])
        #expect(try noted()?.since == nil)
        try store.configure([("traffic", "b")])
        #expect(try noted() == StoredConfiguration(fingerprint: "b", since: 5 * minute + 1))
        try store.close()
    }
}

import Foundation
import GRDB
import TestSupport
import Testing

@testable import Store

/// What is refused at the start.
@Suite struct CheckTests {
    @Test func `an index that does not fit its table is refused`() throws {
        let folder = try TemporaryFolder()
        let store = try HubStore(path: folder.db)
        try store.commit(.of(summaries: (0..<50).map { summary(start: $0 * minute) }))
        try store.pool.write { db in
            try db.execute(
                sql: """
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'event_ids_of')
                    WHERE name = 'summaries_of_place'
                    """)
        }
        try store.close()
        #expect(code { _ = try HubStore(path: folder.db) } == "database-corrupt")
    }

    @Test func `a new and a sound database pass the check`() throws {
        let folder = try TemporaryFolder()
        let store = try HubStore(path: folder.db)
        try store.commit(.of([partition(cells: [cell(3)])], summaries: [summary()]))
        try store.pool.read(HubStore.check)
        try store.close()
        #expect(code { try HubStore(path: folder.db).close() } == nil)
    }

    @Test func `of a large file every table is checked that a hub goes on from`() throws {
        let folder = try TemporaryFolder()
        let store = try HubStore(path: folder.db)
        let tables = try store.pool.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT name FROM sqlite_schema
                    WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%'
                    """)
        }
        try store.close()
        let history = ["summaries", "alerts", "alert_transitions", "incidents"]
        #expect(Set(HubStore.stateTables) == Set(tables).subtracting(history))
    }
}

import GRDB
import HubAPI
import Store
import Testing
import TestSupport
import Verification

/// Measures that are made of others, in a store that a hub left behind.
@Suite struct ComposedTests {
    /// - Returns: the database, after dirty streams and restarts.
    private func filled(_ city: TinyCity, _ folder: TempFolder) throws -> String {
        let db = folder.file("hub.db").path
        let stream = DirtyStream("t.sensors", records: 4000, seed: 6, stepMs: 600)
        var at: [Int]?
        for run in 1...4 {
            let f = try Feeder(city.catalogue, db: db, [stream], from: at)
            while f.feed(0, 37) < run * 1000 { try f.commit() }
            try f.commitAll()
            at = try f.close()
        }
        return db
    }

    @Test func `composed rows are proved from the partials of what they are made of, and a change is named`() throws {
        let folder = try TempFolder("kapok-verify")
        let city = try TinyCity(["themes/city.yaml": TinyCity.composedTheme])
        let db = try filled(city, folder)
        let verifier = Verifier(city.catalogue)
        let report = try StoreReader(path: db).snapshot { try verifier.verify($0) }
        #expect(report.first == nil && report.wrong == 0 && report.themes[0].recomputed > 500, "\(report)")
        let queue = try DatabaseQueue(path: db)
        for measure in ["worst", "jam", "soon"] {
            let n = try queue.read {
                try Int.fetchOne(
                    $0, sql: "SELECT count(*) FROM summaries WHERE measure = ? AND status <> 'provisional' AND count > 0 AND evidence IS NOT NULL",
                    arguments: [measure]) ?? 0
            }
            #expect(n > 20, "\(measure)")
        }
        for (column, value) in [("certainty", "'observed'"), ("evidence", "'{\"parts\":[]}'"), ("value", "0.123")] {
            try queue.write { try $0.execute(sql: "CREATE TABLE kept AS SELECT * FROM summaries") }
            try queue.write {
                try $0.execute(
                    sql: """
                        UPDATE summaries SET \(column) = \(value) WHERE measure = 'jam' AND level = 'street' AND start =
                        (SELECT min(start) FROM summaries WHERE measure = 'jam' AND status = 'complete' AND count > 0 AND win = '1m') AND win = '1m'
                        """)
            }
            let wrong = try StoreReader(path: db).snapshot { try verifier.verify($0) }
            #expect(wrong.first?.measure == "jam" && wrong.first?.field == column, "\(column): \(wrong)")
            try queue.write { try $0.execute(sql: "DELETE FROM summaries; INSERT INTO summaries SELECT * FROM kept; DROP TABLE kept") }
        }
    }
}

import CityModel
import GRDB
import Hub
import HubAPI
import Store
import TestSupport
import Testing
import Verification

/// What `kapok verify` says of session windows.
@Suite struct SessionTests {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z

    /// Two partitions of rain with breaks and late readings through the real core.
    final class Filled: Sendable {
        let city: TinyCity
        let folder: TempFolder
        let db: String

        init(_ seed: UInt64) throws {
            city = try TinyCity(["themes/city.yaml": TinyCity.sessionTheme])
            folder = try TempFolder("kapok-verify-sessions")
            db = folder.file("hub.db").path
            let store = try HubStore(path: db)
            defer { try? store.close() }
            let core = try HubCore(
                catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
            for p in 0...1 { _ = try core.assign(slot: p, topic: "t.sensors", partition: Int32(p), now: 0) }
            var rng = SplitMix64(state: seed)
            var time = SessionTests.start
            for i in 0..<600 {
                time += Int64.random(in: 0...60_000, using: &rng)
                if Int.random(in: 0..<12, using: &rng) == 0 { time += Int64.random(in: 0...600_000, using: &rng) }
                for slot in 0...1 {
                    let at = Bool.random(using: &rng) ? time : time - Int64.random(in: 0...900_000, using: &rng)
                    let sensor = "rain-\(Int.random(in: 1...3, using: &rng))"
                    let text = #"{"sensor":"\#(sensor)","kind":"rainfall","value":\#(i % 5),"ts":\#(at)}"#
                    core.process([.init(slot: slot, run: 0, records: 0..<1)], now: 0) { _, batch in
                        Array(text.utf8).withUnsafeBytes { b in
                            _ = batch.append(b.baseAddress, b.count, .init(offset: Int64(i), recordTime: time))
                        }
                    } extra: { _, _ in (nil, []) }
                }
                if i % 7 == 0 { _ = try core.commit(now: 0, brokerUp: true) { _ in .init(caughtUp: false) } }
            }
            for _ in 0..<2 { _ = try core.commit(now: 0, brokerUp: true) { _ in .init(caughtUp: false) } }
        }

        func report(_ change: (Database) throws -> Void = { _ in }) throws -> VerifyReport {
            let copy = try Copy(db)
            try copy.write(change)
            return try copy.verify(city.catalogue)
        }
    }

    @Test(arguments: 1...4) func `sessions that the hub has shown are proved from their partials`(_ seed: UInt64) throws {
        let r = try Filled(seed).report()
        #expect(r.wrong == 0, "\(String(describing: r.first))")
        let theme = try #require(r.themes.first)
        let panes = try Filled(seed).report { try $0.execute(sql: "DELETE FROM summaries WHERE win = 'storm'; DELETE FROM sessions") }
        #expect(theme.recomputed > (panes.themes.first?.recomputed ?? 0) + 3, "sessions are among what was made again")
        #expect(theme.notProvable["unknown-window"] == nil)
    }

    @Test(arguments: [
        "UPDATE summaries SET count = count + 1", "UPDATE summaries SET digest = replace(digest, substr(digest, 1, 1), 'x')",
        "UPDATE summaries SET value = value + 1", "UPDATE summaries SET finish = finish + 1",
        "UPDATE summaries SET reporting = reporting - 1", "DELETE FROM summaries",
    ])
    func `a changed session row is found and named`(_ sql: String) throws {
        let filled = try Filled(3)
        let r = try filled.report { db in
            let row = try newest(db)
            try db.execute(
                sql: sql + " WHERE win = 'storm' AND measure = 'storm' AND start = ? AND place = ?",
                arguments: [row["start"], row["place"]])
        }
        #expect(r.wrong == 1)
        #expect(r.first?.window == "storm" && r.first?.measure == "storm" && r.first?.place != nil)
    }

    @Test func `a session's partial that is gone or damaged is found`() throws {
        let filled = try Filled(4)
        func parts(_ db: Database, _ change: String) throws {
            let row = try newest(db)
            try db.execute(
                sql: change + " WHERE place = ? AND start >= ? AND finish <= ?",
                arguments: [row["place"], row["start"], row["finish"]])
        }
        #expect(try filled.report { try parts($0, "DELETE FROM sessions") }.wrong > 0)
        let r = try filled.report { try parts($0, "UPDATE sessions SET bytes = x'00'") }
        #expect(r.first?.field == "bytes" && r.first?.input != nil)
    }

    /// The newest complete session that counts: nothing of it can have left the store.
    private func newest(_ db: Database) throws -> Row {
        try #require(
            try Row.fetchOne(
                db,
                sql: """
                    SELECT start, finish, place FROM summaries WHERE win = 'storm' AND measure = 'storm' AND count > 0
                    AND status <> 'provisional' ORDER BY finish DESC LIMIT 1
                    """))
    }
}

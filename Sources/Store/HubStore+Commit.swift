import CityModel
import Foundation
import GRDB
import HubAPI
import Wire

extension HubStore {
    /// How long partials of closed windows are kept, event time: a partition that was away this long can still be
    /// merged into them.
    static let cellsKeptMs: Int64 = 24 * 3_600_000
    /// How long summaries are kept, event time behind the theme's clock.
    static let summariesKeptMs: Int64 = 7 * 24 * 3_600_000

    /// Writes a commit in one transaction.
    /// - Throws: `disk-full`, `database-corrupt`, `database-busy`, `database-open`; nothing is written then.
    public func commit(_ c: Commit) throws(KapokError) {
        try write { db in
            for p in c.partitions {
                try Self.write(p, db)
                try Self.writeSessions(of: p, db)
                if let m = p.mirror { try Self.write(m, db) }
                if c.marksUnsent { try Self.mark(p, db) }
                try Self.writeDetectors(of: p, db)
            }
            for t in c.themes { try Self.write(t, db) }
            try Self.write(c.summaries, db)
            try Self.write(c.messages, to: .own, db)
            for o in c.outlooks { try Self.write(o, db) }
            try Self.write(c.alerts, db)
        }
    }

    private static func write(_ p: Commit.Partition, _ db: Database) throws {
        let l = p.state.ledger
        let frames = String(decoding: try JSONEncoder().encode(p.state.frames), as: UTF8.self)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO partitions VALUES (?,?,?,?,?,?,?,?,?,?,?)").execute(
            arguments: [
                p.topic, p.partition, l.first, l.next, l.accepted, l.late, l.duplicate, l.gap, p.state.maxEventTime,
                frames, p.state.dedupGeneration,
            ])
        for reason in DeadLetterReason.allCases where l.dead[Int(reason.rawValue)] > 0 {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO dead_letters VALUES (?,?,?,?)").execute(
                arguments: [p.topic, p.partition, reason.name, l.dead[Int(reason.rawValue)]])
        }
        for (generation, ids) in p.ids where !ids.isEmpty {
            let blob = ids.withUnsafeBytes { Data($0) }
            try db.cachedStatement(
                sql: "INSERT INTO event_ids (topic, partition, generation, ids) VALUES (?,?,?,?)"
            ).execute(arguments: [p.topic, p.partition, generation, blob])
        }
        if !p.ids.isEmpty {
            try db.cachedStatement(sql: "DELETE FROM event_ids WHERE topic = ? AND partition = ? AND generation < ?")
                .execute(arguments: [p.topic, p.partition, p.state.dedupGeneration - 1])
        }
        let track = try db.cachedStatement(sql: "INSERT OR REPLACE INTO sensors VALUES (?,?,?,?,?,?,?,?,?,?)")
        for t in p.tracks {
            try track.execute(
                arguments: [
                    p.topic, p.partition, t.sensor, t.kind, t.track.time, t.track.value, t.track.sameSince,
                    t.track.soundTime, t.track.soundValue, t.memory.map { Data($0.bytes) },
                ])
        }
        let cell = try db.cachedStatement(sql: "INSERT OR REPLACE INTO cells VALUES (?,?,?,?,?,?,?,?)")
        for c in p.cells {
            try cell.execute(
                arguments: [
                    c.theme, p.topic, p.partition, c.start, c.scope, Int64(bitPattern: c.place), c.input, Data(c.bytes),
                ])
        }
    }

    private static func write(_ t: Commit.Theme, _ db: Database) throws {
        let completed = String(decoding: try JSONEncoder().encode(t.completed), as: UTF8.self)
        let old = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT clock FROM themes WHERE theme = ?"), arguments: [t.name])
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO themes VALUES (?,?,?,?,?)").execute(
            arguments: [t.name, t.version, t.clock, t.retired, completed])
        try write(t.owed, of: t.name, db)
        // Cleaning goes with the clock's minutes, not with every commit.
        guard t.clock > .min, old.map({ $0 / 60_000 != t.clock / 60_000 }) ?? true else { return }
        if t.retired > .min {
            // A partition at a time: the table's key begins so, and there is no other index to find old rows by.
            for p in try Row.fetchAll(db, sql: "SELECT topic, partition FROM partitions") {
                try db.cachedStatement(
                    sql: "DELETE FROM cells WHERE theme = ? AND topic = ? AND partition = ? AND start < ?"
                ).execute(
                    arguments: [
                        t.name, try p.text("topic"), try p.number("partition"), before(t.retired, cellsKeptMs),
                    ])
            }
        }
        try cleanSessions(t, db)
        // Also windows that the theme no longer has.
        for window in try windows(of: t.name, db) {
            try db.cachedStatement(sql: "DELETE FROM summaries WHERE theme = ? AND win = ? AND start < ?")
                .execute(arguments: [t.name, window, before(t.clock, summariesKeptMs)])
        }
    }

    static func before(_ time: Int64, _ kept: Int64) -> Int64 {
        let (t, overflow) = time.subtractingReportingOverflow(kept)
        return overflow ? .min : t
    }

    /// Both forms of a row: new, and shown again. An update leaves the index of places alone.
    private static let upsert = """
        INSERT INTO summaries VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET
        finish=excluded.finish, level=excluded.level, status=excluded.status, revision=excluded.revision,
        unit=excluded.unit, value=excluded.value, aggregates=excluded.aggregates, severity=excluded.severity,
        count=excluded.count, expected=excluded.expected, reporting=excluded.reporting, late=excluded.late,
        digest=excluded.digest, quality=excluded.quality, flagged=excluded.flagged, findings=excluded.findings,
        certainty=excluded.certainty, evidence=excluded.evidence
        """

    private static func write(_ summaries: [Summary], _ db: Database) throws {
        let s = try db.cachedStatement(sql: upsert)
        for r in summaries {
            guard let place = UInt64(r.place) else {
                throw KapokError(
                    "summary-invalid", "a summary's place is `\(r.place)`, not a code", mend: "Report this as a defect")
            }
            try s.execute(
                arguments: [
                    r.theme, r.measure, r.window, Int64(bitPattern: place), r.start.ms, r.end.ms, r.level.rawValue,
                    r.status.rawValue, r.revision, r.unit, r.value, aggregatesText(r.values), r.severity.rawValue,
                    r.count, r.expected, r.reporting, r.late, r.digest, r.quality, r.flagged,
                    r.findings.map(findingsText), r.certainty?.rawValue, r.evidence.map(evidenceText),
                ])
        }
    }

    /// `name=value` pairs in the order of names; shortest round-trip decimals. Cheaper than JSON, read by `aggregates`.
    /// Values that are not finite, which JSON cannot carry, are left out.
    static func aggregatesText(_ values: [String: Double]) -> String {
        values.filter(\.value.isFinite).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            .joined(separator: " ")
    }
    static func aggregates(_ text: String) -> [String: Double] {
        var out: [String: Double] = [:]
        for pair in text.split(separator: " ") {
            guard let eq = pair.firstIndex(of: "="), let v = Double(pair[pair.index(after: eq)...]), v.isFinite
            else { continue }
            out[String(pair[..<eq])] = v
        }
        return out
    }

    static func findingsText(_ f: SensorFindings) -> String {
        var bytes: [UInt8] = []
        f.appendJSON(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func evidenceText(_ e: Evidence) -> String {
        var bytes: [UInt8] = []
        e.appendJSON(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ messages: [Commit.Message], to queue: Queue, _ db: Database) throws {
        let s = try db.cachedStatement(
            sql: "INSERT INTO \(queue.rawValue) (topic, key, value, headers) VALUES (?,?,?,?)")
        for m in messages {
            try s.execute(
                arguments: [m.topic, m.key.map { Data($0) }, m.value.map { Data($0) }, bytes(m.headers)])
        }
    }
}

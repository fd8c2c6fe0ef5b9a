import CityModel
import Foundation
import GRDB
import Pipeline

/// What the outlook of each theme and measure goes on from: its state, rarely, and what it took in since.
extension HubStore {
    static func write(_ r: OutlookRecord, _ db: Database) throws {
        if let s = r.state {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO outlooks VALUES (?,?,?,?,?,?)").execute(
                arguments: [
                    r.theme, r.measure, s.identity, packed(s.places.map { $0.littleEndian }), s.start, Data(s.bytes),
                ])
            try db.cachedStatement(sql: "DELETE FROM outlook_steps WHERE theme = ? AND measure = ?")
                .execute(arguments: [r.theme, r.measure])
        }
        let step = try db.cachedStatement(sql: "INSERT OR REPLACE INTO outlook_steps VALUES (?,?,?,?)")
        for s in r.steps {
            // No number is a window without a value.
            let bits = s.values.map { ($0 ?? .nan).bitPattern.littleEndian }
            try step.execute(arguments: [r.theme, r.measure, s.start, packed(bits)])
        }
    }

    /// What is stored of a theme's outlook, in the order of measures.
    /// - Throws: `database-*`.
    public func outlooks(theme: String) throws(KapokError) -> [OutlookRecord] {
        try readOwn { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM outlooks WHERE theme = ? ORDER BY measure", arguments: [theme])
            return try rows.map { r in
                let measure = try r.text("measure")
                let state = OutlookRecord.State(
                    identity: try r.text("identity"), places: try words(r, "places"), start: try r.number("start"),
                    bytes: [UInt8](try r.value("bytes") as Data))
                let steps = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT start, readings FROM outlook_steps
                        WHERE theme = ? AND measure = ? AND start > ? ORDER BY start
                        """,
                    arguments: [theme, measure, state.start]
                ).map { s in
                    OutlookRecord.Step(
                        start: try s.number("start"),
                        values: try words(s, "readings").map {
                            let v = Double(bitPattern: $0)
                            return v.isFinite ? v : nil
                        })
                }
                return OutlookRecord(theme: theme, measure: measure, steps: steps, state: state)
            }
        }
    }

    private static func packed(_ words: [UInt64]) -> Data { words.withUnsafeBytes { Data($0) } }

    private func words(_ r: Row, _ column: String) throws -> [UInt64] {
        let d: Data = try r.value(column)
        guard d.count % 8 == 0 else { throw Damage(what: "\(column) of an outlook are cut") }
        return d.withUnsafeBytes { b in
            (0..<(d.count / 8)).map { UInt64(littleEndian: b.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
    }
}

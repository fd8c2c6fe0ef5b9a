import Foundation
import GRDB
import Pipeline
import Wire

extension HubStore {
    /// The stored state of a partition; nil where it was never committed.
    public func partition(_ topic: String, _ partition: Int32) throws -> PartitionState? {
        try pool.read { db in
            guard let r = try Row.fetchOne(
                db, sql: "SELECT * FROM partitions WHERE topic = ? AND partition = ?", arguments: [topic, partition])
            else { return nil }
            var l = Ledger()
            l.first = r["first"]
            l.next = r["next"]
            l.accepted = r["accepted"]
            l.late = r["late"]
            l.duplicate = r["duplicate"]
            l.gap = r["gap"]
            for d in try Row.fetchAll(
                db, sql: "SELECT reason, n FROM dead_letters WHERE topic = ? AND partition = ?",
                arguments: [topic, partition])
            {
                if let reason = DeadLetterReason.allCases.first(where: { $0.name == d["reason"] as String }) {
                    l.dead[Int(reason.rawValue)] = d["n"]
                }
            }
            let generation: Int = r["generation"]
            func ids(_ g: Int) throws -> [UInt64] {
                try Data.fetchAll(
                    db, sql: "SELECT ids FROM event_ids WHERE topic = ? AND partition = ? AND generation = ? ORDER BY seq",
                    arguments: [topic, partition, g]
                ).flatMap { d in
                    d.withUnsafeBytes { b in
                        (0..<(d.count / 8)).map { b.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
                    }
                }
            }
            return PartitionState(
                ledger: l, maxEventTime: r["max_event_time"],
                frames: try JSONDecoder().decode(
                    [PartitionState.OpenFrame].self, from: Data((r["frames"] as String).utf8)),
                dedupGeneration: generation, previousIDs: try ids(generation - 1), currentIDs: try ids(generation))
        }
    }

    /// A theme as it was last committed; nil where it never was.
    public func theme(_ name: String) throws -> Commit.Theme? {
        try pool.read { db in
            guard let r = try Row.fetchOne(db, sql: "SELECT * FROM themes WHERE theme = ?", arguments: [name]) else {
                return nil
            }
            return Commit.Theme(
                name: name, version: r["version"], clock: r["clock"], retired: r["retired"],
                completed: try JSONDecoder().decode([String: Int64].self, from: Data((r["completed"] as String).utf8)))
        }
    }

    /// Stored partials of one partition and theme whose pane (or window, for patches) starts in `range`, in canonical order.
    public func cells(
        theme: String, topic: String, partition: Int32, range: Range<Int64>, _ each: (Commit.Cell) throws -> Void
    ) throws {
        try pool.read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT start, scope, place, input, bytes FROM cells
                    WHERE theme = ? AND topic = ? AND partition = ? AND start >= ? AND start < ?
                    """, arguments: [theme, topic, partition, range.lowerBound, range.upperBound])
            while let r = try rows.next() {
                let place: Int64 = r["place"]
                let bytes: Data = r["bytes"]
                try each(
                    Commit.Cell(
                        theme: theme, scope: r["scope"], start: r["start"], place: UInt64(bitPattern: place),
                        input: r["input"], bytes: [UInt8](bytes)))
            }
        }
    }

    /// The revision that a summary has in the store; 0 where it is not there.
    public func revision(_ row: RollUp.Row, theme: String) throws -> Int {
        try pool.read {
            try Int.fetchOne(
                $0.cachedStatement(
                    sql: "SELECT revision FROM summaries WHERE theme=? AND measure=? AND win=? AND place=? AND start=?"),
                arguments: [theme, row.measure, row.window, Int64(row.place), row.start]) ?? 0
        }
    }
}

import CityModel
import Foundation
import GRDB
import Pipeline
import Windowing
import Wire

extension HubStore {
    /// Every partition that was ever committed, in the order of topic and number.
    /// - Throws: `database-*`.
    public func partitions() throws(KapokError) -> [(topic: String, partition: Int32)] {
        try readOwn { db in
            try Row.fetchAll(db, sql: "SELECT topic, partition FROM partitions ORDER BY topic, partition").map {
                (try $0.text("topic"), Int32(clamping: try $0.number("partition")))
            }
        }
    }

    /// The stored state of a partition; nil where it was never committed.
    /// - Throws: `database-*`.
    public func partition(_ topic: String, _ partition: Int32) throws(KapokError) -> PartitionState? {
        try readOwn { db in
            guard
                let r = try Row.fetchOne(
                    db, sql: "SELECT * FROM partitions WHERE topic = ? AND partition = ?",
                    arguments: [topic, partition])
            else { return nil }
            let l = try Self.ledger(r, topic, partition, db)
            let generation = Int(try r.number("generation"))
            func ids(_ g: Int) throws -> [UInt64] {
                try Data.fetchAll(
                    db,
                    sql: "SELECT ids FROM event_ids WHERE topic = ? AND partition = ? AND generation = ? ORDER BY seq",
                    arguments: [topic, partition, g]
                ).flatMap { d in
                    d.withUnsafeBytes { b in
                        (0..<(d.count / 8)).map { b.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
                    }
                }
            }
            let tracks = try Row.fetchAll(
                db, sql: "SELECT * FROM sensors WHERE topic = ? AND partition = ?", arguments: [topic, partition]
            ).map { try track($0) }
            let detectors = try Self.detectors(topic, partition, db)
            let frames = try JSONDecoder().decode(
                [PartitionState.OpenFrame].self, from: Data(try r.text("frames").utf8))
            for f in frames {
                _ = try Damage.check(f.time, "an open frame's time")
                _ = try Damage.check(f.value, "an open frame's value")
            }
            return PartitionState(
                ledger: l, maxEventTime: try r.number("max_event_time", minAllowed: true), frames: frames,
                dedupGeneration: generation, previousIDs: try ids(generation - 1), currentIDs: try ids(generation),
                tracks: tracks, detectors: detectors)
        }
    }

    private func track(_ r: Row) throws -> PartitionState.Track {
        var t = SensorTrack()
        t.time = try r.number("time", minAllowed: true)
        t.value = try r.number("value")
        t.sameSince = try r.number("same_since")
        t.soundTime = try r.number("sound_time", minAllowed: true)
        t.soundValue = try r.number("sound_value")
        return .init(
            sensor: try r.text("sensor"), kind: try r.text("kind"), track: t, memory: try Self.memory(r))
    }

    static func memory(_ r: Row) throws -> SensorMemory? {
        guard let bytes = try r.optional("memory") as Data? else { return nil }
        guard let m = SensorMemory([UInt8](bytes)) else { throw Damage(what: "a sensor's memory cannot be read") }
        return m
    }

    /// A theme as it was last committed; nil where it never was.
    /// - Throws: `database-*`.
    public func theme(_ name: String) throws(KapokError) -> Commit.Theme? {
        try readOwn { try Self.theme(name, $0) }
    }

    static func theme(_ name: String, _ db: Database) throws -> Commit.Theme? {
        guard let r = try Row.fetchOne(db, sql: "SELECT * FROM themes WHERE theme = ?", arguments: [name]) else {
            return nil
        }
        let completed = try JSONDecoder().decode([String: Int64].self, from: Data(try r.text("completed").utf8))
        for (window, end) in completed { _ = try Damage.check(end, "the end of \(window)") }
        return Commit.Theme(
            name: name, version: Int(try r.number("version")), clock: try r.number("clock", minAllowed: true),
            retired: try r.number("retired", minAllowed: true), completed: completed, owed: try owed(of: name, db))
    }

    static func ledger(_ r: Row, _ topic: String, _ partition: Int32, _ db: Database) throws -> Ledger {
        var l = Ledger()
        l.first = try r.number("first")
        l.next = try r.number("next")
        l.accepted = try r.number("accepted")
        l.late = try r.number("late")
        l.duplicate = try r.number("duplicate")
        l.gap = try r.number("gap")
        for d in try Row.fetchAll(
            db, sql: "SELECT reason, n FROM dead_letters WHERE topic = ? AND partition = ?",
            arguments: [topic, partition])
        {
            let name = try d.text("reason")
            guard let reason = DeadLetterReason.allCases.first(where: { $0.name == name }) else {
                throw Damage(what: "a dead letter's reason is `\(name)`")
            }
            l.dead[Int(reason.rawValue)] = try d.number("n")
        }
        return l
    }

    /// Stored partials of one partition and theme whose pane (or window, for patches) starts in `range`, in the order
    /// of start, scope, place and input.
    /// - Throws: `database-*`.
    public func cells(
        theme: String, topic: String, partition: Int32, range: Range<Int64>, _ each: (Commit.Cell) -> Void
    ) throws(KapokError) {
        try readOwn { try Self.cells(theme, topic, partition, range, $0, each) }
    }

    static func cells(
        _ theme: String, _ topic: String, _ partition: Int32, _ range: Range<Int64>, _ db: Database,
        _ each: (Commit.Cell) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT start, scope, place, input, bytes FROM cells
                    WHERE theme = ? AND topic = ? AND partition = ? AND start >= ? AND start < ?
                    ORDER BY start, scope, place, input
                    """), arguments: [theme, topic, partition, range.lowerBound, range.upperBound])
        while let r = try rows.next() {
            try each(
                Commit.Cell(
                    theme: theme, scope: try r.text("scope"), start: try r.number("start"),
                    place: UInt64(bitPattern: try r.value("place")), input: try r.text("input"),
                    bytes: [UInt8](try r.value("bytes") as Data)))
        }
    }

    /// The revision that a summary has in the store; 0 where it is not there.
    /// - Throws: `database-*`.
    public func revision(_ row: RollUp.Row, theme: String) throws(KapokError) -> Int {
        try readOwn {
            let n = try Int64.fetchOne(
                $0.cachedStatement(
                    sql: """
                        SELECT revision FROM summaries
                        WHERE theme = ? AND win = ? AND start = ? AND place = ? AND measure = ?
                        """),
                arguments: [theme, row.window, row.start, Int64(bitPattern: row.place), row.measure])
            return Int(try Damage.check(n ?? 0, "revision"))
        }
    }
}

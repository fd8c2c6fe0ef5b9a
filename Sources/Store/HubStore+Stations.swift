import CityModel
import Foundation
import GRDB
import Pipeline

/// What incident detection remembers, and what it found.
extension HubStore {
    /// Incidents that were last seen so long before their partition's newest event are forgotten, ms.
    static let incidentsKeptMs: Int64 = 7 * 24 * 3_600_000

    static func writeDetectors(of p: Commit.Partition, _ db: Database) throws {
        let state = try db.cachedStatement(sql: "INSERT OR REPLACE INTO detectors VALUES (?,?,?,?)")
        for s in p.detectors { try state.execute(arguments: [p.topic, p.partition, s.device, Data(s.bytes)]) }
        guard !p.incidents.isEmpty else { return }
        let incident = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO incidents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        for i in p.incidents {
            let (e, m) = (i.episode, i.episode.measured)
            try incident.execute(
                arguments: [
                    p.topic, p.partition, i.device, i.source.name, e.told, e.finding, Int64(bitPattern: i.street),
                    e.since, e.last, e.ended, m.occupancy, m.speed, m.vehicles, m.upstream, m.usual, m.queue,
                ])
        }
        try db.cachedStatement(sql: "DELETE FROM incidents WHERE topic = ? AND partition = ? AND last < ?")
            .execute(arguments: [p.topic, p.partition, before(p.state.maxEventTime, incidentsKeptMs)])
    }

    static func detectors(_ topic: String, _ partition: Int32, _ db: Database) throws -> [PartitionState.DetectorState] {
        try Row.fetchAll(
            db, sql: "SELECT device, bytes FROM detectors WHERE topic = ? AND partition = ? ORDER BY device",
            arguments: [topic, partition]
        ).map { .init(device: try $0.text("device"), bytes: [UInt8](try $0.value("bytes") as Data)) }
    }

    /// Incidents that were told before `to` and last seen at or after `from`, ms, in the order of street, time, device and
    /// source.
    /// - Throws: `database-*`.
    public func incidents(from: Int64, to: Int64) throws(KapokError) -> [SeenIncident] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM incidents WHERE told < ? AND last >= ?
                    ORDER BY place, told, device, source, finding
                    """, arguments: [to, from]
            ).map { r in
                let name = try r.text("source")
                guard let source = IncidentSource(name: name) else {
                    throw Damage(what: "an incident's source is `\(name)`")
                }
                var e = IncidentEpisode(
                    since: try r.number("since"), told: try r.number("told"), last: try r.number("last"),
                    ended: try r.optionalNumber("ended"), finding: try r.text("finding"))
                e.measured.occupancy = try r.optionalNumber("occupancy")
                e.measured.speed = try r.optionalNumber("speed")
                e.measured.vehicles = try r.optionalNumber("vehicles")
                e.measured.upstream = try r.optionalNumber("upstream")
                e.measured.usual = try r.optionalNumber("usual")
                e.measured.queue = try r.optionalNumber("queue")
                return SeenIncident(
                    device: try r.text("device"), street: UInt64(bitPattern: try r.value("place")), source: source,
                    episode: e)
            }
        }
    }
}

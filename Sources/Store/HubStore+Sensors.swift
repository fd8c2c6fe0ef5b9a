import CityModel
import GRDB
import Windowing

extension HubStore {
    /// A sensor and one reading kind of it.
    public struct SensorKey: Hashable, Sendable {
        public var sensor: String
        public var kind: String
        public init(sensor: String, kind: String) {
            self.sensor = sensor
            self.kind = kind
        }
    }

    /// Event time, ms, of the newest reading of every sensor that was ever heard.
    /// - Throws: `database-*`.
    public func lastSeen() throws(KapokError) -> [SensorKey: Int64] {
        try read { db in
            var out: [SensorKey: Int64] = [:]
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: "SELECT sensor, kind, max(time) AS time FROM sensors GROUP BY sensor, kind"))
            while let r = try rows.next() {
                out[SensorKey(sensor: try r.text("sensor"), kind: try r.text("kind"))] =
                    try r.number("time", minAllowed: true)
            }
            return out
        }
    }

    /// What was learned of each road section's free-flow speed; of several partitions what the newest reading left.
    /// - Throws: `database-*`.
    public func freeFlow() throws(KapokError) -> [SensorKey: FreeFlowTrack] {
        try read { db in
            var out: [SensorKey: FreeFlowTrack] = [:]
            let rows = try Row.fetchCursor(
                db.cachedStatement(
                    sql: """
                        SELECT sensor, kind, memory FROM sensors WHERE kind = 'speed' AND memory NOT NULL ORDER BY time
                        """))
            while let r = try rows.next() {
                guard let track = try Self.memory(r)?.freeFlow else { continue }
                out[SensorKey(sensor: try r.text("sensor"), kind: try r.text("kind"))] = track
            }
            return out
        }
    }
}

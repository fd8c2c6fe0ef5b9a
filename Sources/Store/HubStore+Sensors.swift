import CityModel
import GRDB

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
}

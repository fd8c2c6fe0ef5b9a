import CityModel
import Foundation
import GRDB
import Pipeline

/// What a centre knows of a partition of an edge besides its state.
public struct StoredMirror: Sendable, Equatable {
    /// The centre's name of the edge's topic, and the edge's partition.
    public var topic: String
    public var partition: Int32
    /// By which partition of the partials topic it comes.
    public var carrierTopic: String
    public var carrierPartition: Int32
    public var log: BundleLog
    public init(topic: String, partition: Int32, carrierTopic: String, carrierPartition: Int32, log: BundleLog) {
        self.topic = topic
        self.partition = partition
        self.carrierTopic = carrierTopic
        self.carrierPartition = carrierPartition
        self.log = log
    }
}

extension HubStore {
    static func write(_ m: StoredMirror, _ db: Database) throws {
        let log = String(decoding: try JSONEncoder().encode(m.log), as: UTF8.self)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO edges VALUES (?,?,?,?,?)").execute(
            arguments: [m.topic, m.partition, m.carrierTopic, m.carrierPartition, log])
    }

    /// The edges' partitions, in the order of topic and number.
    /// - Throws: `database-*`.
    public func mirrors() throws(KapokError) -> [StoredMirror] { try readOwn(Self.mirrors) }

    static func mirrors(_ db: Database) throws -> [StoredMirror] {
        try Row.fetchAll(db, sql: "SELECT * FROM edges ORDER BY topic, partition").map { r in
            StoredMirror(
                topic: try r.text("topic"), partition: try r.value("partition"), carrierTopic: try r.text("carrier"),
                carrierPartition: try r.value("carrier_partition"),
                log: try JSONDecoder().decode(BundleLog.self, from: Data(try r.text("log").utf8)))
        }
    }
}

extension StoreSnapshot {
    /// The edges' partitions, in the order of topic and number.
    public func mirrors() throws -> [StoredMirror] { try HubStore.mirrors(db) }
}

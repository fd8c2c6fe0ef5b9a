import CityModel
import Foundation
import GRDB
import Pipeline

/// Under which configuration a theme's summaries were made.
public struct StoredConfiguration: Sendable, Codable, Equatable {
    /// `ThemePlan.fingerprint` of the hub that writes, or wrote last.
    public var fingerprint: String
    /// Windows that start at or after this (event time, ms) were shown under this configuration only; nil: all were.
    public var since: Int64?
    public init(fingerprint: String, since: Int64?) {
        self.fingerprint = fingerprint
        self.since = since
    }
}

/// What a theme keeps in `meta` beside its row, as JSON.
extension HubStore {
    /// Notes the themes' fingerprints at a hub's start. Where one is new, what was shown before it is marked off.
    /// - Throws: `database-*`.
    public func configure(_ themes: [(theme: String, fingerprint: String)]) throws(KapokError) {
        try write { db in
            for (theme, fingerprint) in themes {
                guard try Self.configuration(of: theme, db)?.fingerprint != fingerprint else { continue }
                let shown = try Self.windows(of: theme, db).compactMap {
                    try Int64.fetchOne(db, sql: newestSQL, arguments: [theme, $0])
                }.max()
                let c = StoredConfiguration(fingerprint: fingerprint, since: shown.map { $0 + 1 })
                try Self.put(c, configurationKey + theme, db)
            }
        }
    }

    static func configuration(of theme: String, _ db: Database) throws -> StoredConfiguration? {
        try get(configurationKey + theme, db)
    }

    static func write(_ owed: [OwedWindow], of theme: String, _ db: Database) throws {
        try put(owed.isEmpty ? nil : owed, owedKey + theme, db)
    }
    static func owed(of theme: String, _ db: Database) throws -> [OwedWindow] { try get(owedKey + theme, db) ?? [] }

    static func put<T: Encodable>(_ value: T?, _ key: String, _ db: Database) throws {
        guard let value else {
            try db.cachedStatement(sql: "DELETE FROM meta WHERE key = ?").execute(arguments: [key])
            return
        }
        let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)").execute(arguments: [key, text])
    }

    static func get<T: Decodable>(_ key: String, _ db: Database) throws -> T? {
        let s = try db.cachedStatement(sql: "SELECT value FROM meta WHERE key = ?")
        return try String.fetchOne(s, arguments: [key]).map { try JSONDecoder().decode(T.self, from: Data($0.utf8)) }
    }
}

private let configurationKey = "configuration/"
private let owedKey = "owed/"

import CityModel
import Foundation
import GRDB
import HubAPI
import Pipeline
import TestSupport
import Testing

@testable import Store

/// A folder of its own that goes with the value.
final class TemporaryFolder: Sendable {
    let path: String
    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("kapok-store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    var db: String { path + "/hub.db" }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

let minute: Int64 = 60_000

func summary(
    place: UInt64 = 440_106_004_000, theme: String = "traffic", measure: String = "speed", window: String = "1m",
    start: Int64 = 0, status: WindowStatus = .complete, revision: Int = 0, value: Double? = 37.5,
    level: PlaceLevel = .street
) -> Summary {
    Summary(
        place: String(place), level: level, theme: theme, measure: measure, window: window, start: EventTime(ms: start),
        end: EventTime(ms: start + minute), status: status, revision: revision, unit: "km/h", value: value,
        values: value.map { ["mean": $0, "p85": $0 + 1] } ?? [:], severity: value == nil ? .unknown : .normal,
        count: value == nil ? 0 : 12, expected: 4, reporting: value == nil ? 0 : 3, coverage: value == nil ? 0 : 75,
        late: 2, digest: status == .provisional ? "" : "d1")
}

func partition(
    _ topic: String = "city.sensor", _ number: Int32 = 0, generation: Int = 0,
    ids: [(generation: Int, ids: [UInt64])] = [], cells: [Commit.Cell] = [],
    _ change: (inout Ledger) -> Void = { _ in }
) -> Commit.Partition {
    var l = Ledger()
    l.first = 10
    l.next = 31
    l.accepted = 21
    change(&l)
    return .init(
        topic: topic, partition: number,
        state: PartitionState(ledger: l, maxEventTime: 1_700_000_000_123, frames: [], dedupGeneration: generation),
        ids: ids, cells: cells)
}

func cell(_ start: Int64, scope: String = "", place: UInt64 = 440_106_004_000, input: String = "speed") -> Commit.Cell {
    .init(
        theme: "traffic", scope: scope, start: start, place: place, input: input,
        bytes: [1, 2, UInt8(truncatingIfNeeded: start)])
}

extension Commit {
    static func of(
        _ partitions: [Partition] = [], themes: [Theme] = [], summaries: [Summary] = [], messages: [Message] = []
    ) -> Commit {
        var c = Commit()
        c.partitions = partitions
        c.themes = themes
        c.summaries = summaries
        c.messages = messages
        return c
    }
}

extension HubStore {
    /// Every row of every table, as text.
    func dump() throws -> [String] {
        try pool.read { db in
            try ["partitions", "dead_letters", "event_ids", "cells", "themes", "summaries", "outbox"].flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY 1, 2, 3, 4").map { "\(table) \($0)" }
            }
        }
    }
    func cells(_ range: Range<Int64>, partition: Int32 = 0) throws -> [Commit.Cell] {
        var out: [Commit.Cell] = []
        try cells(theme: "traffic", topic: "city.sensor", partition: partition, range: range) { out.append($0) }
        return out
    }
}

/// The code of the KapokError that `work` throws; nil where it throws none.
func code(_ work: () throws -> Void) -> String? {
    do {
        try work()
        return nil
    } catch let e as KapokError {
        return e.code
    } catch {
        return "not a KapokError: \(error)"
    }
}

import CityModel
import Contracts
import Foundation
import TestSupport
import Wire

/// A decoder and one record: one verdict, the same alone, among others, and wherever its bytes lie; what is accepted
/// lies in the range of its kind.
final class RecordCheck {
    private struct Seen: Equatable {
        var time, value: Int64
        var identity: UInt64
        var source: Int32
    }
    private struct Outcome: Equatable {
        var reason: DeadLetterReason?
        var time, recordTime: Int64
        var eventID: UInt64
        var isFragment: Bool
        var detail: String
        var observations: [Seen]
    }

    private let decoder: RecordDecoder
    private let others: [[UInt8]]
    private let expected: [Outcome]
    private var decoded = DecodedBatch()

    /// Records that stand before and behind the input: good, cut within a text, empty, too large, with escapes.
    private static let neighbours: [String: [String]] = [
        "sensor-readings": [
            #"{"id":"e1","sensor":"loop-1","kind":"speed","value":37.5,"ts":"2026-11-24T08:00:00.123Z"}"#,
            #"{"id":"e2","sensor":"loop-1","kind":"speed","value":1,"ts":"2026-11-24T08:00:0"#, "",
            #"{"sensor":"\u7ca4-loop","kind":"speed","value":20,"unit":"m\/s","ts":1795507200000,"_ts":1795507200001}"#,
            String(repeating: "[", count: 5000),
        ],
        "video": [
            #"{"id":"1","@timestamp":"2026-11-24T08:00:15Z","sensorId":"cam-1","objects":["2|1|2|3|4|person"]}"#,
            #"{"id":"1","@timestamp":"2026-11-24T08:00:15Z","sensorId":"cam-1","objects":["2|1|2|3|4|per"#, "",
            #"{"messageid":"m","@timestamp":1,"sensor":{"id":"cam-2"},"object":{"id":"\u0031","#
                + #""vehicle":{"license":"\u7ca4A"}}}"#,
            #"{"objects":[],"sensorId":"cam-9","@timestamp":"2026-11-24T08:00:15Z"}"#,
        ],
    ]

    init(_ contract: String) throws {
        let city = try TinyCity()
        let folder = try TempFolder("kapok-fuzz")
        let key = folder.file("key")
        try Data(repeating: 7, count: 32).write(to: key)
        let c = try city.contract(contract)
        decoder = RecordDecoder(
            c, SourceTable(c, city.catalogue), pseudonym: try Pseudonym(keyFile: key.path))
        others = (Self.neighbours[contract] ?? []).map { Array($0.utf8) }
        var alone: [Outcome] = []
        var out = DecodedBatch()
        for o in others { alone += try Self.outcomes(decoder, Self.copied([o]), &out) }
        expected = alone
    }

    static func run(_ check: RecordCheck) -> FuzzTarget.Check { { try check.run($0) } }

    private func run(_ input: [UInt8]) throws {
        let alone = try Self.outcomes(decoder, Self.copied([input]), &decoded)
        try checkRanges(alone[0])
        for at in [0, others.count / 2, others.count] {
            var records = others
            records.insert(input, at: at)
            var outcomes = try Self.outcomes(decoder, Self.copied(records), &decoded)
            let mine = outcomes.remove(at: at)
            try require(mine == alone[0], "at \(at) among others \(mine), alone \(alone[0])")
            try require(outcomes == expected, "its neighbours have other verdicts: \(outcomes)")
        }
        for filling in [0, 0x22, 0xff] as [UInt8] {
            let lent = try Self.lent(input, filling, decoder, &decoded)
            try require(lent == alone, "lent before \(filling): \(lent), copied \(alone)")
        }
    }

    private func checkRanges(_ o: Outcome) throws {
        guard o.reason == nil else {
            return try require(o.observations.isEmpty || !o.detail.isEmpty, "dead without a detail")
        }
        // A day more on both sides: the offset from UTC.
        try require(abs(o.time) < 253_402_300_800_000 + 86_400_000, "accepted at \(o.time)")
        for s in o.observations {
            try require(decoder.sources.rows.indices.contains(Int(s.source)), "source \(s.source)")
            let row = decoder.sources.rows[Int(s.source)]
            let inRange = s.value >= row.low && s.value <= row.high
            try require(inRange || s.value == Observation.identityOnly, "value \(s.value) is out of range")
            try require(s.time == o.time, "an observation at \(s.time) of a record at \(o.time)")
        }
    }

    private static func copied(_ records: [[UInt8]]) throws -> RecordBatch {
        let batch = RecordBatch(limit: records.count, capacity: records.reduce(1) { $0 + $1.count + 1 })
        for (i, r) in records.enumerated() {
            let taken = r.withUnsafeBytes { batch.append($0.baseAddress, $0.count, .init(offset: Int64(i))) }
            try require(taken, "the batch takes no record \(i)")
        }
        return batch
    }

    /// The record where it came, at the beginning of a page: a zero byte behind it as in Kafka's batches, then
    /// `filling`.
    private static func lent(
        _ record: [UInt8], _ filling: UInt8, _ decoder: RecordDecoder, _ out: inout DecodedBatch
    ) throws -> [Outcome] {
        let page = 4096
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: (record.count / page + 2) * page, alignment: page)
        defer { memory.deallocate() }
        for i in record.count..<memory.count { memory[i] = filling }
        memory[..<record.count].copyBytes(from: record)
        memory[record.count] = 0
        let batch = RecordBatch(limit: 1, capacity: 16)
        try require(batch.lend(memory.baseAddress, record.count, .init(offset: 0)), "the batch takes no lent record")
        return try outcomes(decoder, batch, &out)
    }

    private static func outcomes(
        _ decoder: RecordDecoder, _ batch: RecordBatch, _ out: inout DecodedBatch
    ) throws -> [Outcome] {
        decoder.decode(batch, into: &out)
        try require(out.verdicts.count == batch.count, "\(out.verdicts.count) verdicts for \(batch.count) records")
        return try out.verdicts.enumerated().map { i, v in
            try require(
                v.first >= 0 && v.count >= 0 && Int(v.first + v.count) <= out.observations.count,
                "observations \(v.first) + \(v.count) of \(out.observations.count)")
            let mine = out.observations[Int(v.first)..<Int(v.first + v.count)]
            try require(mine.allSatisfy { $0.record == Int32(i) }, "another record's observations")
            return Outcome(
                reason: v.reason, time: v.time, recordTime: v.recordTime, eventID: v.eventID, isFragment: v.isFragment,
                detail: decoder.detail(v, offset: 0),
                observations: mine.map {
                    Seen(time: $0.time, value: $0.value, identity: $0.identity, source: $0.source)
                })
        }
    }
}

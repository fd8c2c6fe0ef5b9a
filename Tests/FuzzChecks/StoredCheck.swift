import Analytics
import CityModel
import Contracts
import Foundation
import Pipeline
import TestSupport
import Windowing
import Wire

/// A stored partial: either no partial, or one whose bytes are these again, and that can be merged and shown.
enum AggregateCheck {
    static let measure = MeasureDefs.all

    static func run(_ input: [UInt8]) throws {
        guard let a = Aggregate(input) else { return }
        try require(bytes(a) == input, "other bytes when it is written again")
        var merged = a
        merged.merge(a)
        var other = Aggregate()
        other.add(-1, time: 0, ordinal: 70, identity: 1, needs: [.quantiles, .distinct])
        other.merge(merged)
        merged.merge({
            var o = Aggregate()
            o.add(-1, time: 0, ordinal: 70, identity: 1, needs: [.quantiles, .distinct])
            return o
        }())
        try require(bytes(other) == bytes(merged), "merging depends on the order")
        let small = a.count < 1 << 58 && a.late < 1 << 58
        try require(!small || Aggregate(bytes(merged)) == merged, "a merged partial cannot be read again")
        for m in measure {
            let v = MeasureValues(m, numerator: merged, denominator: a, sizeMs: 60_000, reporting: 1)
            let finite = v.values.values.allSatisfy { $0.isFinite }
            let count = v.values["count"] ?? Double(merged.count)
            try require(finite && count == Double(merged.count), "shown as \(v.values)")
        }
    }

    static func bytes(_ a: Aggregate) -> [UInt8] {
        var out: [UInt8] = []
        a.append(to: &out)
        return out
    }
}

/// Measures that ask for every aggregate.
enum MeasureDefs {
    static let all: [MeasureDef] = ((try? TinyCity())?.catalogue.themes.flatMap(\.measures) ?? [])
}

/// A partition's stored state and partials: restored, it counts on, its books balance where they did before, and its
/// windows can be shown.
///
/// The input is the numbers in the order in which they are read here, little-endian.
final class PartitionCheck {
    private let city: TinyCity
    private let plan: ContractPlan
    private let theme: ThemePlan
    private let records: [[UInt8]]

    init() throws {
        city = try TinyCity([
            "themes/city.yaml": """
            version: 1
            title: { zh: 城, en: City }
            topics: [video]
            pane: 1m
            windows:
              1m: { size: 1m }
              3m: { size: 3m, every: 1m }
            measures:
              video_vehicles:
                title: { zh: 车辆, en: Vehicles in view }
                kind: vehicles_seen
                unit: veh
                aggregates: [mean, distinct]

            """
        ])
        theme = ThemePlan(city.catalogue.themes[0], city.catalogue)
        plan = ContractPlan(try city.contract("video"), city.catalogue, themes: [theme])
        records = [
            #"{"id":"1","@timestamp":1795507200000,"sensorId":"cam-1","objects":["1|1|1|1|1|person"]}"#,
            #"{"messageid":"2","@timestamp":1795507200000,"sensor":{"id":"cam-1"},"object":{"id":"2","person":{}}}"#,
            #"{"messageid":"3","@timestamp":1795507201000,"sensor":{"id":"cam-1"},"object":{"id":"2","person":{}}}"#,
            "{", #"{"id":"1","@timestamp":1795507500000,"sensorId":"cam-2","objects":[]}"#,
        ].map { Array($0.utf8) }
    }

    static func run(_ check: PartitionCheck) -> FuzzTarget.Check { { try check.run($0) } }

    /// What the store refuses is not tried: numbers whose sums could overflow.
    private static func stored(_ r: inout ByteReader, minAllowed: Bool = false) -> Int64? {
        guard let v = r.integer(Int64.self), v.magnitude < 1 << 60 || (minAllowed && v == .min) else { return nil }
        return v
    }

    private func run(_ input: [UInt8]) throws {
        var r = ByteReader(input)
        guard let state = state(&r) else { return }
        var p = PartitionProcessor(plan, topic: "t", partition: 0, recording: true)
        p.restore(state)
        while let cell = cell(&r) { p.restoreCell(theme: 0, cell.0, cell.1) }
        let wasBalanced = p.ledger.isBalanced
        var rollUp = RollUp(theme)
        rollUp.noteRestored(p.tables[0])
        feed(&p, from: max(0, p.ledger.next))
        try require(p.ledger.isBalanced || !wasBalanced, "the books no longer balance: \(p.ledger)")
        rollUp.note(p.drainCells(theme: 0))
        p.endOfStream()
        rollUp.note(p.drainCells(theme: 0))
        let shown = rollUp.emitAll([p.tables[0]])
        try require(shown.allSatisfy { $0.digest.count == 64 && $0.start < $0.end }, "a window without a digest")
        let again = p.state
        try require(again.ledger == p.ledger && again.maxEventTime >= state.maxEventTime, "the state is another")
        _ = p.drainIDs()
    }

    private func feed(_ p: inout PartitionProcessor, from offset: Int64) {
        let decoder = RecordDecoder(plan.contract, plan.sources)
        let batch = RecordBatch(limit: records.count, capacity: 4096)
        for (i, record) in records.enumerated() {
            record.withUnsafeBytes {
                _ = batch.append($0.baseAddress, $0.count, .init(offset: offset + Int64(i)))
            }
        }
        var decoded = DecodedBatch()
        decoder.decode(batch, into: &decoded)
        var dead: [DeadLetterEffect] = []
        p.process(batch, decoded, dead: &dead)
    }

    private func state(_ r: inout ByteReader) -> PartitionState? {
        var l = Ledger()
        guard let first = Self.stored(&r), let next = Self.stored(&r), let accepted = Self.stored(&r),
            let late = Self.stored(&r), let duplicate = Self.stored(&r), let gap = Self.stored(&r),
            let time = Self.stored(&r, minAllowed: true), let generation = Self.stored(&r)
        else { return nil }
        (l.first, l.next, l.accepted, l.late, l.duplicate, l.gap) = (first, next, accepted, late, duplicate, gap)
        for i in l.dead.indices {
            guard let n = Self.stored(&r) else { return nil }
            l.dead[i] = n
        }
        guard let text = r.list(UInt8.self),
            let frames = try? JSONDecoder().decode([PartitionState.OpenFrame].self, from: Data(text)),
            frames.allSatisfy({ $0.time.magnitude < 1 << 60 && $0.value.magnitude < 1 << 60 })
        else { return nil }
        guard let old = r.list(UInt64.self), let new = r.list(UInt64.self) else { return nil }
        return PartitionState(
            ledger: l, maxEventTime: time, frames: frames, dedupGeneration: Int(generation), previousIDs: old,
            currentIDs: new)
    }

    /// The hub drops a partial whose bytes are none, and so does this.
    private func cell(_ r: inout ByteReader) -> (PaneCell, Aggregate)? {
        guard let scope = r.integer(UInt8.self), let start = Self.stored(&r), let street = r.integer(UInt8.self),
            let input = r.integer(UInt8.self), let bytes = r.list(UInt8.self)
        else { return nil }
        return (
            PaneCell(
                scope: Int32(scope) % Int32(theme.windows.count + 1), start: start, street: Int32(street),
                input: Int32(input)), Aggregate(bytes) ?? Aggregate()
        )
    }
}

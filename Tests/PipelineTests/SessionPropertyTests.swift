import HubAPI
import TestSupport
import Testing

@testable import Pipeline

/// Random event sequences in session windows against the plain reference.
@Suite struct SessionPropertyTests {
    struct Event {
        var sensor: String
        var time: Int64
        var value: Int64
    }
    static let theme = """
        version: 1
        title: { zh: 城, en: City }
        topics: [sensor-readings]
        pane: 1m
        windows:
          storm: { gap: 3m, reach: 40m }
        measures:
          storm:
            title: { zh: 降雨, en: Storm }
            kind: rainfall
            unit: mm
            windows: [storm]
            when: { above: 0 }
            aggregates: [sum, max, count, p50]
            display: sum

        """
    static let streets = ["440106001000", "440106002000"]

    /// One partition's sequence: bursts of rain and dry spells; out of order, late, very late; dry minutes.
    func events(_ n: Int, _ rng: inout SplitMix64) -> [Event] {
        var time = eight + Int64.random(in: 0...600_000, using: &rng)
        return (0..<n).map { _ in
            time += Int64.random(in: 0...60_000, using: &rng)
            if Int.random(in: 0..<12, using: &rng) == 0 { time += Int64.random(in: 0...900_000, using: &rng) }
            let back: Int64 =
                switch Int.random(in: 0..<10, using: &rng) {
                case 0..<5: 0
                case 5..<7: Int64.random(in: 0...5_000, using: &rng)
                case 7: Int64.random(in: 0...400_000, using: &rng)
                case 8: Int64.random(in: 0...1_500_000, using: &rng)
                default: Int64.random(in: 0...4_000_000, using: &rng)
                }
            // Distances of exactly the gap occur.
            let at = Bool.random(using: &rng) ? (time - back) / 60_000 * 60_000 : time - back
            return Event(
                sensor: ["rain-1", "rain-2", "rain-3"][Int.random(in: 0..<3, using: &rng)], time: at,
                value: Int.random(in: 0..<4, using: &rng) == 0 ? 0 : Int64.random(in: 1...100_000_000, using: &rng))
        }
    }

    func record(_ e: Event, _ offset: Int) -> Record {
        Record(offset: Int64(offset), text: reading(e.sensor, e.value, at: e.time - eight, kind: "rainfall"))
    }

    /// Feeds the sequences in random batches and interleaving; calls `each` after every commit.
    func run(
        _ hub: MiniHub, _ sequences: [[Event]], restarts: Bool, _ rng: inout SplitMix64, each: ([Summary]) -> Void
    ) {
        var at = Array(repeating: 0, count: sequences.count)
        while let p = sequences.indices.filter({ at[$0] < sequences[$0].count }).randomElement(using: &rng) {
            let n = min(sequences[p].count - at[p], Int.random(in: 1...20, using: &rng))
            hub.feed(p, (at[p]..<(at[p] + n)).map { record(sequences[p][$0], $0) })
            at[p] += n
            #expect(hub.members[p].ledger.isBalanced)
            guard Int.random(in: 0..<3, using: &rng) == 0 else { continue }
            each(hub.commit(idle: Bool.random(using: &rng) ? [] : Set(sequences.indices.dropFirst())))
            if Bool.random(using: &rng) { hub.retire(keptMs: 60_000) }
            if restarts, Int.random(in: 0..<4, using: &rng) == 0 { hub.restart() }
        }
        each(hub.commit(to: eight + 1_000 * 60 * minute))
    }

    func compare(_ hub: MiniHub, _ reference: SessionReference, _ seed: UInt64) {
        for street in Self.streets {
            let rows = hub.view.values.filter { $0.place == street && $0.count > 0 }.sorted { $0.start < $1.start }
            let expected = reference.sessions(street)
            #expect(rows.map(\.start.ms) == expected.map(\.start), "\(street) seed \(seed)")
            for (r, e) in zip(rows, expected) {
                #expect(r.end.ms == e.end && r.count == Int64(e.count) && r.reporting == e.sensors, "seed \(seed)")
                #expect(r.values["sum"] == Double(e.sum) / 1e6 && r.values["max"] == Double(e.max) / 1e6)
                #expect(r.status != .provisional && r.digest.count == 64 && r.measure == "storm")
            }
        }
        #expect(hub.view.values.allSatisfy { $0.level == .street })
        let ledgers = hub.members.map(\.ledger)
        #expect(ledgers.reduce(0) { $0 + Int($1.accepted) } == reference.accepted, "seed \(seed)")
        #expect(ledgers.reduce(0) { $0 + Int($1.late) } == reference.late, "seed \(seed)")
    }

    func reference(_ sequences: [[Event]], lateness: Int64) -> SessionReference {
        var out = SessionReference(
            partitions: sequences.count, gap: 180_000, reach: 2_400_000, lateness: lateness, above: 0)
        for (p, s) in sequences.enumerated() {
            for e in s { out.add(p, e.sensor, e.time, e.value, fixedTakes: false) }
        }
        return out
    }

    func city(lateness: Int64 = 60_000) throws -> TinyCity {
        try TinyCity(
            ["themes/city.yaml": Self.theme],
            replacing: ["allowed_lateness: 1m": "allowed_lateness: \(lateness / 1000)s"])
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `sessions and ledger are those of the reference, whatever the batches, commits, retirements and restarts`(
        seed: UInt64
    ) throws {
        var rng = SplitMix64(state: seed)
        let lateness = ([0, 60_000, 600_000] as [Int64]).randomElement(using: &rng) ?? 0
        let hub = try MiniHub(try city(lateness: lateness), partitions: Array(repeating: "sensor-readings", count: 3))
        let sequences = (0..<3).map { _ in events(Int.random(in: 1...200, using: &rng), &rng) }
        var seen: [MiniHub.Key: Summary] = [:]
        run(hub, sequences, restarts: seed % 2 == 1, &rng) { rows in
            for r in rows {
                let old = seen.updateValue(r, forKey: MiniHub.key(r))
                // What was complete is only ever shown again as revised, with the next number, and because it changed.
                if let old, old.status != .provisional {
                    #expect(r.status == .revised && r.revision == old.revision + 1 && r.digest != old.digest)
                } else {
                    #expect(r.status != .revised && r.revision == 0)
                }
                #expect(old?.count != 0 && (r.count > 0 || r.value == nil && r.severity == .unknown))
            }
            // No event is in two rows at any time: rows that count overlap no other of their street.
            for street in Self.streets {
                let rows = seen.values.filter { $0.place == street && $0.count > 0 }.sorted { $0.start < $1.start }
                for (a, b) in zip(rows, rows.dropFirst()) { #expect(a.end <= b.start, "seed \(seed)") }
            }
        }
        compare(hub, reference(sequences, lateness: lateness), seed)
        // What nothing can reach any more has left memory and store alike.
        hub.retire(keptMs: 60_000)
        for (m, stored) in zip(hub.members, hub.storedSessions) {
            #expect(stored.keys.sorted() == m.sessions[0].keys.flatMap { key in
                m.sessions[0].sessions(key).map { .init(stream: key.stream, street: key.street, start: $0.start) }
            })
        }
    }

    @Test(arguments: 100..<110 as Range<UInt64>)
    func `any interleaving of the partitions gives the same sessions and digests`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let sequences = (0..<3).map { _ in events(150, &rng) }
        var views: [[MiniHub.Key: String]] = []
        for _ in 0..<3 {
            let hub = try MiniHub(try city(), partitions: Array(repeating: "sensor-readings", count: 3))
            run(hub, sequences, restarts: true, &rng) { _ in }
            views.append(hub.view.filter { $0.value.count > 0 }.mapValues(\.digest))
        }
        #expect(views[0] == views[1] && views[1] == views[2] && !views[0].isEmpty)
    }

    @Test(arguments: 200..<210 as Range<UInt64>)
    func `events that are in time may come in any order`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        // Within the lateness of each other, so that none can be late.
        let some = (0..<80).map { _ in
            Event(
                sensor: ["rain-1", "rain-3"][Int.random(in: 0..<2, using: &rng)],
                time: eight + Int64.random(in: 0...7_000_000, using: &rng), value: 1_000_000)
        }
        var views: [[MiniHub.Key: String]] = []
        for _ in 0..<3 {
            let hub = try MiniHub(try city(lateness: 7_000_000), partitions: ["sensor-readings"])
            run(hub, [some.shuffled(using: &rng)], restarts: false, &rng) { _ in }
            views.append(hub.view.filter { $0.value.count > 0 }.mapValues(\.digest))
            #expect(hub.members[0].ledger.late == 0)
        }
        #expect(views[0] == views[1] && views[1] == views[2] && views[0].count > 2)
    }

    @Test(arguments: 300..<310 as Range<UInt64>)
    func `a file gives each session once, the same for every batch size, and keeps what can still change`(
        seed: UInt64
    ) throws {
        var rng = SplitMix64(state: seed)
        let sequence = events(300, &rng)
        let city = try city()
        var outputs: [[Summary]] = []
        for batch in [1, 7, 1024] {
            var rows: [Summary] = []
            let pipeline = FilePipeline(
                try city.contract("sensor-readings"), themes: city.catalogue.themes, catalogue: city.catalogue,
                pseudonym: nil, batchSize: batch, summaries: { rows += $0 }, deadLetters: { _, _, _, _ in })
            let lines = sequence.enumerated().map { record($1, $0).text + "\n" }
            let bytes = Array(lines.joined().utf8) + Array(repeating: 10, count: 64)
            try bytes.withUnsafeBytes { b in
                var start = 0
                for l in lines {
                    try pipeline.feed(UnsafeRawBufferPointer(rebasing: b[start..<(start + l.utf8.count - 1)]))
                    start += l.utf8.count
                }
                try pipeline.finish()
            }
            outputs.append(rows)
        }
        #expect(outputs[0] == outputs[1] && outputs[1] == outputs[2])
        let reference = reference([sequence], lateness: 60_000)
        for street in Self.streets {
            let rows = outputs[0].filter { $0.place == street }.sorted { $0.start < $1.start }
            #expect(rows.map(\.start.ms) == reference.sessions(street).map(\.start))
            #expect(rows.map(\.count) == reference.sessions(street).map { Int64($0.count) })
            #expect(rows.allSatisfy { $0.status == .complete })
        }
    }
}

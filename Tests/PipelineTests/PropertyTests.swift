import HubAPI
import Testing
import TestSupport
import Wire

@testable import Pipeline

/// Random event sequences against the plain reference.
@Suite struct PropertyTests {
    typealias Event = Reference.Event

    /// One partition's sequence: mostly in order, some out of order, some late, duplicates, future ones, rubbish, gaps.
    func events(_ n: Int, drift: Int64, _ rng: inout SplitMix64) -> [Event] {
        var out: [Event] = []
        var time = eight + Int64.random(in: 0...120_000, using: &rng)
        var offset = Int64.random(in: 0...1000, using: &rng)
        for i in 0..<n {
            time += Int64.random(in: 0...drift, using: &rng)
            if Int.random(in: 0..<60, using: &rng) == 0 { time += Int64.random(in: 0...900_000, using: &rng) }
            let back: Int64 =
                switch Int.random(in: 0..<10, using: &rng) {
                case 0..<5: 0
                case 5..<8: Int64.random(in: 0...5_000, using: &rng)
                case 8: Int64.random(in: 0...180_000, using: &rng)
                default: Int64.random(in: 0...600_000, using: &rng)
                }
            var e = Event(
                offset: offset, sensor: Reference.streetOf.keys.sorted()[Int.random(in: 0..<5, using: &rng)],
                value: Int64.random(in: 0...250_000_000, using: &rng), time: time - back, id: "e\(i)")
            switch Int.random(in: 0..<20, using: &rng) {
            case 0: e.fate = .malformed
            case 1:
                e.fate = .future
                e.time += Int64.random(in: 20_000...9_000_000, using: &rng)
            case 2...3 where !out.isEmpty:
                e = out[Int.random(in: 0..<out.count, using: &rng)]
                e.offset = offset
            default: break
            }
            out.append(e)
            offset += Int.random(in: 0..<15, using: &rng) == 0 ? Int64.random(in: 2...40, using: &rng) : 1
        }
        return out
    }

    func record(_ e: Event) -> Record {
        let sound = reading(e.sensor, e.value, at: e.time - eight, unit: "km/h", id: e.id)
        let text = e.fate == .malformed ? "{\"id\":" : sound
        return Record(offset: e.offset, text: text, recordTime: e.fate == .future ? e.time - 10_001 : e.time - 10_000)
    }

    func compare(_ hub: MiniHub, _ reference: Reference, _ seed: UInt64) {
        for (key, cell) in reference.cells {
            let s = hub.row(key.place, "speed", key.window, key.start)
            #expect(s?.count == Int64(cell.count) && s?.late == Int64(cell.late), "\(key) seed \(seed)")
            guard let s, cell.count > 0 else { continue }
            #expect(s.values["sum"] == Double(cell.sum) / 1e6, "\(key)")
            #expect(s.values["min"] == Double(cell.min) / 1e6 && s.values["max"] == Double(cell.max) / 1e6, "\(key)")
        }
        for (key, s) in hub.view where key.measure == "speed" && (s.count > 0 || s.late > 0) {
            let known = reference.cells[.init(place: key.place, window: key.window, start: key.start)] != nil
            #expect(known, "\(key) seed \(seed)")
        }
        for (p, m) in hub.members.enumerated() {
            let l = m.ledger
            let books = Reference.Books(
                accepted: Int(l.accepted), late: Int(l.late), duplicate: Int(l.duplicate), dead: Int(l.deadLettered),
                gap: Int(l.gap))
            #expect(books == reference.books[p])
        }
    }

    /// Feeds the sequences in random batches and interleaving, committing, retiring and restarting at random points.
    func run(
        _ hub: MiniHub, _ sequences: [[Event]], restarts: Bool, kept: Int64, _ rng: inout SplitMix64
    ) {
        var at = Array(repeating: 0, count: sequences.count)
        while let p = sequences.indices.filter({ at[$0] < sequences[$0].count }).randomElement(using: &rng) {
            let n = min(sequences[p].count - at[p], Int.random(in: 1...40, using: &rng))
            hub.feed(p, sequences[p][at[p]..<(at[p] + n)].map(record))
            at[p] += n
            #expect(hub.members[p].ledger.isBalanced)
            guard Int.random(in: 0..<3, using: &rng) == 0 else { continue }
            hub.commit(idle: Bool.random(using: &rng) ? [] : Set(sequences.indices.dropFirst()))
            if Bool.random(using: &rng) { hub.retire(keptMs: kept) }
            if restarts, Int.random(in: 0..<4, using: &rng) == 0 { hub.restart() }
        }
        hub.commit(to: eight + 1_000 * 60 * minute)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `windows and ledger are those of the reference, whatever the batches, commits, retirements and restarts`(
        seed: UInt64
    ) throws {
        var rng = SplitMix64(state: seed)
        let lateness = ([0, 60_000, 180_000] as [Int64]).randomElement(using: &rng) ?? 0
        let every: Int64 = seed % 4 < 2 ? 60_000 : 300_000
        let city = try TinyCity(replacing: [
            "allowed_lateness: 1m": "allowed_lateness: \(lateness / 1000)s", "every: 1m": "every: \(every / 1000)s",
        ])
        let hub = try MiniHub(city, partitions: ["sensor-readings", "sensor-readings", "sensor-readings"])
        let drift = ([200, 5_000, 20_000] as [Int64]).randomElement(using: &rng) ?? 200
        let sequences = (0..<3).map { _ in events(Int.random(in: 1...250, using: &rng), drift: drift, &rng) }
        var reference = Reference(partitions: 3, lateness: lateness, every: every)
        for (p, s) in sequences.enumerated() { for e in s { reference.add(p, e) } }
        run(hub, sequences, restarts: seed % 2 == 1, kept: [0, 60_000, 600_000][Int(seed % 3)], &rng)
        compare(hub, reference, seed)
    }

    @Test(arguments: 100..<110 as Range<UInt64>)
    func `any interleaving of the partitions gives the same summaries and digests`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let sequences = (0..<3).map { _ in events(150, drift: 5_000, &rng) }
        var views: [[MiniHub.Key: Summary]] = []
        for _ in 0..<3 {
            let hub = try MiniHub(partitions: ["sensor-readings", "sensor-readings", "sensor-readings"])
            run(hub, sequences, restarts: false, kept: 600_000, &rng)
            views.append(
                hub.view.filter { $0.value.count > 0 }.mapValues {
                    var s = $0
                    (s.status, s.revision) = (.complete, 0)
                    return s
                })
        }
        #expect(views[0] == views[1] && views[1] == views[2])
        #expect(views[0].values.allSatisfy { $0.digest.count == 64 })
    }

    @Test func `streets sum to districts and districts to the city, exactly`() throws {
        var rng = SplitMix64(state: 5)
        let hub = try MiniHub(partitions: ["sensor-readings"])
        hub.feed(0, (0..<400).map { i in
            let kind = Bool.random(using: &rng)
            return reading(
                kind ? "loop-1" : ["loop-2", "fcd-1", "loop-3"][Int.random(in: 0..<3, using: &rng)],
                Int64.random(in: 1...90, using: &rng) * 1_000_000, at: Int64(i) * 1_000,
                kind: kind ? "vehicles" : "speed", unit: kind ? nil : "km/h")
        })
        hub.commit(to: eight + 60 * minute)
        let tree = hub.theme.places
        for (key, s) in hub.view where s.level != .street {
            guard let p = UInt64(s.place).flatMap(tree.index(of:)) else { continue }
            let below = tree.children[p].compactMap {
                hub.row(tree.places[$0].codeText, key.measure, key.window, key.start)
            }
            #expect(s.count == below.reduce(0) { $0 + $1.count })
            #expect(s.expected == below.reduce(0) { $0 + $1.expected })
            #expect(s.reporting == below.reduce(0) { $0 + $1.reporting } && s.late == below.reduce(0) { $0 + $1.late })
            if let sum = s.values["sum"] { #expect(sum == below.reduce(0) { $0 + ($1.values["sum"] ?? 0) }) }
        }
        #expect(hub.row(TinyCity.city, "speed", "1m", eight)?.count ?? 0 > 0)
    }
}

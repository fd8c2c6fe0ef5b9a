import Contracts
import HubAPI
import Pipeline
import Store
import TestSupport
import Testing
import Wire

@testable import Hub

/// The centre says the same of partials as of the readings themselves.
@Suite struct EqualityTests {
    /// Whatever happens between edges and centre, it comes from these numbers.
    struct Weather: Sendable {
        var seed: UInt64
        var live = false
        /// Every so many-th step something dies; 0: nothing.
        var crashes = 0
        /// Messages overtake each other, and come twice.
        var isRough = false
    }

    static let weathers = [
        Weather(seed: 1), Weather(seed: 2, live: true), Weather(seed: 3, isRough: true),
        Weather(seed: 4, crashes: 15), Weather(seed: 5, crashes: 9, isRough: true),
        Weather(seed: 6, live: true, crashes: 9, isRough: true), Weather(seed: 7, crashes: 25, isRough: true),
    ]

    /// Readings straight to one hub, in any interleaving.
    private func raw(_ city: TinyCity, _ parts: [EdgeCity.Part], _ rng: inout SplitMix64) throws -> Desk {
        let desk = try Desk(city.catalogue, parts)
        while !desk.isAtEnd {
            for slot in parts.indices where Bool.random(using: &rng) { desk.feed(slot, Int.random(in: 1...80, using: &rng)) }
            try desk.commit()
        }
        return desk
    }

    private func settle(_ desk: Desk) throws {
        var quiet = 0
        while quiet < 80 { quiet = try desk.commit(after: 2000).isEmpty ? quiet + 1 : 0 }
    }

    private func run(
        _ city: TinyCity, _ parts: [EdgeCity.Part], _ w: Weather, _ rng: inout SplitMix64
    ) throws -> (Centre, [Edge]) {
        let edges = [
            try Edge("north", city.catalogue, [parts[0], parts[1], parts[4]], live: w.live),
            try Edge("south", city.catalogue, [parts[2], parts[3], parts[5]], live: w.live),
        ]
        let centre = try Centre(city.catalogue)
        var wire: [Commit.Message] = []
        func dies() -> Bool { w.crashes > 0 && Int.random(in: 0..<w.crashes, using: &rng) == 0 }
        func travel(_ n: Int) {
            for _ in 0..<n where !wire.isEmpty {
                let i = w.isRough ? Int.random(in: 0..<min(6, wire.count), using: &rng) : 0
                centre.send(wire[i])
                if !w.isRough || Int.random(in: 0..<5, using: &rng) > 0 { wire.remove(at: i) }
            }
        }
        while !edges.allSatisfy(\.isAtEnd) {
            for e in edges {
                for slot in e.parts.indices where Bool.random(using: &rng) {
                    e.feed(slot, Int.random(in: 1...80, using: &rng))
                }
                if dies() { try e.restart() }
                try e.commit()
                wire += try e.publish(confirm: !w.isRough || Bool.random(using: &rng))
                if dies() { try e.restart() }
            }
            travel(Int.random(in: 0...6, using: &rng))
            for p in 0...1 { centre.read(p, Int.random(in: 0...4, using: &rng)) }
            if Bool.random(using: &rng) { try centre.commit() }
            if dies() { try centre.restart() }
        }
        for e in edges {
            try settle(e)
            wire += try e.publish(all: true)
            e.now += 10_000
            wire += try e.publish(all: true)
            let value1 = try e.store.unsent().count
            #expect(value1 == 0 && e.core.publisher?.gone == 0)
        }
        while !wire.isEmpty { travel(wire.count) }
        for p in 0...1 { centre.read(p, .max / 2) }
        return (centre, edges)
    }

    @Test(arguments: weathers)
    func `summaries, digests and ledgers are those of a hub that reads all itself`(w: Weather) throws {
        var rng = SplitMix64(state: w.seed)
        let city = try EdgeCity.load()
        let parts = try EdgeCity.parts(city, seed: w.seed)
        let raw = try raw(city, parts, &rng)
        try settle(raw)
        let (centre, edges) = try run(city, parts, w, &rng)
        try settle(centre)

        let (wanted, got) = (try raw.rows(), try centre.rows())
        let different = wanted.filter { got[$0.key] != $0.value }.keys.sorted()
        let example = different.first.map { "\($0): \(got[$0].map { "\($0)" } ?? "nothing"), not \(wanted[$0].map { "\($0)" } ?? "")" }
        #expect(different.isEmpty, "\(different.count) of \(wanted.count): \((example ?? "").prefix(1500))")
        let more = Set(got.keys).subtracting(wanted.keys).sorted()
        #expect(more.isEmpty, "\(more.count) too many, as \(more.first ?? "")")
        try expectSomething(wanted)

        let (mine, theirs) = (try raw.ledgers(), try centre.ledgers())
        for topic in ["t.sensors", "t.video"] {
            #expect(theirs[topic] == mine[topic], "\(topic)")
            #expect(mine[topic].map { $0.late > 0 && $0.duplicate > 0 && $0.gap > 0 && $0.deadLettered > 0 } == true)
        }
        let carrier = try #require(theirs["kapok.partials"])
        #expect(carrier.isBalanced && carrier.deadLettered == 0 && Int(carrier.next) == centre.records)
        #expect(carrier.duplicate > 0 || !w.isRough)
        let (heard, told) = (try raw.store.lastSeen(), try centre.store.lastSeen())
        #expect(heard == told && !heard.isEmpty)

        for desk in [centre, raw] + edges {
            let report = try desk.verify()
            #expect(report.wrong == 0, "\(report.first.map { $0.text(.en) } ?? "")")
            #expect(report.themes.allSatisfy { $0.recomputed > 0 })
        }
    }

    /// That what is compared has in it what readings can do.
    private func expectSomething(_ rows: [String: Summary]) throws {
        let all = Array(rows.values)
        #expect(all.count > 500)
        #expect(all.contains { $0.late > 0 } && all.contains { $0.flagged ?? 0 > 0 })
        #expect(all.contains { !($0.findings?.silent ?? []).isEmpty })
        #expect(all.contains { ($0.findings?.agreements.count ?? 0) > 0 })
        #expect(all.contains { $0.values["distinct"] ?? 0 > 1 } && all.contains { $0.values["p50"] != nil })
        #expect(all.contains { $0.window == "storm" && $0.count > 3 })
        #expect(all.contains { $0.measure == "tti_travel" && $0.count > 0 })
    }
}

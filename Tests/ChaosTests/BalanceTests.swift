import CityModel
import Contracts
import Pipeline
import TestSupport
import Testing

@testable import Chaos

/// The arithmetic of the table: a planted difference must show.
@Suite struct BalanceTests {
    static let time: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z
    let city: TinyCity
    let sensors: TopicContract
    init() throws {
        city = try TinyCity()
        sensors = try city.contract("sensor-readings")
    }

    private func reading(_ id: String, _ seconds: Int64) -> [UInt8] {
        let ts = EventTime(ms: Self.time + seconds * 1000).rfc3339
        return Array(#"{"id":"\#(id)","sensor":"loop-1","kind":"speed","value":40,"unit":"km/h","ts":"\#(ts)"}"#.utf8)
    }

    /// 2 accepted, 1 duplicate, 1 late, 3 dead letters: spoiled, no JSON, from the future.
    private func reference() -> Reference {
        var r = Reference(sensors, Reference.Routes(city.catalogue, sensors))
        let now = Self.time + 3_600_000
        let records: [([UInt8], Bool)] = [
            (reading("a", 0), false), (reading("a", 0), false), (reading("b", 1200), false), (reading("c", 30), false),
            (reading("d", 1200), true), (Array("{".utf8), false), (reading("e", 3700), false),
        ]
        for (i, (value, spoiled)) in records.enumerated() {
            r.take(offset: Int64(i), recordTime: now, value: value, spoiled: spoiled)
        }
        return r
    }

    private func ledger() -> Ledger {
        var l = Ledger()
        (l.first, l.next, l.accepted, l.late, l.duplicate) = (0, 7, 2, 1, 1)
        l.dead[2] = 2
        l.dead[11] = 1
        return l
    }

    @Test func `the reference judges as the semantics say`() {
        let r = reference()
        #expect(r.records == 7 && r.accepted == 2 && r.late == 1 && r.duplicate == 1 && r.dead == [4, 5, 6])
        #expect(r.counts.values.sorted() == [1, 1] && r.counts.keys.allSatisfy { $0.measure == "speed" && $0.window == "1m" })
    }

    @Test func `what fits is neither lost nor doubled`() {
        let r = reference()
        var b = Balance()
        b.compare("p", r, ledger())
        b.compare("p", deadLetters: r.dead, r.dead)
        b.compare(windows: r.counts, r.counts)
        #expect(b == Balance())
    }

    @Test func `a planted difference shows wherever it is`() throws {
        let r = reference()
        let cell = try #require(r.counts.keys.first)
        func after(_ work: (inout Balance) -> Void) -> (Int64, Int64) {
            var b = Balance()
            work(&b)
            #expect(b.notes.isEmpty == (b.lost + b.doubled == 0))
            return (b.lost, b.doubled)
        }
        func changed(_ change: (inout Ledger) -> Void) -> Ledger {
            var l = ledger()
            change(&l)
            return l
        }
        // The hub knows nothing of the partition: 7 records, and by kind 3, 2, 1 and 1.
        #expect(after { $0.compare("p", r, nil) } == (14, 0))
        #expect(after { $0.compare("p", r, changed { $0.accepted += 1; $0.next += 1 }) } == (0, 2))
        #expect(after { $0.compare("p", r, changed { $0.accepted -= 1; $0.gap += 1 }) } == (2, 0))
        #expect(after { $0.compare("p", r, changed { $0.accepted -= 1; $0.late += 1 }) } == (1, 1))
        #expect(after { $0.compare("p", r, changed { $0.next += 1 }) } == (1, 0), "out of balance")
        #expect(after { $0.compare(windows: r.counts, r.counts.merging([cell: 3]) { $1 }) } == (0, 2))
        #expect(after { $0.compare(windows: r.counts, r.counts.filter { $0.key != cell }) } == (1, 0))
        #expect(after { $0.compare(windows: r.counts.filter { $0.key != cell }, r.counts) } == (0, 1))
        #expect(after { $0.compare("p", deadLetters: r.dead, [4, 5]) } == (1, 0))
        #expect(after { $0.compare("p", deadLetters: r.dead, [4, 5, 6, 0]) } == (1, 0))
    }

    @Test func `a run is sound only where all of it is`() {
        var whole = ChaosTable()
        (whole.sent, whole.digests, whole.equalDigests, whole.ledgers) = (7, 10, 10, [ledger()])
        whole.verifiedRows = 3
        #expect(whole.isSound && whole.lines.last == "SOUND")
        let spoil: [(inout ChaosTable) -> Void] = [
            { $0.sent = 0 }, { $0.missingInKafka = 1 }, { $0.balance.lost = 1 }, { $0.balance.doubled = 1 },
            { $0.equalDigests = 9 }, { $0.extraDigests = 1 }, { $0.digests = 0; $0.equalDigests = 0 },
            { $0.ledgersEqualClean = false }, { $0.ledgers[0].next += 1 },
            { $0.verifiedRows = 0 }, { $0.verifiedWrong = 1 },
        ]
        for (i, change) in spoil.enumerated() {
            var t = whole
            change(&t)
            #expect(!t.isSound && t.lines.last == "NOT SOUND", "\(i)")
        }
    }

    @Test func `the same seed plans the same faults, every kind once before any comes again`() {
        func plan(_ seed: UInt64) -> [Fault] {
            var p = FaultPlan(seed: seed)
            return (0..<70).map { _ in p.next().fault }
        }
        #expect(plan(3) == plan(3) && plan(3) != plan(4))
        for round in 0..<10 { #expect(Set(plan(3)[round * 7..<round * 7 + 7]) == Set(Fault.allCases)) }
    }
}

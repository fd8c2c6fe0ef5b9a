import Alerting
import CityModel
import Contracts
import Foundation
import HubAPI
import TestSupport
import Testing

/// Random rows, actions, silences, restarts and waits; what must hold whatever comes.
@Suite struct AlertPropertyTests {
    typealias F = AlertFixture
    static let places = [TinyCity.city] + TinyCity.districts + TinyCity.streets

    enum Input {
        case rows(Int64, [Summary])
        case wait(Int64)
        case act(AlertAction.Verb, pick: Int, until: Int64)
        case restart
    }

    static func rules(_ random: inout SplitMix64) -> [RuleDef] {
        ["a", "b"].map { name in
            LifecycleTests.rule {
                $0.name = name
                $0.forMs = Int64.random(in: 0...3, using: &random) * F.minute
                $0.keepFiringMs = Int64.random(in: 0...3, using: &random) * F.minute
                $0.staleAfterMs = Int64.random(in: 1...6, using: &random) * F.minute
                $0.flap = .init(raises: Int.random(in: 2...5, using: &random), withinMs: 20 * F.minute)
                if Bool.random(using: &random) { $0.corroboration = .init(sensors: 2) }
            }
        }
    }

    static func inputs(_ random: inout SplitMix64, minutes: Int64) -> [Input] {
        var out: [Input] = []
        var level = [Double](repeating: 0, count: places.count)
        for m in 0..<minutes {
            if Int.random(in: 0..<12, using: &random) == 0 { continue }
            var rows: [Summary] = []
            for (i, p) in places.enumerated() where Int.random(in: 0..<10, using: &random) > 0 {
                if Int.random(in: 0..<4, using: &random) == 0 {
                    level[i] = Double(Int.random(in: 0...60, using: &random)) / 100
                }
                let value: Double? = Int.random(in: 0..<8, using: &random) == 0 ? nil : level[i]
                let old = Int.random(in: 0..<15, using: &random) == 0
                rows.append(
                    F.row(
                        old ? max(0, m - 2) : m, p, value, status: old ? .revised : .complete, revision: old ? 1 : 0,
                        reporting: Int.random(in: 1...3, using: &random),
                        quality: [nil, 1, 0.8, 0.5, 0.1].randomElement(using: &random)!))
            }
            out.append(.rows(m, rows.shuffled(using: &random)))
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                out.append(
                    .act(
                        AlertAction.Verb.allCases.randomElement(using: &random)!,
                        pick: Int.random(in: 0..<100, using: &random),
                        until: Int64.random(in: -1...40, using: &random) * F.minute))
            }
            if Int.random(in: 0..<6, using: &random) == 0 {
                out.append(.wait(Int64.random(in: 1...900_000, using: &random)))
            }
            if Int.random(in: 0..<9, using: &random) == 0 { out.append(.restart) }
        }
        return out
    }

    /// Everything that came of a run, with invariants checked after each step.
    static func run(_ f: inout F, _ rules: [RuleDef], _ inputs: [Input], restarts: Bool = true) throws -> [AlertEffect]
    {
        var out: [AlertEffect] = []
        var open: [AlertKey: String] = [:]
        var revisions: [String: Int] = [:]
        var ended: Set<String> = []
        var sequence: Int64 = 0
        for input in inputs {
            var effects: [AlertEffect]
            switch input {
            case .rows(let m, let rows): effects = f.step(rows, minute: m)
            case .wait(let ms): effects = f.wait(ms)
            case .act(let verb, let pick, let until):
                let alerts = f.engine.alerts
                let silences = f.engine.book.header.silences
                let id =
                    verb == .unsilence
                    ? (silences.isEmpty ? "" : silences[pick % silences.count].id)
                    : alerts.isEmpty ? "" : alerts[pick % alerts.count].id
                effects = f.act(
                    .init(
                        verb, actor: "p\(pick % 3)", reason: pick % 5 == 0 ? "" : "r", id: id,
                        until: EventTime(ms: f.now + until),
                        matcher: .init(place: places[pick % places.count], upTo: pick % 2 == 0 ? .orange : nil)))
            case .restart:
                guard restarts else { continue }
                let book = try JSONDecoder().decode(AlertBook.self, from: f.bytes)
                #expect(book == f.engine.book)
                f.engine = try F.engine(f.city, rules, book)
                continue
            }
            for t in effects.transitions {
                let key = AlertKey(theme: t.theme, rule: t.rule, place: t.place)
                #expect(t.revision == (revisions[t.alert] ?? 0) + 1, "revisions of an alert rise by one")
                revisions[t.alert] = t.revision
                #expect(!ended.contains(t.alert), "nothing happens to an alert that is over")
                #expect(t.from == nil ? open[key] == nil : open[key] == t.alert, "one alert a key at a time")
                #expect((t.from == nil) == (t.revision == 1))
                open[key] = t.to == .resolved ? nil : t.alert
                if t.to == .resolved { ended.insert(t.alert) }
            }
            for n in effects.notices {
                #expect(n.sequence == sequence + 1, "sequences have no holes")
                sequence = n.sequence
            }
            #expect(Set(f.engine.alerts.map(\.id)) == Set(open.values))
            out += effects
        }
        return out
    }

    @Test(arguments: 0..<24)
    func `no sequence of inputs reaches two alerts of one key, and replay gives the same bytes`(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let rules = Self.rules(&random)
        let inputs = Self.inputs(&random, minutes: 120)
        var (a, b) = (try F(rules), try F(rules))
        let first = try Self.run(&a, rules, inputs)
        let second = try Self.run(&b, rules, inputs)
        #expect(first == second)
        #expect(try a.bytes == b.bytes)
        #expect(first.notices.count > 5 && first.transitions.count > 20)
    }

    @Test(arguments: 0..<12)
    func `every open alert ends or is stale`(seed: UInt64) throws {
        var random = SplitMix64(state: seed &+ 1000)
        let rules = Self.rules(&random)
        let inputs = Self.inputs(&random, minutes: 60)
        var f = try F(rules)
        _ = try Self.run(&f, rules, inputs)
        var (clears, stops, waits) = (f, f, f)
        for m in Int64(100)..<400 { _ = clears.step(Self.places.map { F.row(m, $0, 0) }, minute: m) }
        #expect(clears.engine.alerts.isEmpty)
        // Only one street goes on: the clock runs, the others have no data.
        for m in Int64(100)..<400 { _ = stops.step([F.row(m, TinyCity.streets[3], 0)], minute: m) }
        #expect(stops.engine.alerts.allSatisfy { $0.state == .stale })
        for _ in 0..<60 { _ = waits.wait(30_000) }
        #expect(waits.engine.alerts.allSatisfy { $0.state == .stale })
        #expect(Set(stops.engine.alerts.map(\.id)).isSubset(of: waits.engine.alerts.map(\.id)))
    }

    @Test(arguments: 0..<12)
    func `event time alone decides: the same windows in any cut give the same transitions`(seed: UInt64) throws {
        var random = SplitMix64(state: seed &+ 2000)
        let rules = Self.rules(&random).map { r in
            var r = r
            r.escalateMs = []
            return r
        }
        let rows = Self.inputs(&random, minutes: 90).compactMap {
            if case .rows(let m, let r) = $0 { (m, r) } else { nil }
        }
        func told(_ effects: [AlertEffect]) -> [String] {
            effects.transitions.map { "\($0.alert) \($0.revision) \($0.to) \($0.cause) \($0.severity) \($0.eventTime)" }
        }
        var one = try F(rules)
        var each: [String] = []
        for (m, r) in rows { each += told(one.step(r.filter { $0.status == .complete }, minute: m)) }
        var other = try F(rules)
        var cut: [String] = []
        var i = 0
        while i < rows.count {
            let n = min(rows.count - i, Int.random(in: 1...20, using: &random))
            let piece = rows[i..<(i + n)].flatMap(\.1).filter { $0.status == .complete }.shuffled(using: &random)
            cut += told(other.step(piece, minute: rows[i + n - 1].0))
            i += n
        }
        #expect(each == cut && !each.isEmpty)
    }

    /// What a store keeps, applied effect by effect, is the state.
    @Test(arguments: 0..<12)
    func `records, forgotten keys and headers add up to the book`(seed: UInt64) throws {
        var random = SplitMix64(state: seed &+ 3000)
        let rules = Self.rules(&random)
        var f = try F(rules)
        let effects = try Self.run(&f, rules, Self.inputs(&random, minutes: 90))
        var (records, header) = ([AlertKey: AlertRecord](), AlertHeader())
        var alerts: [String: Alert] = [:]
        for e in effects {
            switch e {
            case .record(let r): records[r.key] = r
            case .forget(let k): records[k] = nil
            case .header(let h): header = h
            case .alert(let a): alerts[a.id] = a
            case .transition, .silence, .notice, .refused: break
            }
        }
        let kept = AlertBook(header: header, records: records.values.sorted { $0.key < $1.key })
        #expect(try F.bytes(kept) == f.bytes)
        #expect(
            alerts.values.filter { $0.state != .resolved }.sorted { $0.id < $1.id }
                == f.engine.alerts.sorted { $0.id < $1.id })
        // The newest transition of each alert is what the alert says.
        for t in effects.transitions {
            if t.revision == alerts[t.alert]?.revision { #expect(alerts[t.alert]?.state == t.to) }
        }
    }
}

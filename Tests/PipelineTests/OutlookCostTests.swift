import CityModel
import Contracts
import Foundation
import HubAPI
import TestSupport
import Testing

@testable import Pipeline

/// What the outlook of the shipped city costs. `KAPOK_MEASURE=1 swift test --filter OutlookCostTests` prints it.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["KAPOK_MEASURE"] == "1"))
struct OutlookCostTests {
    @Test(arguments: ["traffic", "emergency"])
    func `what a window and a checkpoint of the shipped city cost`(name: String) throws {
        let catalogue = try Catalogue.load(Repo.root.appendingPathComponent("Topics").path)
        let def = try #require(catalogue.theme(name))
        let plan = ThemePlan(def, catalogue)
        let measures = try #require(def.outlook?.measures)
        var o = try #require(Outlook(plan, catalogue))
        let fresh = o
        var rng = SplitMix64(state: 1)
        let clock = ContinuousClock()
        var take: [Double] = [], rows: [Double] = [], checkpoint: [(ms: Double, bytes: Int)] = []
        var journal = 0
        var stored: [String: OutlookRecord] = [:]
        for k in 0..<(288 * 2) {
            let at = 1_795_507_200_000 + Int64(k) * 300_000
            let summaries = plan.places.places.flatMap { p in
                measures.map { m in
                    Summary(
                        place: p.codeText, level: p.level, theme: name, measure: m, window: "5m",
                        start: EventTime(ms: at), end: EventTime(ms: at + 300_000), status: .complete, revision: 0,
                        unit: "", value: Double(Int.random(in: 0...6000, using: &rng)) / 100, values: [:],
                        severity: .normal, count: 1, expected: 1, reporting: 1, coverage: 100, late: 0, digest: "")
                }
            }
            let began = clock.now
            let records = o.take(summaries)
            let ms = (clock.now - began) / .milliseconds(1)
            for r in records {
                if let s = r.state { checkpoint.append((ms, s.bytes.count)) }
                journal += r.steps.reduce(0) { $0 + 8 * $1.values.count }
                var old = stored[r.measure] ?? .init(theme: name, measure: r.measure)
                if let s = r.state { (old.state, old.steps) = (s, []) }
                old.steps += r.steps
                stored[r.measure] = old
            }
            if records.allSatisfy({ $0.state == nil }) { take.append(ms) }
            let told = clock.now
            #expect(!o.rows.isEmpty)
            rows.append((clock.now - told) / .milliseconds(1))
        }
        var again = fresh
        let began = clock.now
        for m in measures { _ = try again.restore(#require(stored[m])) }
        let restore = (clock.now - began) / .milliseconds(1)
        let steps = stored.values.map(\.steps.count).max() ?? 0
        take.sort()
        rows.sort()
        let written = checkpoint.dropFirst(measures.count).reduce(0) { $0 + $1.bytes } + journal
        func f(_ v: Double) -> String { String(format: "%.2f", v) }
        print(
            "MEASURED \(name): \(o.seriesCount) series, \(o.bytes / 1024) KiB in memory; a window median "
                + "\(f(take[take.count / 2])) ms, most \(f(take[take.count - 1])) ms; with a checkpoint "
                + checkpoint.map { "\(f($0.ms)) ms \($0.bytes / 1024) KiB" }.suffix(2).joined(separator: ", ")
                + "; rows median \(f(rows[rows.count / 2])) ms; written \(written / 48 / 1024) KiB an hour; "
                + "restore with \(steps) windows \(f(restore)) ms")
        #expect(again.rows == o.rows)
    }
}

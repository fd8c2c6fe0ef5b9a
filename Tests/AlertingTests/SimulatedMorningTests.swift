import Alerting
import CityModel
import Contracts
import Foundation
import HubAPI
import Pipeline
import Simulator
import TestSupport
import Testing
import Wire

/// The shipped rules over the shipped city.
@Suite struct SimulatedMorningTests {
    /// Alerts of half an hour from 00:00 UTC, 08:00 in Guangzhou.
    struct Outcome {
        var opened: [AlertNotice] = []
        var rehearsal: RuleRehearsal
    }

    static func half(_ theme: String, _ incidents: (Catalogue) -> [Incident]) throws -> Outcome {
        let c = try StormTests.catalogue.get()
        var config = SimulatorConfig(
            seed: 11, rate: nil, start: EventTime(rfc3339: "2026-11-24T00:00:00Z")!, durationMs: 1_800_000, dirt: .none,
            includeRecordTime: true, maxEvents: nil)
        config.incidents = incidents(c)
        var city = try CitySimulator(catalogue: c, config: config)
        var out = Outcome(rehearsal: RuleRehearsal(c, theme: theme))
        let contract = c.contracts.firstIndex { $0.name == "sensor-readings" }!
        let pipeline = FilePipeline(
            c.contracts[contract], themes: c.themes.filter { $0.name == theme }, catalogue: c, pseudonym: nil,
            summaries: { rows in
                for case .notice(let n) in out.rehearsal.feed(rows) where n.kind == .opened { out.opened.append(n) }
            }, deadLetters: { _, _, _, _ in })
        var batch = Simulator.RecordBatch()
        let buffer = LineBuffer(capacity: 4 << 20)
        while city.next(into: &batch) {
            var lines: [UInt8] = []
            for r in batch.records where r.contract == contract {
                lines += batch.payload(r)
                lines.append(10)
            }
            buffer.room.copyBytes(from: lines)
            buffer.wrote(lines.count)
            try buffer.lines(atEnd: false, pipeline.feed)
            try pipeline.flush()
            buffer.compact()
        }
        try pipeline.finish()
        return out
    }

    @Test func `half an hour without incidents asks little of anybody`() throws {
        let out = try Self.half("emergency") { _ in [] }
        #expect(out.opened.isEmpty, "\(out.opened.map(\.alert.rule))")
        #expect(out.rehearsal.calls == 0 && out.rehearsal.coveredMs > 1_500_000)
    }

    @Test func `incidents are told once each, within the rule's time, and no desk gets more than a handful`() throws {
        let out = try Self.half("emergency") { Incident.demo($0) }
        let demo = Incident.demo(try StormTests.catalogue.get())
        let places = Dictionary(grouping: out.opened) { $0.alert.place + "/" + $0.alert.evidence.measure }
        for i in demo where ["water_level", "smoke", "gas"].contains(i.kind.measure) {
            #expect(places["\(i.street)/\(i.kind.measure)"]?.count == 1, "\(i.label)")
        }
        #expect(!out.opened.isEmpty && out.opened.allSatisfy { $0.alert.opened!.ms - $0.alert.since.ms <= 180_000 })
        #expect(out.rehearsal.worstLoad.values.allSatisfy { $0 <= 4 }, "\(out.rehearsal.worstLoad)")
    }
}

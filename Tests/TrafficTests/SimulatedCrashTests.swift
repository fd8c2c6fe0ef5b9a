import Analytics
import CityModel
import Contracts
import Foundation
import HubAPI
import Pipeline
import Simulator
import Testing

/// The detectors of the shipped contracts over the shipped city, simulated with crashes: as a hub runs them.
@Suite struct SimulatedCrashTests {
    private static let start = EventTime(ms: 1_795_482_000_000)  // 2026-11-24 09:00 in Guangzhou
    private static let minutes: Int64 = 90

    struct Run: Sendable {
        var seen: [String: SeenIncident] = [:]
        var crashes: [DetectionScore.Incident] = []
        /// Verdicts by kind.
        var decisions: [String: Int] = [:]
    }

    /// Simulated once for all tests.
    private static let run = Task {
        let topics = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Topics").path
        let c = try Catalogue.load(topics)
        let streets = c.places.places[c.places.streets].map(\.code)
        // Every ninth street crashes for ten minutes, one after the other.
        let crashes = stride(from: 0, to: streets.count, by: 9).enumerated().map { n, i in
            Incident(
                kind: .crash, label: "crash-\(n)", street: streets[i], startMs: (25 + Int64(n) * 3) * 60_000,
                durationMs: 600_000)
        }
        var config = SimulatorConfig(seed: 5, start: start, durationMs: minutes * 60_000, dirt: .none, incidents: crashes)
        config.includeRecordTime = true
        config.onlyReadings = true
        var city = try CitySimulator(catalogue: c, config: config)
        guard let contract = c.contract("sensor-readings"),
            let traffic = c.themes.first(where: { $0.name == "traffic" })
        else { throw KapokError("no-theme", "the shipped topics have no traffic", mend: "") }
        var run = Run()
        let pipeline = FilePipeline(
            contract, themes: [traffic], catalogue: c, pseudonym: nil,
            incidents: { for s in $0 { run.seen["\(s.device) \(s.source) \(s.episode.told)"] = s } },
            summaries: { rows in
                for s in rows where s.level == .city && s.window == "1m" {
                    run.decisions[s.measure, default: 0] += Int(s.count)
                }
            }, deadLetters: { _, _, _, _ in })
        var batch = Simulator.RecordBatch()
        while city.next(into: &batch) {
            var bytes = batch.bytes
            bytes += [UInt8](repeating: 0, count: 256)
            try bytes.withUnsafeBytes { raw in
                for r in batch.records {
                    try pipeline.feed(UnsafeRawBufferPointer(rebasing: raw[r.offset..<(r.offset + r.length)]))
                }
                try pipeline.flush()
            }
        }
        try pipeline.finish()
        run.crashes = crashes.map {
            .init(
                place: String($0.street), start: start.ms + $0.startMs, end: start.ms + $0.startMs + $0.durationMs)
        }
        return run
    }

    private func score(_ source: IncidentSource) async throws -> DetectionScore {
        let run = try await Self.run.value
        return DetectionScore(
            run.crashes,
            alarms: run.seen.values.filter { $0.source == source }.map {
                .init(place: String($0.street), time: $0.episode.told)
            }, decisions: try #require(run.decisions[source.kind]), graceMs: 180_000)
    }

    @Test(arguments: [IncidentSource.deviate, .smoothing])
    func `the detectors of one station find crashes`(source: IncidentSource) async throws {
        let s = try await score(source)
        #expect(s.detectionRate == 1 && s.meanTimeToDetectMs ?? .infinity <= 180_000, "\(s)")
        // The simulator slows the neighbours of a crash too: nearly all that is told there without a label.
        #expect(s.falseAlarmRate ?? 1 < 0.006, "\(s)")
    }

    @Test func `the California algorithm finds crashes between its stations, and leaves their neighbours alone`()
        async throws
    {
        let s = try await score(.california)
        #expect(s.detectionRate == 1 && s.meanTimeToDetectMs ?? .infinity <= 180_000, "\(s)")
        #expect(s.falseAlarmRate ?? 1 < 0.0005, "\(s)")
    }
}

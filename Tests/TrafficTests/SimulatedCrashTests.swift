import Analytics
import CityModel
import Contracts
import Foundation
import HubAPI
import Pipeline
import Simulator
import Testing

/// Detectors over the shipped city, simulated with crashes: records through the pipeline, then one value a street and
/// minute, as a hub would have them.
@Suite struct SimulatedCrashTests {
    private static let start = EventTime(ms: 1_795_482_000_000)  // 2026-11-24 09:00 in Guangzhou
    private static let minutes: Int64 = 90

    struct Run: Sendable {
        /// Values by measure, then street.
        var series: [String: [DetectionScore.Series]]
        var incidents: [DetectionScore.Incident]
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
        var rows: [Summary] = []
        let pipeline = FilePipeline(
            contract, themes: [traffic], catalogue: c, pseudonym: nil,
            summaries: { rows += $0.filter { $0.level == .street && $0.window == "1m" } }, deadLetters: { _, _, _, _ in })
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
        var series: [String: [DetectionScore.Series]] = [:]
        for (measure, of) in Dictionary(grouping: rows, by: \.measure) {
            let places = Dictionary(grouping: of, by: \.place)
            series[measure] = places.keys.sorted().map { p in
                .init(
                    place: p,
                    values: (places[p] ?? []).sorted { $0.start < $1.start }.map { ($0.end.ms, $0.value) })
            }
        }
        return Run(
            series: series,
            incidents: crashes.map {
                .init(
                    place: String($0.street), start: start.ms + $0.startMs, end: start.ms + $0.startMs + $0.durationMs)
            })
    }

    private func score(
        _ measure: String, _ detector: () -> (Double?) -> IncidentState
    ) async throws -> DetectionScore {
        let run = try await Self.run.value
        let series = try #require(run.series[measure])
        return DetectionScore.run(series, against: run.incidents, graceMs: 120_000, detector: detector)
    }

    @Test(arguments: ["occupancy", "speed"])
    func `the normal deviate finds crashes`(measure: String) async throws {
        var p = NormalDeviateDetector.Parameters()
        if measure == "speed" { (p.direction, p.leastDeviation) = (.below, 3) }
        let s = try await score(measure) {
            var d = NormalDeviateDetector(p)
            return { d.step($0) }
        }
        // The simulator slows the neighbours of a crash too: nearly all that is told there without a label.
        #expect(s.detectionRate == 1 && s.meanTimeToDetectMs ?? .infinity <= 180_000, "\(s)")
        #expect(s.falseAlarmRate ?? 1 < 0.004, "\(s)")
    }

    @Test(arguments: ["occupancy", "speed"])
    func `double smoothing finds crashes`(measure: String) async throws {
        var p = SmoothingDetector.Parameters()
        if measure == "speed" { p.direction = .below }
        let s = try await score(measure) {
            var d = SmoothingDetector(p)
            return { d.step($0) }
        }
        // The simulator slows the neighbours of a crash too: nearly all that is told there without a label.
        #expect(s.detectionRate == 1 && s.meanTimeToDetectMs ?? .infinity <= 180_000, "\(s)")
        #expect(s.falseAlarmRate ?? 1 < 0.004, "\(s)")
    }
}

import ArgumentParser
import CityModel
import Contracts
import Foundation
import Simulator

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "A seeded city of sensors and cameras, to Kafka or to a file.",
        discussion: """
            The same seed, start and options give the same bytes. To Kafka it keeps pace with the wall clock, after a \
            backfill at full speed; to a file it writes as fast as it can.
            Example: kapok simulate --seed 7 --rate 500 --duration 10m --incidents demo --bootstrap 127.0.0.1:9092
            Example: kapok simulate --seed 7 --duration 1h --start 2026-11-24T00:00:00Z --output readings.jsonl
            """)

    enum Incidents: String, ExpressibleByArgument, CaseIterable { case none, demo, random }

    @OptionGroup var catalogue: CatalogueOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var log: LogOptions
    @Option(help: "Seed of everything that is random.") var seed: UInt64 = 1
    @Option(help: "Events a second over the whole city; default: the registry's own intervals.") var rate: Double?
    @Option(help: "Event time covered: 90s, 10m, 1h.") var duration = DurationArgument(ms: 600_000)
    @Option(help: "First event time, RFC 3339 or `now`.") var start: TimeArgument?
    @Option(help: "Start so much before `now`, at full speed.") var backfill = DurationArgument(ms: 0)
    @Option(help: "none, demo (one of each kind in the first minutes after the backfill) or random.")
    var incidents = Incidents.none
    @Flag(help: "No late, duplicate, malformed or skewed records, no dead, stuck, jumping or biased sensors.") var clean = false
    @Option(help: "Write this contract's records to a file instead of to Kafka, with their record time as `_ts`.")
    var output: String?
    @Option(help: "The contract that --output writes.") var contract = "sensor-readings"
    @Option(help: "Write the incidents' labels to this file, one JSON object a line.") var labels: String?
    @Option(help: "Stop after so many records.") var events: Int?
    @Flag(help: "Measuring load: clean readings of about 230 bytes, no cameras.") var bench = false
    @Flag(help: "To Kafka: do not wait for the wall clock.") var fast = false

    func run() async throws {
        do { try simulate() } catch { throw report(error) }
    }

    private func simulate() throws {
        let c = try catalogue.load()
        let begin = start?.time ?? EventTime(ms: wallClockMs() - backfill.ms)
        var config: SimulatorConfig
        if bench {
            config = .bench(events: events ?? 1_000_000, rate: rate ?? 100_000, seed: seed, start: begin)
            config.includeRecordTime = false
        } else {
            config = SimulatorConfig(
                seed: seed, rate: rate, start: begin, durationMs: duration.ms + backfill.ms,
                dirt: clean ? .none : DirtConfig(), includeRecordTime: output != nil, maxEvents: events)
            config.incidents =
                switch incidents {
                case .none: []
                case .demo: Incident.demo(c).map { i in
                    var i = i
                    i.startMs += backfill.ms
                    return i
                }
                case .random:
                    Incident.random(c, seed: seed, count: max(1, Int(duration.ms / 300_000)), durationMs: duration.ms)
                }
        }
        if !bench, incidents == .demo {
            config.configured = ConfiguredIncident.demo(c, except: Set(config.incidents.map(\.street)))
        }
        if let labels {
            let file = try ByteFile(labels)
            try file.append(Incident.labels(config.incidents, start: begin))
            try file.append(ConfiguredIncident.labels(config.configured, start: begin))
            try file.close()
        }
        var city = try CitySimulator(catalogue: c, config: config)
        if let output {
            try write(&city, c, to: output)
        } else {
            let stop = StopFlag()
            let signals = StopSignals { stop.set() }
            defer { withExtendedLifetime(signals) {} }
            let sender = CitySender(kafka: try kafka.config(), logger: try log.logger("kapok.simulate"), fast: fast)
            try sender.send(&city, c, stop: stop)
        }
        fail("\(city.report.events) records, \(city.report.bytes) bytes")
    }

    private func write(_ city: inout CitySimulator, _ c: Catalogue, to path: String) throws {
        let name = try c.required(contract).name
        let index = c.contracts.firstIndex { $0.name == name }
        let out = try ByteFile(path)
        var batch = Simulator.RecordBatch()
        while city.next(into: &batch) {
            for r in batch.records where r.contract == index { try out.line(batch.payload(r)) }
        }
        try out.close()
    }
}

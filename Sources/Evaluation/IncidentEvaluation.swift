import Analytics
import CityModel
import Contracts
import Foundation
import HubAPI
import Pipeline
import Simulator

/// (c) Incident detection over the simulated city: its records through the pipeline as a hub runs it, what detectors told
/// against the incidents that the simulator planned.
public struct IncidentEvaluation: Sendable {
    /// One algorithm, or all of a street together.
    public struct Row: Sendable, Equatable {
        public var name: String
        public var incidents = 0
        public var detected = 0
        /// Alarms of no incident, and where nothing at all was the matter.
        public var nuisance = 0
        public var falseAlarms = 0
        public var alarms = 0
        /// Judgements made: verdicts of the algorithm, or street-minutes.
        public var decisions = 0
        public var streetHours = 0.0
        public var delayMs: Int64 = 0
        public init(name: String) { self.name = name }

        public var detectionRate: Double? { incidents > 0 ? Double(detected) / Double(incidents) : nil }
        /// Of all judgements.
        public var falseAlarmRate: Double? { decisions > 0 ? Double(falseAlarms) / Double(decisions) : nil }
        public var falseAlarmsAStreetHour: Double? { streetHours > 0 ? Double(falseAlarms) / streetHours : nil }
        /// Of all alarms: something else had happened, a flood, rain or a crash next street.
        public var nuisanceRate: Double? { alarms > 0 ? Double(nuisance) / Double(alarms) : nil }
        public var meanTimeToDetectMs: Double? { detected > 0 ? Double(delayMs) / Double(detected) : nil }
    }

    /// An alarm so long after an incident's end still belongs to it: its queue outlives it.
    public static let graceMs: Int64 = 180_000
    /// Covered by one seed, ms.
    public static let lengthMs: Int64 = 7_200_000

    /// By algorithm, then all together (`street`), in the order of `IncidentSource`.
    public private(set) var rows: [Row] = []
    public private(set) var seeds = 0
    public private(set) var records = 0

    /// - Parameter catalogue: its theme with `incidents` is used; of its sensors those that detectors read.
    /// - Throws: `no-incidents` where no theme tells any; `simulator-*`.
    public init(_ catalogue: Catalogue, seeds: ClosedRange<UInt64>) throws {
        guard let theme = catalogue.themes.first(where: { $0.incidents != nil }), let rules = theme.incidents else {
            throw KapokError("no-incidents", "no theme has `incidents`", mend: "Use the shipped Topics/")
        }
        let small = Self.watched(catalogue)
        for seed in seeds {
            let run = try Run(small, theme, seed: seed)
            for source in IncidentSource.allCases where run.decisions[source] != nil {
                let seen = run.seen.filter { $0.source == source && $0.episode.finding != "spill-back" }
                add(
                    source.name, run, source == .video ? run.onCamera : run.crashes,
                    alarms: seen.map { (street: $0.street, time: $0.episode.told) },
                    decisions: run.decisions[source] ?? 0)
            }
            let found = StreetIncidents.find(run.seen, rules, asOf: run.end)
            let minutes = Int(Self.lengthMs / 60_000) * run.streets
            add(
                "street", run, run.crashes + run.onCamera,
                alarms: found.compactMap { i in i.raised.map { (street: i.street, time: $0) } }, decisions: minutes)
            self.seeds += 1
            records += run.records
        }
    }

    /// The catalogue with those sensors alone that incident detection reads.
    private static func watched(_ c: Catalogue) -> Catalogue {
        let stations = Set(c.sensors.filter { $0.kind == "occupancy" }.map(\.id))
        let cameras = Set(c.scenes.map(\.camera))
        var out = c
        out.sensors = c.sensors.filter { stations.contains($0.id) || cameras.contains($0.id) }
        return out
    }

    private mutating func add(
        _ name: String, _ run: Run, _ incidents: [Run.Span], alarms: [(street: UInt64, time: Int64)], decisions: Int
    ) {
        let at = rows.firstIndex { $0.name == name } ?? rows.count
        if at == rows.count { rows.append(Row(name: name)) }
        func belongs(_ a: (street: UInt64, time: Int64), _ s: Run.Span) -> Bool {
            a.street == s.street && a.time >= s.start && a.time - s.end <= Self.graceMs
        }
        for i in incidents {
            rows[at].incidents += 1
            guard let first = alarms.filter({ belongs($0, i) }).map(\.time).min() else { continue }
            rows[at].detected += 1
            rows[at].delayMs += first + run.delayMs - i.start
        }
        rows[at].alarms += alarms.count
        for a in alarms where !(run.crashes + run.onCamera).contains(where: { belongs(a, $0) }) {
            if run.disturbed.contains(where: { belongs(a, $0) }) { rows[at].nuisance += 1 } else { rows[at].falseAlarms += 1 }
        }
        rows[at].decisions += decisions
        rows[at].streetHours += Double(run.streets) * Double(Self.lengthMs) / 3_600_000
    }
}

extension IncidentEvaluation {
    /// Two hours of one seed.
    struct Run {
        struct Span {
            var street: UInt64
            var start: Int64
            var end: Int64
        }
        var seen: [SeenIncident] = []
        /// What detectors should tell: crashes at stations; what only a camera can see.
        var crashes: [Span] = []
        var onCamera: [Span] = []
        /// Where something else disturbs traffic.
        var disturbed: [Span] = []
        var decisions: [IncidentSource: Int] = [:]
        var streets = 0
        var records = 0
        /// From an interval's end until the watermark has passed it, ms.
        var delayMs: Int64 = 0
        var end: Int64 = 0

        /// Begins at one of the day's hours, by the seed; after half an hour there are crashes, floods and dirt.
        init(_ c: Catalogue, _ theme: ThemeDef, seed: UInt64) throws {
            var r = SeededRandom(seed: seed &* 0x1d_5eed)
            // 2026-11-24T00:00 in Guangzhou, and an hour from 6 to 20.
            let start = EventTime(ms: 1_795_449_600_000 + Int64(6 + r.below(15)) * 3_600_000)
            let plan = Self.plan(c, &r)
            var config = SimulatorConfig(
                seed: seed, start: start, durationMs: IncidentEvaluation.lengthMs, incidents: plan)
            config.includeRecordTime = true
            end = start.ms + IncidentEvaluation.lengthMs
            for i in plan {
                let span = Span(
                    street: i.street, start: start.ms + i.startMs, end: start.ms + i.startMs + i.durationMs)
                switch i.kind {
                case .crash: crashes.append(span)
                case .stoppedVehicle, .wrongWay, .pedestrian: onCamera.append(span)
                default: disturbed.append(span)
                }
                for s in i.disturbed(c.places) { disturbed.append(Span(street: s, start: span.start, end: span.end)) }
            }
            streets = Set(c.sensors.map(\.street)).count
            var city = try CitySimulator(catalogue: c, config: config)
            for contract in c.contracts where theme.topics.contains(contract.name) && contract.stations != nil {
                delayMs = max(delayMs, contract.outOfOrdernessMs)
            }
            try feed(&city, c, theme)
        }

        /// A dozen crashes, three floods and six incidents before cameras, at streets of their own.
        private static func plan(_ c: Catalogue, _ r: inout SeededRandom) -> [Incident] {
            func times() -> (first: Int64, length: Int64) {
                let length = 300_000 + Int64(r.unit() * 900_000)
                let first = 1_800_000 + Int64(r.unit() * Double(IncidentEvaluation.lengthMs - 2_100_000))
                return (first, min(length, IncidentEvaluation.lengthMs - first))
            }
            var cameras = c.scenes.compactMap { s in c.sensors.first { $0.id == s.camera } }
            let kinds: [Incident.Kind] = [.stoppedVehicle, .wrongWay, .pedestrian]
            let seen = (0..<6).compactMap { n -> Incident? in
                guard !cameras.isEmpty else { return nil }
                let camera = cameras.remove(at: r.below(cameras.count))
                let t = times()
                return Incident(
                    kind: kinds[n % 3], label: "eval-camera-\(n)", street: camera.street, device: camera.id,
                    startMs: t.first, durationMs: t.length)
            }
            var streets = Array(Set(c.sensors.map(\.street)).subtracting(seen.map(\.street))).sorted()
            return seen + (0..<15).compactMap { n in
                guard !streets.isEmpty else { return nil }
                let street = streets.remove(at: r.below(streets.count))
                let t = times()
                return Incident(
                    kind: n < 12 ? .crash : .flood, label: "eval-\(n)", street: street, startMs: t.first,
                    durationMs: t.length)
            }
        }

        private mutating func feed(_ city: inout CitySimulator, _ c: Catalogue, _ theme: ThemeDef) throws {
            var newest: [String: SeenIncident] = [:]
            var count: [IncidentSource: Int] = [:]
            let pipelines = c.contracts.map { contract in
                FilePipeline(
                    contract, themes: [theme], catalogue: c, pseudonym: nil,
                    incidents: { for s in $0 { newest["\(s.device) \(s.source) \(s.episode.told) \(s.episode.finding)"] = s } },
                    summaries: { rows in
                        for s in rows where s.level == .city && s.window == "1m" {
                            guard let source = IncidentSource.allCases.first(where: { $0.kind == s.measure }) else { continue }
                            count[source, default: 0] += Int(s.count)
                        }
                    }, deadLetters: { _, _, _, _ in })
            }
            var batch = RecordBatch()
            while city.next(into: &batch) {
                var bytes = batch.bytes
                bytes += [UInt8](repeating: 0, count: 256)
                records += batch.records.count
                try bytes.withUnsafeBytes { raw in
                    for r in batch.records {
                        try pipelines[r.contract].feed(
                            UnsafeRawBufferPointer(rebasing: raw[r.offset..<(r.offset + r.length)]))
                    }
                    for p in pipelines { try p.flush() }
                }
            }
            for p in pipelines { try p.finish() }
            seen = newest.keys.sorted().compactMap { newest[$0] }
            decisions = count
        }
    }
}

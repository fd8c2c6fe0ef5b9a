import CityModel
import Contracts
import Foundation
import Testing

@testable import Simulator

@Suite struct DirtTests {
    let town: Catalogue
    init() throws { town = try Town.load() }

    private func run(_ dirt: DirtConfig, rate: Double = 20, recordTime: Bool = false) throws -> ([Sent], SimReport) {
        var sim = try CitySimulator(
            catalogue: town,
            config: SimulatorConfig(
                seed: 5, rate: rate, start: Town.start, durationMs: 1_800_000, dirt: dirt, includeRecordTime: recordTime
            ))
        let all = sim.all()
        return (all, sim.report)
    }

    @Test func `the report counts what was sent, near the asked fractions`() throws {
        let dirt = DirtConfig(late: 0.02, duplicate: 0.01, malformed: 0.01, skewedDevices: 2, dead: 0.05)
        let (all, report) = try run(dirt)
        #expect(report.events == all.count && report.bytes == all.reduce(0) { $0 + $1.payload.count })
        for n in Nature.allCases { #expect(report.count(n) == all.count { $0.record.nature == n }) }
        for d in Defect.allCases { #expect(report.count(d) == all.count { $0.record.defect == d }) }
        for i in 0..<2 { #expect(report.byContract[i] == all.count { $0.record.contract == i }) }
        #expect(Defect.allCases.reduce(0) { $0 + report.count($1) } == report.count(.malformed))
        let n = Double(all.count)
        #expect((0.012..<0.025).contains(Double(report.count(.late)) / n))
        #expect((0.007..<0.013).contains(Double(report.count(.duplicate)) / n))
        #expect((0.007..<0.013).contains(Double(report.count(.malformed)) / n))
    }

    @Test func `late records are 10 s to 10 min late and duplicates repeat earlier bytes`() throws {
        let (all, _) = try run(DirtConfig(late: 0.02, duplicate: 0.02, malformed: 0, skewedDevices: 0, dead: 0))
        let delays = all.filter { $0.record.nature == .late }.map { $0.record.timestampMs - $0.record.eventMs }
        #expect((delays.min() ?? 0) >= 10_000 && (delays.max() ?? .max) <= 602_000)
        #expect((delays.max() ?? 0) > 120_000)
        var seen: Set<[UInt8]> = []
        for s in all {
            let new = seen.insert(s.payload).inserted
            #expect(new == (s.record.nature != .duplicate))
        }
        let ids = Set(all.compactMap { ($0.json?["id"] ?? $0.json?["messageid"]) as? String })
        #expect(ids.count == all.count { $0.record.nature != .duplicate })
    }

    @Test func `a skewed device harms its times only, and a dead one is silent from its hour`() throws {
        let (all, report) = try run(DirtConfig(late: 0, duplicate: 0, malformed: 0, skewedDevices: 2, dead: 0.2))
        #expect(report.skewed.map(\.byMs).sorted() == [-1_200_000, 10_800_000])
        #expect(!report.dead.isEmpty && report.dead.count < 40)
        let skew = Dictionary(uniqueKeysWithValues: report.skewed.map { ($0.device, $0.byMs) })
        let dead = Dictionary(uniqueKeysWithValues: report.dead.map { ($0.device, $0.since) })
        for s in all {
            let device = s.sensor.isEmpty ? (s.json?["sensor"] as? [String: Any])?["id"] as? String ?? "" : s.sensor
            #expect(s.time == EventTime(ms: s.record.eventMs + (skew[device] ?? 0)))
            if let since = dead[device] { #expect(s.record.eventMs <= since.ms) }
        }
        #expect(report.count(.clockAhead) > 0 && report.count(.clockBehind) > 0)
    }

    @Test func `every malformed record has the defect that it is said to have`() throws {
        let (all, report) = try run(
            DirtConfig(late: 0, duplicate: 0, malformed: 0.5, skewedDevices: 0, dead: 0), recordTime: true)
        for d in Defect.allCases { #expect(report.count(d) > 0) }
        let ids = Set(town.sensors.map(\.id))
        let range = Dictionary(uniqueKeysWithValues: town.contracts.flatMap(\.kinds).map { ($0.name, $0.range) })
        for s in all {
            guard let d = s.record.defect else { continue }
            let inner = s.json?["sensor"] as? [String: Any]
            switch d {
            case .truncated, .nul: #expect(s.json == nil)
            case .wrongType:
                let v = s.json.flatMap { $0["value"] ?? $0["objects"] ?? $0["object"] }
                #expect(v is String || v is Int)
            case .unknownSensor: #expect(!ids.contains(inner?["id"] as? String ?? s.sensor) && s.json != nil)
            case .outOfRange: #expect(range[s.kind]?.contains(s.value) == false)
            case .wrongUnit: #expect(s.json?["unit"] as? String == "furlong")
            case .missing:
                #expect(s.json != nil && (s.json?["value"] == nil || s.time == nil))
                #expect(s.json?["value"] != nil || s.json?["@timestamp"] == nil)
            case .badTime: #expect(s.json != nil && s.time == nil)
            case .oversize: #expect(s.payload.count > 65_536 && s.json != nil)
            }
            #expect(!s.payload.contains(10))
        }
    }

    @Test func `a file's lines are the payloads, each whole one with its record time`() throws {
        let config = SimulatorConfig(start: Town.start, durationMs: 60_000, dirt: .none, includeRecordTime: true)
        var a = try CitySimulator(catalogue: town, config: config)
        var b = try CitySimulator(catalogue: town, config: config)
        var batch = RecordBatch()
        var lines: [UInt8] = []
        while a.next(into: &batch) { batch.appendLines(to: &lines) }
        let all = b.all()
        #expect(lines.split(separator: 10).map(Array.init) == all.map(\.payload))
        #expect(all.allSatisfy { ($0.json?["_ts"] as? NSNumber)?.int64Value == $0.record.timestampMs })
    }
}

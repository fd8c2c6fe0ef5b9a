import CityModel
import Contracts
import Simulator
import Testing

@Suite struct StreamTests {
    let town: Catalogue
    init() throws { town = try Town.load() }

    private func bytes(_ seed: UInt64, max: Int = 1000) throws -> [UInt8] {
        let config = SimulatorConfig(
            seed: seed, start: Town.start, durationMs: 120_000, incidents: Incident.demo(town), includeRecordTime: true)
        var sim = try CitySimulator(catalogue: town, config: config)
        var batch = RecordBatch()
        var out: [UInt8] = []
        while sim.next(max: max, into: &batch) { batch.appendLines(to: &out) }
        return out
    }

    @Test func `the same seed gives the same bytes in whatever batches, another seed others`() throws {
        let a = try bytes(1)
        #expect(a.count > 100_000)
        #expect(try bytes(1, max: 7) == a)
        #expect(try bytes(2) != a)
    }

    @Test func `records leave in order of emission and none before its event`() throws {
        var sim = try CitySimulator(
            catalogue: town, config: SimulatorConfig(start: Town.start, durationMs: 600_000))
        let all = sim.all()
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.record.timestampMs <= $1.record.timestampMs })
        #expect(all.allSatisfy { $0.record.eventMs <= $0.record.timestampMs && $0.record.eventMs >= Town.start.ms })
        let clean = all.filter { $0.record.nature == .clean }
        #expect(clean.allSatisfy { $0.record.timestampMs - $0.record.eventMs < 1000 })
    }

    @Test func `a call stops at its time and the next goes on from there`() throws {
        let config = SimulatorConfig(start: Town.start, durationMs: 30_000)
        var whole = try CitySimulator(catalogue: town, config: config)
        var parts = try CitySimulator(catalogue: town, config: config)
        var batch = RecordBatch()
        var got: [Int64] = []
        for second in stride(from: Int64(0), through: 40_000, by: 1000) {
            let until = Town.start.ms + second
            _ = parts.next(untilMs: until, max: .max, into: &batch)
            #expect(batch.records.allSatisfy { $0.timestampMs < until && $0.timestampMs >= until - 1000 })
            got += batch.records.map(\.timestampMs)
        }
        #expect(got == whole.all().map(\.record.timestampMs))
        let more = parts.next(into: &batch)
        #expect(!more && batch.records.isEmpty)
    }

    @Test(arguments: [20.0, 2000.0]) func `the asked rate is kept over the city`(_ rate: Double) throws {
        let seconds = rate < 100 ? 600.0 : 20.0
        var sim = try CitySimulator(
            catalogue: town,
            config: SimulatorConfig(rate: rate, start: Town.start, durationMs: Int64(seconds * 1000), dirt: .none))
        let n = Double(sim.all().count)
        #expect(abs(n / seconds - rate) < rate * 0.03)
    }

    @Test func `without a rate each sensor keeps its registry interval`() throws {
        var sim = try CitySimulator(
            catalogue: town, config: SimulatorConfig(start: Town.start, durationMs: 600_000, dirt: .none))
        let all = sim.all()
        let times = all.filter { $0.sensor == "fcd-440103001-01" }.map(\.record.eventMs)
        #expect(times.count == 60)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 10_000 })
        // A loop tells speed, vehicles and occupancy of one and the same moment.
        let loop = all.filter { $0.sensor == "loop-440103001-01" }
        #expect(Set(loop.map(\.record.eventMs)).count == 30 && loop.count == 90)
    }

    @Test func `a bench stream is so many clean readings of 230 bytes`() throws {
        var sim = try CitySimulator(catalogue: town, config: .bench(events: 5000, sources: 50, start: Town.start))
        let all = sim.all()
        #expect(all.count == 5000)
        #expect(all.allSatisfy { $0.payload.count == 230 && $0.record.nature == .clean && $0.json != nil })
        #expect(Set(all.map { $0.sensor + $0.kind }).count == 50)
        let span = Double((all.last?.record.timestampMs ?? 0) - (all.first?.record.timestampMs ?? 0))
        #expect(abs(span - 50) < 1000)
    }

    @Test func `settings out of range are refused with what to do`() {
        var bad: [SimulatorConfig] = []
        let good = SimulatorConfig(start: Town.start, durationMs: 1000)
        func add(_ change: (inout SimulatorConfig) -> Void) {
            var c = good
            change(&c)
            bad.append(c)
        }
        add { $0.durationMs = 0 }
        add { $0.durationMs = .max }
        add { $0.rate = .nan }
        add { $0.rate = 0 }
        add { $0.start = .distantFuture }
        add { $0.dirt.late = 2 }
        add { $0.dirt.malformed = .nan }
        add { $0.dirt.skewedDevices = -1 }
        add { $0.padTo = -1 }
        add { $0.maxEvents = -1 }
        add { $0.incidents = [Incident(kind: .crash, label: "x", street: Town.crash, startMs: -1, durationMs: 1)] }
        add { $0.incidents = [Incident(kind: .crash, label: "x", street: 1, startMs: 0, durationMs: 1)] }
        add {
            let device = "cam-440103002-02"  // of another street
            $0.incidents = [
                Incident(kind: .crowd, label: "x", street: Town.crash, device: device, startMs: 0, durationMs: 1)
            ]
        }
        add { $0.transitMs = -1 }
        for c in bad {
            let e = #expect(throws: KapokError.self) { try CitySimulator(catalogue: town, config: c) }
            #expect(e?.code == "simulator-config" && e?.mend.isEmpty == false)
        }
        var none = town
        none.sensors = []
        let e = #expect(throws: KapokError.self) { try CitySimulator(catalogue: none, config: good) }
        #expect(e?.code == "simulator-empty")
    }
}

import CityModel
import Contracts
import Testing

@testable import Simulator

/// Sensors of a group measure the same thing, and what goes wrong with sensors is planted and told.
@Suite struct GroupTests {
    let town: Catalogue
    init() throws { town = try Town.load(groups: true) }

    private func run(
        _ minutes: Int64, _ city: Catalogue? = nil, dirt: DirtConfig = .none, incidents: [Incident] = [],
        rate: Double? = nil
    ) throws -> ([Sent], SimReport) {
        var sim = try CitySimulator(
            catalogue: city ?? town,
            config: SimulatorConfig(
                seed: 5, rate: rate, start: Town.start, durationMs: minutes * 60_000, dirt: dirt, incidents: incidents))
        let all = sim.all()
        return (all, sim.report)
    }

    /// A street's loop sum and camera's different vehicles in 5 min from `minute` on.
    private func counts(_ all: [Sent], _ street: UInt64, _ minute: Int64) -> (loop: Double, camera: Int) {
        let from = Town.start.ms + minute * 60_000
        let mine = all.filter { $0.record.street == street && (from..<from + 300_000).contains($0.record.eventMs) }
        let ids = mine.flatMap(\.objects).filter { $0.contains("|Vehicle") }.compactMap { $0.split(separator: "|").first }
        return (mine.filter { $0.kind == "vehicles" }.map(\.value).reduce(0, +), Set(ids).count)
    }

    /// Streets whose camera speaks the minimal schema.
    private func seen(_ all: [Sent]) -> [UInt64] {
        Set(all.filter { !$0.objects.isEmpty && $0.sensor.hasSuffix("-01") }.map(\.record.street)).sorted()
    }

    @Test func `a camera shows the vehicles that the loop of its group counts`() throws {
        let (all, _) = try run(30)
        let streets = seen(all)
        #expect(streets.count >= 8)
        var sums = (loop: 0.0, camera: 0.0)
        for street in streets {
            for minute in stride(from: Int64(1), through: 21, by: 5) {
                let c = counts(all, street, minute)
                // At the edges: what passed in one loop interval of 20 s, of 300.
                #expect(abs(c.loop - Double(c.camera)) <= 5 + c.loop * (0.03 + 20.0 / 300), "\(street) \(minute) \(c)")
                sums.loop += c.loop
                sums.camera += Double(c.camera)
            }
        }
        #expect(sums.loop > 1000 && abs(sums.loop - sums.camera) < sums.loop * 0.03)
    }

    @Test func `each vehicle has an id of its own, and is in the frames of some seconds only`() throws {
        let (all, _) = try run(10)
        let street = try #require(seen(all).first)
        var times: [Substring: [Int64]] = [:]
        for s in all where s.record.street == street {
            for o in s.objects where o.contains("|Vehicle") {
                times[o.split(separator: "|")[0], default: []].append(s.record.eventMs)
            }
        }
        #expect(times.count > 30)
        for (id, t) in times { #expect((t.max() ?? 0) - (t.min() ?? 0) <= 7_000, "\(id)") }
    }

    @Test func `a crash thins both alike`() throws {
        let crash = Incident(kind: .crash, label: "c", street: Town.plaza, startMs: 0, durationMs: 1_200_000)
        let (calm, hit) = (try run(10).0, try run(10, incidents: [crash]).0)
        let (a, b) = (counts(calm, Town.plaza, 3), counts(hit, Town.plaza, 3))
        #expect(b.loop < a.loop * 0.7 && Double(b.camera) < Double(a.camera) * 0.7)
    }

    @Test(arguments: [5.0, 20, 100]) func `groups hold at any rate`(rate: Double) throws {
        let (all, _) = try run(12, rate: rate)
        var sums = (loop: 0.0, camera: 0.0)
        for street in seen(all) {
            let c = counts(all, street, 5)
            sums.loop += c.loop
            sums.camera += Double(c.camera)
        }
        #expect(sums.loop > 200 && abs(sums.loop - sums.camera) < sums.loop * 0.15, "\(sums)")
    }

    @Test func `two gauges of a group read the same water within centimetres, also while it rises`() throws {
        let flood = Incident(kind: .flood, label: "f", street: Town.flood, startMs: 60_000, durationMs: 600_000)
        let (all, _) = try run(10, incidents: [flood])
        let levels = Dictionary(
            grouping: all.filter { $0.kind == "water_level" && $0.record.street == Town.flood }, by: \.record.eventMs)
        #expect(levels.count >= 19)
        for (time, pair) in levels {
            #expect(Set(pair.map(\.sensor)).count == 2)
            #expect(abs(pair[0].value - pair[1].value) < 0.03, "\(time)")
        }
        #expect(levels.values.contains { $0[0].value > 0.5 && $0[0].value != $0[1].value })
    }

    @Test func `groups change no sensor without one`() throws {
        let (plain, _) = try run(3, try Town.load())
        let (with, _) = try run(3)
        func others(_ all: [Sent]) -> [[UInt8]] {
            all.filter { !["vehicles", "water_level"].contains($0.kind) && !$0.objects.contains { $0.contains("|Vehicle") } }
                .filter { !($0.sensor.hasPrefix("cam") && $0.sensor.hasSuffix("-01")) }.map(\.payload)
        }
        #expect(others(plain) == others(with) && others(plain).count > 500)
    }

    @Test func `what is sent late or twice is what would have been sent`() throws {
        let (clean, _) = try run(15)
        let (dirty, _) = try run(
            15,
            dirt: DirtConfig(
                late: 0.1, duplicate: 0.1, malformed: 0, skewedDevices: 0, dead: 0, stuckDevices: 0, jumpingDevices: 0,
                biasedGroups: 0))
        let known = Set(clean.map(\.payload))
        #expect(dirty.allSatisfy { known.contains($0.payload) })
        #expect(dirty.contains { $0.kind == "vehicles" && $0.record.nature == .late })
    }

    private static let faults = DirtConfig(
        late: 0, duplicate: 0, malformed: 0, skewedDevices: 0, dead: 0, stuckDevices: 4, jumpingDevices: 2,
        biasedGroups: 3)

    @Test func `stuck sensors repeat their value from their hour on, under new times and ids`() throws {
        let (all, report) = try run(20, dirt: Self.faults)
        #expect(report.stuck.count == 4 && report.stuck.map(\.device) == report.stuck.map(\.device).sorted())
        for s in report.stuck {
            let after = all.filter { $0.sensor == s.device && $0.kind == "speed" && $0.record.eventMs >= s.since.ms }
            #expect(after.count > 20 && Set(after.map(\.value)).count == 1, "\(s)")
            #expect(Set(after.map(\.payload)).count == after.count && s.since.ms < Town.start.ms + 330_000)
            let before = all.filter { $0.sensor == s.device && $0.kind == "speed" && $0.record.eventMs < s.since.ms }
            #expect(before.count < 3 || Set(before.map(\.value)).count > 1)
        }
    }

    @Test func `jumping gauges drop beyond what water can do, now and then`() throws {
        let (all, report) = try run(60, dirt: Self.faults)
        let clean = Dictionary(
            try run(60).0.map { ($0.sensor + $0.kind + String($0.record.eventMs), $0.value) }, uniquingKeysWith: { a, _ in a })
        #expect(report.jumping.count == 2)
        for device in report.jumping {
            let readings = all.filter { $0.sensor == device && $0.kind == "water_level" }
            let sound = readings.map { clean[device + $0.kind + String($0.record.eventMs)] ?? 0 }
            let unit = town.sensors.first { $0.id == device }?.unit == "cm" ? 100.0 : 1
            // Down, so that it raises no alarm.
            let far = zip(readings, sound).filter { $1 - $0.value >= unit }
            #expect(zip(readings, sound).allSatisfy { $0.value <= $1 })
            #expect((3...30).contains(far.count) && readings.count == 120, "\(far.count)")
        }
    }

    @Test func `of a biased group one member is off`() throws {
        let (all, report) = try run(20, dirt: Self.faults)
        #expect(report.biased.count == 3)
        for device in report.biased where !device.hasPrefix("gauge") {
            let street = try #require(town.sensors.first { $0.id == device }?.street)
            let c = counts(all, street, 8)
            let ratio = device.hasPrefix("cam") ? Double(c.camera) / c.loop : c.loop / Double(c.camera)
            #expect((0.3...0.7).contains(ratio), "\(device) \(c)")
        }
    }

    @Test func `no fault is planted at an incident, and one sensor has one fault`() throws {
        let streets = Set(town.sensors.map(\.street)).sorted()
        let incidents = streets.dropLast(2).map {
            Incident(kind: .crash, label: "\($0)", street: $0, startMs: 0, durationMs: 60_000)
        }
        let (_, report) = try run(20, dirt: DirtConfig(stuckDevices: 50, jumpingDevices: 50, biasedGroups: 50),
            incidents: incidents)
        let faulty = report.stuck.map(\.device) + report.jumping + report.biased
        #expect(!faulty.isEmpty && Set(faulty).count == faulty.count)
        let free = Set(streets.suffix(2))
        for d in faulty { #expect(free.contains(town.sensors.first { $0.id == d }?.street ?? 0), "\(d)") }
    }
}

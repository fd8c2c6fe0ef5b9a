import CityModel
import Contracts
import Simulator
import Testing

@Suite struct CityTests {
    let town: Catalogue
    init() throws { town = try Town.load() }

    private func run(_ minutes: Int64, after: Int64 = 0, _ incidents: [Incident] = []) throws -> [Sent] {
        var sim = try CitySimulator(
            catalogue: town,
            config: SimulatorConfig(
                start: Town.start + after, durationMs: minutes * 60_000, dirt: .none, incidents: incidents))
        return sim.all()
    }

    @Test func `the morning rush is slow and full, the night fast and empty, the weekend in between`() throws {
        let rush = try run(20)
        let night = try run(20, after: -5 * 3_600_000)
        let sunday = try run(20, after: -2 * 86_400_000)
        for street in [Town.crash, Town.flood] {
            let v = [rush, sunday, night].map { $0.mean("speed", street) }
            let n = [rush, sunday, night].map { $0.mean("vehicles", street) }
            let o = [rush, sunday, night].map { $0.mean("occupancy", street) }
            #expect(v[0] < v[1] && v[1] < v[2])
            #expect(n[0] > n[2] && o[0] > o[1] && o[1] > o[2])
        }
    }

    @Test func `occupancy fits flow and speed, and loops agree with floating cars`() throws {
        let all = try run(30)
        let readings = all.filter { $0.record.street == Town.crash }
        let loop = readings.filter { $0.sensor.hasPrefix("loop") && $0.kind == "speed" }.map(\.value)
        let cars = readings.filter { $0.sensor.hasPrefix("fcd") }.map(\.value)
        let speed = loop.reduce(0, +) / Double(loop.count)
        #expect(abs(speed - cars.reduce(0, +) / Double(cars.count)) < speed * 0.05)
        // Vehicle and detector are 7 m long: occupancy % = 100 * (veh/h) / (km/h) * 0.007.
        let flow = all.mean("vehicles", Town.crash) * 180
        #expect(abs(all.mean("occupancy", Town.crash) - 0.7 * flow / speed) < 3)
    }

    @Test func `a crash slows its street and in part the neighbours, fills the loops and halves the flow`() throws {
        let crash = Incident(kind: .crash, label: "c", street: Town.crash, startMs: 600_000, durationMs: 600_000)
        let all = try run(20, [crash])
        let hit = Town.start.ms + 615_000
        func change(_ kind: String, _ street: UInt64) -> Double {
            all.mean(kind, street, from: hit) / all.mean(kind, street, to: Town.start.ms + 600_000)
        }
        #expect((5...15).contains(all.mean("speed", Town.crash, from: hit)))
        #expect(change("speed", Town.crash) < 0.6 && change("occupancy", Town.crash) > 1.2)
        #expect(change("vehicles", Town.crash) < 0.7)
        #expect((change("speed", Town.crash)..<0.95).contains(change("speed", Town.crash + 1000)))
        #expect(change("speed", Town.flood) > 0.8)
    }

    @Test func `a flood fills the underpass under heavy rain over its district alone`() throws {
        let flood = Incident(kind: .flood, label: "f", street: Town.flood, startMs: 60_000, durationMs: 900_000)
        let all = try run(15, [flood])
        let late = Town.start.ms + 300_000
        #expect((0.55...0.7).contains(all.mean("water_level", Town.flood, from: late)))
        #expect(all.mean("water_level", Town.flood, to: Town.start.ms + 60_000) < 0.1)
        #expect(all.mean("water_level", Town.flood + 1000, from: late) < 0.15)
        #expect(all.mean("rainfall", Town.flood + 2000, from: late) > 0.5)
        #expect(all.mean("rainfall", Town.crash, from: late) < 0.5)
        #expect(all.mean("speed", Town.flood, from: late) < 15)
    }

    @Test func `a gas leak rises to 60 % LEL, faster and faster, and fades`() throws {
        let leak = Incident(kind: .gasLeak, label: "g", street: Town.crash, startMs: 60_000, durationMs: 300_000)
        let all = try run(12, [leak])
        let v = all.filter { $0.sensor == "gas-440106001-01" }.map(\.value)
        #expect((v.max() ?? 0) > 55 && (v.max() ?? 0) < 70)
        #expect((v.first ?? 99) < 3 && (v.last ?? 99) < 3)
        #expect(all.mean("gas", Town.flood) < 3)
    }

    @Test func `a square fills to 6 to 8 people a square metre before one camera`() throws {
        let crowd = Incident(
            kind: .crowd, label: "p", street: Town.plaza, device: "cam-440103002-02", startMs: 30_000,
            durationMs: 600_000)
        let frames = try run(5, [crowd]).filter { $0.sensor == "cam-440103002-02" }
        let people = frames.map { $0.objects.filter { $0.contains("|Person") }.count }
        #expect((people.first ?? 999) < 60)
        #expect((550...850).contains(people.last ?? 0))
        #expect(frames.allSatisfy { $0.payload.count <= 65_536 })
    }

    private func runGates(_ minutes: Int64, _ incidents: [Incident] = []) throws -> [Sent] {
        var sim = try CitySimulator(
            catalogue: try Town.load(gates: true),
            config: SimulatorConfig(
                start: Town.start, durationMs: minutes * 60_000, dirt: .none, incidents: incidents))
        return sim.all()
    }

    @Test func `a fire raises smoke first, then heat, in its street alone`() throws {
        let fire = Incident(kind: .fire, label: "f", street: Town.crash, startMs: 60_000, durationMs: 300_000)
        let all = try runGates(15, [fire])
        func values(_ kind: String, _ street: UInt64) -> [(ms: Int64, v: Double)] {
            all.filter { $0.kind == kind && $0.record.street == street }.map { ($0.record.eventMs - Town.start.ms, $0.value) }
        }
        let (smoke, heat) = (values("smoke", Town.crash), values("temperature", Town.crash))
        let smoky = try #require(smoke.first { $0.v > 6 }?.ms)
        let hot = try #require(heat.first { $0.v > 70 }?.ms)
        #expect(smoky > 60_000 && hot > smoky)
        #expect((smoke.map(\.v).max() ?? 0) > 20 && (300...400).contains(heat.map(\.v).max() ?? 0))
        #expect((smoke.last?.v ?? 99) < 1 && (heat.last?.v ?? 99) < 40)
        #expect(values("smoke", Town.flood).allSatisfy { $0.v < 1 })
        #expect(values("temperature", Town.flood).allSatisfy { (15...35).contains($0.v) })
    }

    @Test func `those who come and go are those whom the camera of the square sees more and fewer`() throws {
        let camera = "cam-440103002-02"
        let crowd = Incident(
            kind: .crowd, label: "p", street: Town.plaza, device: camera, startMs: 60_000, durationMs: 180_000)
        let all = try runGates(10, [crowd])
        func net(_ from: Int64, _ to: Int64) -> Double {
            all.filter {
                $0.record.street == Town.plaza && $0.record.eventMs > Town.start.ms + from
                    && $0.record.eventMs <= Town.start.ms + to
            }.reduce(0) { sum, s in
                sum + (s.kind == "people_in" ? s.value : s.kind == "people_out" ? -s.value : 0)
            }
        }
        func seen(_ from: Int64, _ to: Int64) -> Double {
            let n = all.filter {
                $0.sensor == camera && $0.record.eventMs > Town.start.ms + from && $0.record.eventMs <= Town.start.ms + to
            }.map { Double($0.objects.count { $0.contains("|Person") }) }
            return n.reduce(0, +) / Double(n.count)
        }
        // Counters report every 20 s: the crowd of a moment is known that well.
        let came = seen(180_000, 220_000) - seen(20_000, 60_000)
        #expect(came > 500 && abs(net(60_000, 200_000) - came) < 0.15 * came)
        #expect(abs(net(240_000, 420_000) + came) < 0.2 * came)
        let calm = try runGates(10)
        let through = calm.filter { $0.kind == "people_in" && $0.record.street == Town.plaza }.map(\.value)
        #expect(through.reduce(0, +) > 0 && (through.max() ?? 99) < 10)
    }

    @Test func `a wrong-way vehicle is an event of the full schema, against its lane`() throws {
        let camera = try #require(
            try run(1).first { $0.json?["mdsversion"] != nil }?.json?["sensor"] as? [String: Any])
        let id = try #require(camera["id"] as? String)
        let street = try #require(town.sensors.first { $0.id == id }?.street)
        let wrong = Incident(
            kind: .wrongWay, label: "w", street: street, device: id, startMs: 20_000, durationMs: 60_000)
        let all = try run(3, [wrong]).filter { ($0.json?["sensor"] as? [String: Any])?["id"] as? String == id }
        let hits = all.filter { ($0.json?["event"] as? [String: Any])?["type"] as? String == "wrong-way" }
        #expect(hits.count > 8 && hits.count < all.count)
        let calm = try run(3).filter { ($0.json?["sensor"] as? [String: Any])?["id"] as? String == id }
        for h in hits {
            let before = try #require(calm.first { $0.record.eventMs == h.record.eventMs })
            let directions = [h, before].map { ($0.json?["object"] as? [String: Any])?["direction"] as? Double ?? -1 }
            #expect(abs(directions[0] - directions[1]) == 180)
        }
    }

    @Test func `an incident changes nothing in the other district`() throws {
        let crash = Incident(kind: .crash, label: "c", street: Town.crash, startMs: 0, durationMs: 60_000)
        func others(_ all: [Sent]) -> [[UInt8]] {
            all.filter { $0.record.street / 1_000_000 == 440_103 }.map(\.payload)
        }
        let with = try run(3, [crash])
        #expect(others(with) == others(try run(3)))
    }

    @Test func `the demo has one incident of each kind in its first three minutes, the first in Tianhe`() throws {
        let demo = Incident.demo(town)
        #expect(Set(demo.map(\.kind)) == [.crash, .flood, .gasLeak, .crowd, .wrongWay, .fire] && demo.count == 6)
        #expect(demo.allSatisfy { $0.startMs < 180_000 } && Set(demo.map(\.street)).count == 6)
        #expect(demo[0].kind == .crash && demo[0].startMs <= 20_000 && demo[0].street / 1_000_000 == 440_106)
        let lines = Incident.labels(demo, start: Town.start).split(separator: 10)
        #expect(lines.count == 6)
        let random = Incident.random(town, seed: 3, count: 8, durationMs: 3_600_000)
        #expect(random.count == 8 && random == Incident.random(town, seed: 3, count: 8, durationMs: 3_600_000))
        #expect(random != Incident.random(town, seed: 4, count: 8, durationMs: 3_600_000))
    }
}

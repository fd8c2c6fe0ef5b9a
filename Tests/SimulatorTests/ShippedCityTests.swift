import CityModel
import Contracts
import Foundation
@testable import Simulator
import Testing

private enum Shipped {
    static let topics = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Topics").path
    static var isHere: Bool { FileManager.default.fileExists(atPath: topics) }
}

@Suite(.enabled(if: Shipped.isHere, "Topics/ is not in this checkout")) struct ShippedCityTests {
    @Test func `the shipped city runs its demo: a crash in Tianhe is seen within the first minute`() throws {
        let city = try Catalogue.load(Shipped.topics)
        let demo = Incident.demo(city)
        #expect(Set(demo.map(\.kind)) == [.crash, .flood, .gasLeak, .crowd, .wrongWay, .fire])
        var sim = try CitySimulator(
            catalogue: city,
            config: SimulatorConfig(start: Town.start, durationMs: 300_000, dirt: .none, incidents: demo))
        let all = sim.all()
        let crash = try #require(demo.first { $0.kind == .crash })
        #expect(crash.street / 1_000_000 == 440_106)
        let seen = all.mean(
            "speed", crash.street, from: Town.start.ms + crash.startMs + 6000, to: Town.start.ms + 60_000)
        // The car and the loop before the crash stand nearly still, the loop behind it is free.
        #expect(seen < 30)
        let crowd = try #require(demo.first { $0.kind == .crowd }?.device)
        let people = all.filter { $0.sensor == crowd }.map { $0.objects.filter { $0.contains("|Person") }.count }
        let area = city.sensors.first { $0.id == crowd && $0.kind == "persons" }?.areaM2 ?? 0
        #expect(Double(people.max() ?? 0) > area * 5.5)
        let wrong = all.filter { ($0.json?["event"] as? [String: Any])?["type"] as? String == "wrong-way" }
        #expect(!wrong.isEmpty)
    }

    @Test func `every source of the shipped registry is heard in the first minute, in its contract's range`() throws {
        let city = try Catalogue.load(Shipped.topics)
        var sim = try CitySimulator(
            catalogue: city, config: SimulatorConfig(start: Town.start, durationMs: 61_000, dirt: .none))
        let all = sim.all()
        let readings = all.filter { city.contracts[$0.record.contract].format == .kapokJSON }
        let heard = Set(readings.map { $0.sensor + "/" + $0.kind })
        let cameras = Set(city.sensors.filter { $0.kind == "persons" || $0.kind == "vehicles_seen" }.map(\.id))
        let rows = city.sensors.filter { !cameras.contains($0.id) }
        #expect(heard == Set(rows.filter { $0.intervalSeconds <= 60 }.map { $0.id + "/" + $0.kind }))
        let rules = Dictionary(uniqueKeysWithValues: city.contracts.flatMap(\.kinds).map { ($0.name, $0) })
        for s in readings {
            let rule = try #require(rules[s.kind])
            let unit = try #require(s.json?["unit"] as? String)
            #expect(rule.range.contains(s.value * (rule.conversions[unit] ?? .nan)))
        }
    }

    @Test func `a group is a loop and a camera that shows all that passes, or two gauges`() throws {
        let city = try Catalogue.load(Shipped.topics)
        let full = Sources.fullSchemaCameras(city, every: SimulatorConfig.usualFullSchemaEvery)
        let groups = Dictionary(grouping: city.sensors.filter { $0.group != nil }) { "\($0.street) \($0.group ?? "")" }
        for (name, members) in groups {
            let kinds = members.map(\.kind).sorted()
            #expect(kinds == ["vehicles", "vehicles_seen"] || kinds == ["water_level", "water_level"], "\(name)")
            #expect(members.allSatisfy { !full.contains($0.id) }, "\(name)")
        }
        #expect(groups.count { $0.value.count == 2 && $0.key.hasSuffix(" A") } >= 50)
        #expect(groups.count { $0.key.hasSuffix(" water") } >= 10)
    }
}

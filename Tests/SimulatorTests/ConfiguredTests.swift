import CityModel
import Contracts
@testable import Simulator
import Testing

/// Kinds that a contract says how to simulate.
@Suite struct ConfiguredTests {
    static let hour: Int64 = 3_600_000

    /// The town whose smoke sensors are simulated by configuration.
    private func town(_ simulate: String) throws -> Catalogue { try Town.load(smoke: simulate) }

    private func run(
        _ c: Catalogue, _ minutes: Int64, after: Int64 = 0, _ configured: [ConfiguredIncident] = []
    ) throws -> [Sent] {
        var config = SimulatorConfig(start: Town.start + after, durationMs: minutes * 60_000, dirt: .none)
        config.configured = configured
        var sim = try CitySimulator(catalogue: c, config: config)
        return sim.all()
    }

    @Test func `values lie about their base, sensors within the spread, readings within the noise`() throws {
        let c = try town("{ base: 40, spread: 10, noise: 0.5, decimals: 2 }")
        let all = try run(c, 20).filter { $0.kind == "smoke" }
        #expect(all.count == 400)
        let means = Dictionary(grouping: all, by: \.sensor).mapValues { r in
            r.map(\.value).reduce(0, +) / Double(r.count)
        }
        #expect(means.values.allSatisfy { (29.5...50.5).contains($0) })
        #expect((means.values.max() ?? 0) - (means.values.min() ?? 0) > 5)
        for r in all { #expect(abs(r.value - (means[r.sensor] ?? 0)) < 2) }
        #expect(try run(c, 20).map(\.payload) == run(c, 20).map(\.payload))
    }

    @Test func `a day's rhythm peaks at its hour, and may follow the roads`() throws {
        // The town's start is 08:00 local.
        let noon = try town("{ base: 40, daily: { peak: 14h, amplitude: 20 } }")
        func mean(_ c: Catalogue, _ hours: Int64) throws -> Double {
            try run(c, 2, after: hours * Self.hour).mean("smoke", Town.crash)
        }
        #expect(try abs(mean(noon, 6) - 60) < 0.5 && abs(mean(noon, 18) - 20) < 0.5)
        #expect(abs(try mean(noon, 0) - 40) < 0.5)
        let roads = try town("{ base: 40, daily: { follows: traffic, amplitude: 20 } }")
        #expect(try mean(roads, 0) > 55 && mean(roads, 18) < 25)
    }

    @Test func `its incident is seen in its street, in part in the district, and nowhere else`() throws {
        let c = try town("{ base: 10, incident: { name: haze, add: 50, district: 0.4, rise: 1m, fade: 2m } }")
        let haze = try #require(ConfiguredIncident.demo(c).first)
        #expect(haze.name == "haze" && haze.measure == "smoke" && haze.street == Town.flood && haze.riseMs == 60_000)
        var short = haze
        (short.startMs, short.durationMs) = (300_000, 300_000)
        let all = try run(c, 20, [short])
        func mean(_ street: UInt64, _ from: Int64, _ to: Int64) -> Double {
            all.mean("smoke", street, from: Town.start.ms + from * 60_000, to: Town.start.ms + to * 60_000)
        }
        #expect(abs(mean(Town.flood, 0, 5) - 10) < 0.5 && abs(mean(Town.flood, 6, 10) - 60) < 0.5)
        #expect(abs(mean(Town.plaza, 6, 10) - 30) < 0.5 && abs(mean(Town.crash, 6, 10) - 10) < 0.5)
        #expect((20...50).contains(mean(Town.flood, 10, 12)) && abs(mean(Town.flood, 13, 20) - 10) < 0.5)
        #expect(ConfiguredIncident.demo(c, except: [Town.flood])[0].street != Town.flood)
    }

    @Test func `what one kind simulates changes no reading of another`() throws {
        let (a, b) = (try town("{ base: 10 }"), try Town.load())
        func others(_ c: Catalogue) throws -> [[UInt8]] { try run(c, 5).filter { $0.kind != "smoke" }.map(\.payload) }
        #expect(try others(a) == others(b))
    }

    @Test func `values stay in the contract's range`() throws {
        let c = try town("{ base: 1, spread: 50, wander: 300, noise: 200 }")
        for r in try run(c, 10) where r.kind == "smoke" { #expect((0...100).contains(r.value)) }
    }

    @Test func `an incident of a place that is no street is refused`() throws {
        let c = try town("{ base: 10 }")
        let odd = ConfiguredIncident(name: "x", label: "x", street: 1, startMs: 0, durationMs: 1, measure: "smoke")
        #expect(throws: KapokError.self) { try run(c, 1, [odd]) }
        var late = odd
        (late.street, late.durationMs) = (Town.crash, 0)
        #expect(throws: KapokError.self) { try run(c, 1, [late]) }
    }

    @Test func `labels say what is true of it`() throws {
        let i = ConfiguredIncident(
            name: "haze", label: "demo-haze", street: Town.crash, startMs: 60_000, durationMs: 120_000,
            measure: "smoke")
        let text = String(decoding: ConfiguredIncident.labels([i], start: Town.start), as: UTF8.self)
        #expect(
            text == #"{"end":"2026-11-24T00:03:00Z","kind":"haze","label":"demo-haze","measure":"smoke","#
                + #""start":"2026-11-24T00:01:00Z","street":"440106001000"}"# + "\n")
    }
}

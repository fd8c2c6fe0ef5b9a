import CityModel
import Foundation
import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// Sensors of one group are compared; who is off weighs less.
@Suite struct AgreementTests {
    typealias Flag = SensorFindings.Flag

    func level(_ readings: [String], _ street: String, _ at: Int64 = 0) throws -> Summary {
        try #require(try WatchedCity.hub(readings).row(street, "water_level", "1m", eight + at))
    }
    func pair(_ a: Double?, _ b: Double?) throws -> Summary {
        try level(
            [("gauge-a", a), ("gauge-b", b)].compactMap { id, v in v.map { WatchedCity.water(id, $0, 10) } },
            WatchedCity.pair)
    }
    func trio(_ v: [Double]) throws -> Summary {
        try level(v.enumerated().map { WatchedCity.water("gauge-\($0 + 1)", $1, 10) }, WatchedCity.trio)
    }

    @Test func `two gauges that say the same agree`() throws {
        let s = try pair(0.30, 0.35)
        let g = try #require(s.agreement)
        #expect(g.status == .agree && g.off == [] && g.group == "w" && g.quantity == "water_level")
        #expect(g.members.map(\.sensor) == ["gauge-a", "gauge-b"] && g.members.map(\.value) == [0.30, 0.35])
        #expect(near(g.tolerance, 0.1) && s.quality == 1 && s.flagged == 0 && s.flags == [])
        #expect(near(s.values["weighted"], 0.325) && near(s.values["mean"], 0.325))
    }

    @Test(arguments: [(0.30, 0.40), (0.1, 0.2), (0.7, 0.8), (-0.3, -0.2), (1.1, 1.0)])
    func `a difference of exactly the tolerance agrees, a millionth more does not`(a: Double, b: Double) throws {
        #expect(try pair(a, b).agreement?.status == .agree)
        let wider = a < b ? b + 1e-6 : a + 1e-6
        #expect(try pair(min(a, b), wider).agreement?.status == .disagree)
    }

    @Test func `where two disagree nobody can say who is off, and both weigh half`() throws {
        let s = try pair(0.30, 0.50)
        let g = try #require(s.agreement)
        #expect(g.status == .disagree && g.off == [])
        #expect(s.flags == ["gauge-a", "gauge-b"].map { Flag(sensor: $0, flag: .disagree, weight: 0.5) })
        // (0.5 * 0.3 + 0.5 * 0.5) / 1: both weigh alike, and the value stays.
        #expect(near(s.values["weighted"], 0.40) && s.quality == 0.5 && s.flagged == 2)
    }

    @Test func `of two that disagree the one that is stuck is off, and weighs less once`() throws {
        // gauge-a stands still at 0.30 m, the water rises by 3 cm a minute to 0.72 m.
        let readings = (0..<15 as Range<Int64>).flatMap { i in
            [
                WatchedCity.water("gauge-a", 0.30, i * 60), WatchedCity.water("gauge-b", 0.30 + 0.03 * Double(i), i * 60),
            ]
        }
        let s = try level(readings, WatchedCity.pair, 12 * minute)
        #expect(s.agreement?.status == .disagree && s.agreement?.off == ["gauge-a"])
        #expect(s.flags == [Flag(sensor: "gauge-a", flag: .stuck, weight: 0.1)] && s.flagged == 1)
        // Minute 12: 0.30 weighs 0.1, 0.66 weighs 1.
        #expect(near(s.values["weighted"], (0.03 + 0.66) / 1.1) && near(s.quality, 0.55))
        // Before anything is stuck nobody can say.
        let before = try level(readings, WatchedCity.pair, 5 * minute)
        #expect(before.agreement?.off == [] && before.flagged == 2)
    }

    @Test func `who stands alone against two is off`() throws {
        let s = try trio([0.30, 0.32, 0.70])
        #expect(s.agreement?.status == .disagree && s.agreement?.off == ["gauge-3"])
        #expect(s.flags == [Flag(sensor: "gauge-3", flag: .off, weight: 0.1)] && s.flagged == 1)
        #expect(near(s.values["weighted"], (0.30 + 0.32 + 0.07) / 2.1) && near(s.quality, 0.7))
        #expect(near(s.values["mean"], 1.32 / 3) && s.values["max"] == 0.70)
    }

    @Test(arguments: [[0.1, 0.5, 0.9], [0.10, 0.18, 0.26]])
    func `where there is no majority against anyone all weigh half`(v: [Double]) throws {
        let s = try trio(v)
        #expect(s.agreement?.status == .disagree && s.agreement?.off == [])
        #expect(s.flags.map(\.flag) == [.disagree, .disagree, .disagree] && s.quality == 0.5)
    }

    @Test func `one that reports alone is unconfirmed, at full weight`() throws {
        let s = try pair(nil, 0.3)
        let g = try #require(s.agreement)
        #expect(g.status == .unconfirmed && g.members.map(\.value) == [nil, 0.3] && g.off == [])
        #expect(s.findings?.silent == ["gauge-a"] && s.flags == [] && s.quality == 1 && s.values["weighted"] == 0.3)
    }

    @Test func `where the whole group is silent there is nothing to compare`() throws {
        let s = try level([WatchedCity.water("gauge-1", 0.1, 10)], WatchedCity.pair)
        #expect(s.findings == SensorFindings(silent: ["gauge-a", "gauge-b"], flags: [], agreements: []))
        #expect(s.quality == nil && s.flagged == 0 && s.severity == .unknown)
    }

    /// A loop that counts 4 vehicles each 20 s for 5 minutes (60), and a camera that sees `seen` different ones.
    func road(seen: Int) throws -> MiniHub {
        let loop = (0..<15 as Range<Int64>).map { reading("loop-1", 4_000_000, at: $0 * 20_000, kind: "vehicles") }
        let frames = (0..<60).map { f in
            // Each is in two frames.
            minimal("cam-1", [f - 1, f].filter { (0..<seen).contains($0) }.map { ("\($0)", "Car") }, at: Int64(f) * 5_000)
        }
        return try WatchedCity.hub(loop, video: frames)
    }

    @Test(arguments: [(60, true), (54, true), (53, false), (30, false), (0, false)])
    func `a loop's vehicles are a camera's different tracked objects, within a tenth`(seen: Int, agree: Bool) throws {
        let hub = try road(seen: seen)
        for measure in ["flow", "video_vehicles"] {
            let s = try #require(hub.row(WatchedCity.road, measure, "5m", eight))
            let g = try #require(s.agreement)
            #expect(g.quantity == "vehicles" && g.status == (agree ? .agree : .disagree) && g.off == [])
            #expect(g.members.map(\.kind) == ["vehicles", "vehicles_seen"])
            #expect(g.members.map(\.value) == [60, Double(seen)] && near(g.tolerance, 6))
            let own = measure == "flow" ? "loop-1" : "cam-1"
            #expect(s.flags == (agree ? [] : [Flag(sensor: own, flag: .disagree, weight: 0.5)]))
        }
    }

    @Test func `windows shorter than the rule's time are not judged`() throws {
        let hub = try road(seen: 0)
        for minutes in 0..<5 as Range<Int64> {
            let s = try #require(hub.row(WatchedCity.road, "flow", "1m", eight + minutes * minute))
            #expect(s.agreement == nil && s.flags == [] && s.quality == 1)
        }
    }

    @Test func `a theme that reads only one of a group compares nothing`() throws {
        let theme = (TinyCity.files["themes/city.yaml"] ?? "").components(separatedBy: "  tti:")[0]
        let city = try WatchedCity.load()
        let alone = try TinyCity([
            "themes/city.yaml": theme, "sensors/all.csv": WatchedCity.registry(groups: true),
            "inputs/sensor-readings.yaml": try watched("sensor-readings", city),
            "inputs/video.yaml": try watched("video", city),
        ])
        let hub = try WatchedCity.hub([reading("loop-1", 4_000_000, at: 0, kind: "vehicles")], alone)
        let s = try #require(hub.row(WatchedCity.road, "flow", "5m", eight))
        #expect(s.agreement == nil && s.findings == nil)
    }

    private func watched(_ name: String, _ city: TinyCity) throws -> String {
        try String(contentsOfFile: city.catalogue.root + "/inputs/\(name).yaml", encoding: .utf8)
    }
}

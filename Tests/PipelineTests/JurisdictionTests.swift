import CityModel
import Contracts
import Foundation
import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// The shipped theme of rain and the shipped jurisdictions, over the tiny city.
@Suite struct JurisdictionTests {
    static func city(_ jurisdiction: String) throws -> TinyCity {
        func shipped(_ path: String) throws -> String {
            try String(contentsOf: Repo.root.appending(path: "Topics/\(path)"), encoding: .utf8)
        }
        return try TinyCity([
            "city.yaml": "jurisdiction: \(jurisdiction)\n", "themes/city.yaml": try shipped("themes/rain.yaml"),
            "jurisdictions/national.yaml": try shipped("jurisdictions/national.yaml"),
            "jurisdictions/guangdong.yaml": try shipped("jurisdictions/guangdong.yaml"),
        ])
    }

    /// What fell on the one gauge of a street, mm, hours after eight.
    private func hub(_ jurisdiction: String, _ rain: [(hour: Double, mm: Int64)]) throws -> MiniHub {
        let hub = try MiniHub(Self.city(jurisdiction), partitions: ["sensor-readings"])
        hub.feed(0, rain.map { reading("rain-3", $0.mm * 1_000_000, at: Int64($0.hour * 3_600_000), kind: "rainfall") })
        hub.commit(to: eight + 48 * 3_600_000)
        return hub
    }

    /// Severities of the windows that end `hours` after eight, by measure.
    private func severities(_ hub: MiniHub, _ hours: Int64) throws -> [String: Severity] {
        var out: [String: Severity] = [:]
        for (w, h) in [("3h", 3), ("6h", 6), ("12h", 12), ("24h", 24)] as [(String, Int64)] {
            let start = eight + (hours - h) * 3_600_000
            out["rain_\(w)"] = try #require(hub.row("440106002000", "rain_\(w)", w, start)).severity
        }
        return out
    }

    @Test func `the same rain is blue under the national signals, and nothing in Guangdong`() throws {
        // 30 mm, and 30 mm eight hours later: 60 mm in 12 hours, 30 in 6.
        let rain = [(0.0, 30), (8.0, 30)] as [(hour: Double, mm: Int64)]
        let (nation, south) = (try hub("national", rain), try hub("guangdong", rain))
        let plain: [String: Severity] = ["rain_3h": .normal, "rain_6h": .normal, "rain_12h": .blue, "rain_24h": .yellow]
        #expect(try severities(nation, 9) == plain)
        #expect(try severities(south, 9) == plain.merging(["rain_12h": .normal]) { $1 })
    }

    @Test func `each signal has its hours and its amount`() throws {
        for jurisdiction in ["national", "guangdong"] {
            // 25 mm an hour from 8 to 10, the third at 12: 50 in 3 hours; 100 in 3 hours is red.
            let orange = try severities(hub(jurisdiction, [(0.5, 25), (1.5, 25)]), 2)
            #expect(orange["rain_3h"] == .orange && orange["rain_6h"] == .yellow)
            let red = try severities(hub(jurisdiction, [(0.5, 50), (1.5, 50)]), 2)
            #expect(red["rain_3h"] == .red)
            let yellow = try severities(hub(jurisdiction, [(0.5, 25), (4.5, 25)]), 5)
            #expect(yellow["rain_3h"] == .normal && yellow["rain_6h"] == .yellow)
            let none = try severities(hub(jurisdiction, [(0.5, 24), (1.5, 25)]), 2)
            #expect(none["rain_3h"] == .normal && none["rain_6h"] == .normal && none["rain_24h"] == .blue)
        }
    }

    @Test func `a jurisdiction changes severities and the fingerprint, and nothing that is measured`() throws {
        let rain = [(0.0, 30), (8.0, 30)] as [(hour: Double, mm: Int64)]
        let (nation, south) = (try hub("national", rain), try hub("guangdong", rain))
        #expect(nation.theme.fingerprint != south.theme.fingerprint)
        #expect(nation.view.keys == south.view.keys && nation.view.count > 100)
        for (key, row) in nation.view {
            #expect(south.view[key]?.digest == row.digest && south.view[key]?.values == row.values)
        }
    }
}

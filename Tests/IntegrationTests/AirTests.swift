import CityModel
import Contracts
import Foundation
import HubAPI
import TestSupport
import Testing

/// The shipped theme of the air, from the simulated city to its rows, through the program.
@Suite struct AirTests {
    struct Reading: Decodable {
        var sensor, street, kind, unit, ts: String
        var value: Double
    }

    /// Sub-index of an hour's mean by the standard's formula, with tables of this test's own.
    static func subIndex(_ kind: String, _ x: Double) -> Double {
        let tables: [String: [Double]] = [
            "pm25": [0, 35, 60, 115, 150, 250, 350, 500], "pm10": [0, 50, 120, 250, 350, 420, 500, 600],
            "no2": [0, 100, 200, 700, 1200, 2340, 3090, 3840], "o3": [0, 160, 200, 300, 400, 800, 1000, 1200],
            "so2": [0, 150, 500, 650, 800], "co": [0, 5, 10, 35, 60, 90, 120, 150],
        ]
        let (t, indices) = (tables[kind] ?? [], [0.0, 50, 100, 150, 200, 300, 400, 500])
        guard let i = t.indices.dropFirst().first(where: { x <= t[$0] }) else { return indices[max(0, t.count - 1)] }
        return (indices[i - 1] + (indices[i] - indices[i - 1]) * (x - t[i - 1]) / (t[i] - t[i - 1])).rounded(.up)
    }

    @Test func `each street's index is that of its readings, and the smog is seen where it is`() throws {
        let here = try ThemeFolder()
        let run = try here.sh(
            """
            kapok simulate --contract air-quality --clean --incidents demo --start 2026-11-24T04:00:00Z \\
                --duration 30m --output air.jsonl --labels labels.jsonl
            kapok process --contract air-quality --input air.jsonl --summaries rows.jsonl --skip-empty
            """)
        #expect(run.code == 0, "\(run.output)")
        let readings = try String(contentsOf: here.folder.file("air.jsonl"), encoding: .utf8).split(separator: "\n")
            .map { try JSONDecoder().decode(Reading.self, from: Data($0.utf8)) }
        #expect(readings.count > 33 * 6 * 28)
        let rows = try here.rows("rows.jsonl").filter { $0.window == "1h" }
        // The windows that hold all 30 minutes end from 4:30 to 5:00; we look at the one from 4:00.
        let start = try #require(EventTime(rfc3339: "2026-11-24T04:00:00Z"))
        var byStreet: [String: [String: [Double]]] = [:]
        for r in readings { byStreet[r.street, default: [:]][r.kind, default: []].append(r.value) }
        var worst: [String: Double] = [:]
        for (street, kinds) in byStreet {
            for (kind, values) in kinds {
                let mean = values.reduce(0, +) / Double(values.count)
                let row = try #require(
                    rows.first { $0.place == street && $0.measure == "iaqi_\(kind)" && $0.start == start })
                #expect(row.value == Self.subIndex(kind, mean), "\(kind) \(mean) in \(street)")
                worst[street] = max(worst[street] ?? 0, row.value ?? 0)
            }
        }
        #expect(byStreet.count == 33)
        struct Label: Decodable { var kind, street: String }
        let labels = try String(contentsOf: here.folder.file("labels.jsonl"), encoding: .utf8).split(separator: "\n")
            .map { try JSONDecoder().decode(Label.self, from: Data($0.utf8)) }
        let smog = try #require(labels.first { $0.kind == "smog" }).street
        for (street, index) in worst {
            let row = try #require(rows.first { $0.place == street && $0.measure == "aqi" && $0.start == start })
            #expect(row.value == index)
            #expect((row.severity >= .yellow) == (street == smog), "\(street) \(index)")
            if street.prefix(6) != smog.prefix(6) { #expect(row.severity == .normal) }
        }
        let city = try #require(rows.first { $0.level == .city && $0.measure == "aqi" && $0.start == start })
        #expect(city.severity == .normal && city.reporting == 33 * 6)
    }
}

import CityModel
import Foundation
import HubAPI
import Testing

/// Summaries as the hub writes them by hand, against JSONEncoder.
@Suite struct SummaryJSONTests {
    static let agreement = SensorFindings.Agreement(
        group: "桥下", quantity: "water_level", status: .disagree, tolerance: 0.1,
        members: [
            .init(sensor: "gauge-\"1\"", kind: "water_level", value: 0.1 + 0.2),
            .init(sensor: "水尺/2", kind: "water_level", value: nil), .init(sensor: "c\\d", kind: "water_level", value: -3),
        ], off: ["c\\d"])
    static let findings: [SensorFindings?] = [
        nil, SensorFindings(silent: [], flags: [], agreements: []),
        SensorFindings(silent: ["a", "粤-loop"], flags: [], agreements: []),
        SensorFindings(
            silent: ["x"],
            flags: [.init(sensor: "a", flag: .stuck, weight: 0.1), .init(sensor: "b", flag: .disagree, weight: 1)],
            agreements: [agreement, agreement]),
    ]

    @Test(arguments: findings, [(nil, nil), (0.55, 3), (1, 0)] as [(Double?, Int?)])
    func `a summary with findings is written as JSONEncoder would, and read back as it was`(
        findings: SensorFindings?, checked: (quality: Double?, flagged: Int?)
    ) throws {
        let s = Summary(
            place: "440106001000", level: .street, theme: "emergency", measure: "water_level", window: "1m",
            start: EventTime(ms: 60_000), end: EventTime(ms: 120_000), status: .revised, revision: 2, unit: "m",
            value: 0.3, values: ["weighted": 1.0 / 3, "mean": 1e-7, "max": 2], severity: .red, count: 7, expected: 3,
            reporting: 2, coverage: 200.0 / 3, late: 1, quality: checked.quality, flagged: checked.flagged,
            findings: findings, digest: "d")
        var bytes: [UInt8] = []
        s.appendJSON(to: &bytes)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: bytes, as: UTF8.self) == String(decoding: try encoder.encode(s), as: UTF8.self))
        #expect(try JSONDecoder().decode(Summary.self, from: Data(bytes)) == s)
    }
}

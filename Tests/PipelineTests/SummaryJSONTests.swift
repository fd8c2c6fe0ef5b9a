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

    static let evidence: [Evidence] = [
        Evidence(parts: []), Evidence(parts: [.init(measure: "积\"水", value: 0.1 + 0.2, unit: "m")], leading: "积\"水"),
        Evidence(parts: [.init(measure: "a", value: nil, unit: "1")], level: .orange),
        Evidence(
            parts: [
                .init(measure: "a", value: -3, unit: "m", support: 0.5, quality: 1.0 / 3, source: "gauge"),
                .init(measure: "b", value: 1e-7, unit: "mm", quality: 1),
            ], leading: "a", level: .red, place: "440106001000"),
    ]

    @Test(arguments: evidence, [nil, .unknown, .observed] as [Certainty?])
    func `a summary with evidence is written as JSONEncoder would, and read back as it was`(
        evidence: Evidence, certainty: Certainty?
    ) throws {
        let s = Summary(
            place: "440106001000", level: .street, theme: "emergency", measure: "flood", window: "1h",
            start: EventTime(ms: 60_000), end: EventTime(ms: 120_000), status: .complete, revision: 0, unit: "1",
            value: 0.3, values: ["certainty": 0.3], severity: .red, count: 7, expected: 3,
            reporting: 2, coverage: 200.0 / 3, late: 1, certainty: certainty, evidence: evidence, digest: "d")
        var bytes: [UInt8] = []
        s.appendJSON(to: &bytes)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: bytes, as: UTF8.self) == String(decoding: try encoder.encode(s), as: UTF8.self))
        #expect(try JSONDecoder().decode(Summary.self, from: Data(bytes)) == s)
    }

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

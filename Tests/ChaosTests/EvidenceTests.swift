import CityModel
import HubAPI
import Store
import TestSupport
import Testing

@testable import Chaos

@Suite struct EvidenceTests {
    @Test func `only windows that every run has closed are compared by their digests`() throws {
        let folder = try TempFolder("kapok-evidence")
        let path = folder.file("hub.db").path
        func row(_ window: String, _ start: Int64, _ end: Int64, _ status: WindowStatus) -> Summary {
            Summary(
                place: "440106001000", level: .street, theme: "traffic", measure: "speed", window: window,
                start: EventTime(ms: start), end: EventTime(ms: end), status: status, revision: 0, unit: "km/h",
                value: 1, values: [:], severity: .normal, count: 1, expected: 1, reporting: 1, coverage: 100, late: 0,
                digest: status == .provisional ? "" : window)
        }
        var commit = Commit()
        // The hour has begun early enough, and ends when one run's idle clock may have passed it and another's not.
        commit.summaries = [
            row("1m", 60_000, 120_000, .complete), row("1h", 0, 3_600_000, .complete),
            row("5m", 120_000, 420_000, .complete), row("2m", 60_000, 180_000, .provisional),
        ]
        let store = try HubStore(path: path)
        try store.commit(commit)
        try store.close()
        let e = try Evidence(
            path, before: EventTime(ms: 120_000), closed: EventTime(ms: 420_000),
            like: [.init(theme: "traffic", measure: "speed", window: "1h", start: 0, place: 440_106_001_000)])
        #expect(Array(e.digests.values) == ["1m"])
        #expect(e.counts.values.map { $0 } == [1])
    }
}

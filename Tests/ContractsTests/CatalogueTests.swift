import CityModel
import Foundation
import Testing

@testable import Contracts

@Suite struct CatalogueTests {
    @Test func `the topics to create are the inputs, then each output over themes or inputs`() throws {
        let fixture = try TopicsFixture()
        let all = try Catalogue.load(fixture.root).topicsToCreate()
        #expect(all.map(\.topic) == ["t.a", "t.v", "k.alerts.t", "t.a.dlq", "t.v.dlq", "k.summaries"])
        #expect(all.map(\.partitions) == [2, 4, 4, 1, 1, 3])
        let dlq = ["retention.ms": "1209600000"]
        #expect(
            all.map(\.config) == [[:], ["retention.ms": "172800000"], [:], dlq, dlq, ["cleanup.policy": "compact"]])
    }

    @Test func `the shipped topics to create are those of the design`() throws {
        let all = try Catalogue.load(Repo.topics).topicsToCreate()
        #expect(
            all.map(\.topic) == [
                "city.air-quality", "city.sensor-readings", "city.video-metadata", "kapok.alerts.ecology",
                "kapok.alerts.emergency", "kapok.alerts.rain", "kapok.alerts.traffic", "city.air-quality.dlq",
                "city.sensor-readings.dlq", "city.video-metadata.dlq", "kapok.partials", "kapok.summaries",
            ])
    }

    @Test func `retention of -1 keeps for ever`() throws {
        let v = try #require(TopicsFixture.files["inputs/v.yaml"])
        let fixture = try TopicsFixture(["inputs/v.yaml": v.replacing("retention: 2d", with: "retention: -1")])
        #expect(try Catalogue.load(fixture.root).contract("v")?.config == ["retention.ms": "-1"])
    }

    @Test func `a contract is read as written`() throws {
        let fixture = try TopicsFixture()
        let c = try Catalogue.load(fixture.root)
        let a = try #require(c.contract("a"))
        #expect(a.topic == "t.a" && a.format == .kapokJSON && a.partitions == 2)
        #expect(
            [a.outOfOrdernessMs, a.allowedLatenessMs, a.maxFutureMs, a.idleAfterMs] == [5000, 120_000, 10_000, 30_000])
        #expect(a.maxBytes == 65_536 && a.dedupHorizon == 131_072)
        #expect(a.kinds.map(\.name) == ["speed", "rain"])
        #expect(a.kinds[0].conversions == ["km/h": 1, "mph": 1.6] && a.kinds[0].range == 0...250)
        #expect(a.kinds[0].owner == "Roads")
        #expect(a.fields == [FieldRule(name: "plate", level: .sensitive, action: .drop)])
        #expect(c.contract("v")?.objectClasses == ["person": "persons"])
    }

    @Test func `a theme is read as written`() throws {
        let fixture = try TopicsFixture()
        let t = try #require(try Catalogue.load(fixture.root).theme("t"))
        #expect(
            t.version == 3 && t.title == ["zh": "题", "en": "Theme"] && t.topics == ["a", "v"] && t.paneMs == 60_000)
        #expect(
            t.windows == [
                WindowDef(name: "1m", sizeMs: 60_000, everyMs: 60_000),
                WindowDef(name: "5m", sizeMs: 300_000, everyMs: 60_000),
            ])
        #expect(t.measures.map(\.windows) == [["1m", "5m"], ["5m"], ["1m", "5m"], []])
        #expect(t.measures.map(\.display) == ["mean", "ratio", "ratio", "sum"])
        #expect(t.sessions == [SessionDef(name: "storm", gapMs: 1_800_000, reachMs: 43_200_000)])
        #expect(t.measures.map(\.sessions) == [[], [], [], ["storm"]])
        #expect(t.measures[3].when == ReadingCondition(.above, 0.5) && t.measures[0].when == nil)
        #expect(t.measures[1].source == .ratio(numerator: "travel_time", denominator: "free_flow_time"))
        let levels = try #require(t.measures[0].levels)
        #expect([31, 30, 11, 10].map(levels.severity) == [.normal, .blue, .blue, .red])
    }

    @Test func `a speed sensor without road data is allowed`() throws {
        let fixture = try TopicsFixture()
        let s = try Catalogue.load(fixture.root).sensors
        #expect(s.map(\.id) == ["loop-1", "loop-2", "cam-1"])
        #expect(s[1].freeFlowKmh == nil && s[1].lengthM == nil && s[0].lengthM == 500 && s[2].areaM2 == 80.5)
    }

    @Test func `quantile names`() {
        #expect(MeasureDef.quantile("p1") == 0.01 && MeasureDef.quantile("p99") == 0.99)
        for bad in ["p0", "p100", "p", "p1.5", "q5", "p-1", "p+5", "p05"] {
            #expect(MeasureDef.quantile(bad) == nil, "\(bad)")
        }
    }
}

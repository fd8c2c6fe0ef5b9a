import Analytics
import CityModel
import Foundation
import Testing

@testable import Evaluation

/// On the real series beside the repository; skipped where they are absent.
@Suite struct RealDataTests {
    static let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/data").path
    static let present = FileManager.default.isReadableFile(atPath: data + "/nab/windows.json")

    @Test(.enabled(if: present, "the real series are not there"))
    func `our relative entropy has the scores that NAB published for its own, so the scorer is NAB's`() throws {
        let series = try LabelledSeries.load(folder: Self.data + "/nab")
        let e = AnomalyEvaluation(series)
        let row = try #require(e.rows.first { $0.detector.hasPrefix("relative entropy") })
        let detector = try #require(PublishedScores.detectors.first { $0.name == "relative entropy" })
        let published = PublishedScores.scores(detector.scores, on: e.files)
        #expect(published.count == 4)
        for (a, b) in zip(row.outcomes, published) { #expect(abs(a.score - (b ?? 99)) < 1e-4) }
    }

    @Test(.enabled(if: present, "the real series are not there"))
    func `one threshold finds at least nine of ten windows with few false alarms`() throws {
        let e = AnomalyEvaluation(try LabelledSeries.load(folder: Self.data + "/nab"))
        let ours = try #require(e.rows.first)
        #expect(ours.outcomes.reduce(0) { $0 + $1.windowsFound } >= 9)
        #expect(ours.outcomes.reduce(0) { $0 + $1.falseAlarms } <= 15)
    }

    @Test(.enabled(if: present, "the real series are not there"))
    func `the last value has the known errors, and the forecast is better than it and the profile`() throws {
        let t = try NumberTable.load(Self.data + "/traffic/la_speed_mph_5min.csv.gz")
        let e = ForecastEvaluation(t, stepMinutes: 5, start: EvaluationReport.forecastStart)
        let last = try #require(e.cumulative[.lastValue]), kapok = try #require(e.cumulative[.kapok])
        for (k, known) in [(5.54, 3.16), (6.70, 3.63), (8.46, 4.43)].enumerated() {
            #expect(abs(last[k].rmse - known.0) < 0.006 && abs(last[k].mae - known.1) < 0.006)
        }
        for (k, profile) in [(5.12, 2.99), (5.91, 3.39), (6.81, 3.90)].enumerated() {
            #expect(kapok[k].rmse < 0.97 * profile.0 && kapok[k].mae < 0.97 * profile.1)
        }
        for c in e.coverage { #expect(abs(c - e.stated) < 0.03) }
    }

    @Test func `names, ids and times in a table are told from numbers`() {
        #expect(NumberTable.parse("773869,767541\n1.5,2\n").rows == [[1.5, 2]])
        #expect(NumberTable.parse("station,s0,s1\n0,17,21\n").rows == [[0, 17, 21]])
        #expect(NumberTable.parse("1.5,2\n3,4\n").rows == [[1.5, 2], [3, 4]])
        #expect(NumberTable.parse("time,a\n2012-03-01 00:00:00,5\n").rows == [[5]])
        #expect(NumberTable.parse("").columns == 0)
        #expect(NumberTable.parse("a,b\n1,\n").value(0, 1) == nil)
    }

    @Test func `a planted surge of three times is found at its hour`() throws {
        var r = SeededRandom(seed: 9)
        var row = (0..<(21 * 108)).map { i in
            let level = 120 + 80 * sin(2 * .pi * Double(i % 108) / 108)
            return (level + level.squareRoot() * r.normal()).rounded()
        }
        for i in (18 * 108 + 40)..<(18 * 108 + 44) { row[i] *= 3 }
        let found = CrowdEvaluation.surges(5, row, CrowdEvaluation.standardThreshold)
        #expect(found.contains { $0.day == 18 && (40..<44).contains($0.step) && $0.station == 5 })
        #expect(found.count <= 4)
    }
}

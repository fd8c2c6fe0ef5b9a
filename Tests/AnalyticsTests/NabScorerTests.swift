import CityModel
import Foundation
import Testing

@testable import Evaluation

@Suite struct NabScorerTests {
    /// 200 rows, so 30 of probation, with one window of ten.
    let scorer = NabScorer(rows: 200, windows: [100...109])

    func flags(_ rows: Int...) -> [Bool] { (0..<200).map { rows.contains($0) } }

    @Test func `the sigmoid is 0.9866 a window ahead, nothing at its end and minus one far behind`() {
        #expect(abs(NabScorer.sigmoid(-1) - 0.98661) < 1e-5)
        #expect(abs(NabScorer.sigmoid(-0.5) - 0.84828) < 1e-5)
        #expect(NabScorer.sigmoid(0) == 0)
        #expect(abs(NabScorer.sigmoid(1) + 0.98661) < 1e-5)
        #expect(NabScorer.sigmoid(3) == -1 && NabScorer.sigmoid(300) == -1)
    }

    @Test func `a detection at a window's first row is worth one, at its last 0_25 of it`() {
        #expect(abs(scorer.outcome(flags(100)).score - 1) < 1e-12)
        // Position -1/10: (2 / (1 + e^-0.5) - 1) / 0.98661.
        #expect(abs(scorer.outcome(flags(109)).score - 0.244919 / 0.986614) < 1e-5)
    }

    @Test func `only the earliest detection of a window counts`() {
        #expect(scorer.outcome(flags(102, 105, 109)) == scorer.outcome(flags(102)))
    }

    @Test func `a missed window costs one, a false alarm far away 0_11, one just behind a window less`() {
        #expect(scorer.outcome(flags()).score == -1)
        #expect(abs(scorer.outcome(flags(50)).score + 1.11) < 1e-12)
        #expect(abs(scorer.outcome(flags(199)).score + 1.11) < 1e-12)
        let near = scorer.outcome(flags(110)).score
        #expect(near < -1 && near > -1.11)
        // One row behind a window of ten: position 1/9.
        #expect(abs(near + 1 - 0.11 * (2 / (1 + exp(5.0 / 9)) - 1)) < 1e-12)
    }

    @Test func `rows of the probation are not scored, 15 percent and at most 750`() {
        #expect(scorer.probation == 30)
        #expect(scorer.outcome(flags(0, 29)).falseAlarms == 0)
        #expect(scorer.outcome(flags(30)).falseAlarms == 1)
        #expect(NabScorer(rows: 100_000, windows: []).probation == 750)
        #expect(NabScorer(rows: 200, windows: [5...20]).windows.isEmpty)
    }

    @Test func `silence is 0 and perfection 100`() {
        #expect(NabScorer.normalised([scorer.outcome(flags())]) == 0)
        #expect(abs((NabScorer.normalised([scorer.outcome(flags(100))]) ?? 0) - 100) < 1e-9)
        #expect(NabScorer.normalised([]) == nil)
    }

    @Test func `windows outside the file and an empty file are no trap`() {
        #expect(NabScorer(rows: 0, windows: [0...3]).outcome([]).score == 0)
        #expect(NabScorer(rows: 10, windows: [8...12]).windows.isEmpty)
        #expect(scorer.outcome([]).score == -1)
        #expect(scorer.outcome(Array(repeating: true, count: 1000)).windowsFound == 1)
    }

    @Test func `a labelled file is read with its windows as rows, and a bad row is named`() throws {
        let text = "timestamp,value\n2015-09-01 11:30:00,13.5\n2015-09-01 11:35:00,8\n2015-09-01 11:40:00,9\n"
        let s = try LabelledSeries.parse(
            name: "a.csv", text: text, windows: [["2015-09-01 11:35:00.000000", "2015-09-01 11:40:00.000000"]])
        #expect(s.values == [13.5, 8, 9])
        #expect(s.windows == [1...2])
        #expect(s.times.first?.rfc3339 == "2015-09-01T11:30:00Z")
        let e = #expect(throws: KapokError.self) {
            try LabelledSeries.parse(name: "a.csv", text: text + "now,x\n", windows: [])
        }
        #expect(e?.description.contains("a.csv:5") == true)
    }
}

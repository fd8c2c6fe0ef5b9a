import Contracts
import Testing

/// The `outlook` of a theme.
@Suite struct OutlookTests {
    static let file = "themes/t.yaml"
    static let written = """
        outlook:
          window: 5m
          horizons: [15m, 60m]
          measures: [speed, tti]
          interval: 90
          history: 36
          anomaly: true
          threshold: 3
          utc_offset_minutes: -300

        """
    static var sound: String { (TopicsFixture.files[file] ?? "") + written }

    @Test func `an outlook is read`() throws {
        let fixture = try TopicsFixture([Self.file: Self.sound])
        let def = try #require(try Catalogue.load(fixture.root).theme("t")?.outlook)
        #expect(
            def
                == OutlookDef(
                    window: "5m", stepMs: 300_000, horizonsMs: [900_000, 3_600_000], measures: ["speed", "tti"],
                    interval: 0.9, history: 36, threshold: 3, utcOffsetMinutes: -300))
        let short = try TopicsFixture([
            Self.file: (TopicsFixture.files[Self.file] ?? "")
                + "outlook: { window: 5m, horizons: [15m], measures: [speed] }\n"
        ])
        let plain = try #require(try Catalogue.load(short.root).theme("t")?.outlook)
        #expect(plain.interval == 0.8 && plain.history == 24 && plain.threshold == nil && plain.utcOffsetMinutes == 480)
        let none = try TopicsFixture()
        #expect(try Catalogue.load(none.root).theme("t")?.outlook == nil)
    }

    /// What is replaced, by what, the line below `outlook:` (0) at which it must be told, and how.
    @Test(arguments: [
        ("  window: 5m", "  window: 9m", 1, "`9m` is not a window of fixed length of this theme. One of: 1m, 5m"),
        ("  window: 5m", "  window: storm", 1, "`storm` is not a window of fixed length"),
        ("  window: 5m\n", "", 0, "`window` is missing"),
        ("  window: 5m", "  windows: 5m\n  window: 5m", 1, "unknown key `windows`"),
        ("[15m, 60m]", "[15m, 7m]", 2, "a horizon is 1 to 288 whole windows. Mend `7m`"),
        ("[15m, 60m]", "[15m, 25h]", 2, "a horizon is 1 to 288 whole windows"),
        ("[15m, 60m]", "[60m, 15m]", 2, "the horizons do not rise"),
        ("[15m, 60m]", "[15m, soon]", 2, "`soon` is not a duration"),
        ("[15m, 60m]", "[15m, 0m]", 2, "`0m` is not a duration"),
        ("[15m, 60m]", "[5m, 10m, 15m, 20m, 25m, 30m, 35m]", 2, "more than 6 horizons"),
        ("  horizons: [15m, 60m]\n", "", 0, "`horizons` is missing"),
        ("[speed, tti]", "[speed, flow]", 3, "there is no measure `flow`"),
        ("[speed, tti]", "[speed, storm]", 3, "measure storm has no window `5m`"),
        ("[speed, tti]", "[speed, speed]", 3, "`speed` stands twice"),
        ("  measures: [speed, tti]\n", "", 0, "`measures` is missing"),
        ("interval: 90", "interval: 0.9", 4, "`interval` must be a number from 50.0 to 99.0"),
        ("history: 36", "history: 0", 5, "`history` must be a whole number from 1"),
        ("anomaly: true", "anomaly: maybe", 6, "`maybe` is not a value of `anomaly`. One of: true, false"),
        ("anomaly: true", "anomaly: false", 7, "`threshold` says nothing without `anomaly: true`"),
        ("threshold: 3", "threshold: 0", 7, "`threshold` must be a number from 1.0 to 12.0"),
        ("-300", "-3000", 8, "`utc_offset_minutes` must be a whole number"),
    ])
    func `a mistake is told once, with its line`(old: String, new: String, line: Int, says: String) throws {
        let text = Self.sound
        try #require(Self.written.contains(old))
        let head = text.replacing(Self.written, with: "")
        let first = head.utf8.count { $0 == 10 } + 1
        let broken = head + Self.written.replacing(old, with: new, maxReplacements: 1)
        let problems = try TopicsFixture([Self.file: broken]).problems
        #expect(problems.first?.hasPrefix("\(Self.file):\(first + line): ") == true, "\(problems)")
        #expect(problems.first?.contains(says) == true, "\(problems)")
        #expect(problems.count == 1 || (new.contains("maybe") && problems.count == 2), "\(problems)")
    }

    @Test func `the shipped themes forecast speed, index, water and crowds`() throws {
        let c = try Catalogue.load(Repo.topics)
        for (theme, measures) in [("traffic", ["speed", "tpi"]), ("emergency", ["water_level", "crowd"])] {
            let o = try #require(c.theme(theme)?.outlook)
            #expect(o.measures == measures && o.stepMs == 300_000 && o.horizonsMs == [900_000, 1_800_000, 3_600_000])
            #expect(o.threshold == 3.5)
        }
    }
}

import Contracts
import Testing

@Suite struct RuleTests {
    static let file = "themes/t.yaml"
    /// Line of `rules:` in the fixture's theme with rules.
    static let rules = """
        rules:
          slow:
            title: { zh: 慢, en: Slow }
            measure: speed
            window: 1m
            margin: 2
            for: 3m
            keep_firing_for: 5m
            scope: [street, city]
            corroborate: { sensors: 2, coverage: 50, certainty: likely }
            flapping: { raises: 3, within: 30m }
            escalate: [5m]
            source: unverified
          jam:
            title: { zh: 堵, en: Jam }
            measure: tti
            window: 5m
            levels:
              yellow: { raise: 1.5, clear: 1.4 }
              red: { raise: 2.1, clear: 1.9 }
            category: Transport
            source: a source

        """
    static var sound: String { TopicsFixture.files[file]! + rules }
    static let first = TopicsFixture.files[file]!.utf8.count { $0 == 10 } + 1

    @Test func `rules are read with their defaults`() throws {
        let fixture = try TopicsFixture([Self.file: Self.sound])
        #expect(fixture.problems == [])
        let rules = try Catalogue.load(fixture.root).themes[0].rules
        #expect(rules.map(\.name) == ["slow", "jam"])
        let (slow, jam) = (rules[0], rules[1])
        // The measure's levels are below 30 and below 10: cleared two above.
        #expect(
            slow.direction == .below
                && slow.levels == [
                    .init(severity: .blue, raise: 30, clear: 32), .init(severity: .red, raise: 10, clear: 12),
                ])
        #expect(slow.forMs == 180_000 && slow.keepFiringMs == 300_000 && slow.scope == [.street, .city])
        #expect(slow.corroboration == .init(sensors: 2, coverage: 50, certainty: .likely))
        #expect(slow.flap == .init(raises: 3, withinMs: 1_800_000) && slow.escalateMs == [300_000])
        #expect(slow.reached(slow.levels[0], 30) && !slow.reached(slow.levels[0], 30.1))
        #expect(!slow.cleared(slow.levels[0], 32) && slow.cleared(slow.levels[0], 32.1))
        #expect(jam.levels.map(\.raise) == [1.5, 2.1] && jam.category == .transport && jam.direction == .above)
        #expect(jam.forMs == 0 && jam.staleAfterMs == 300_000 && jam.scope == [.street])
        #expect(jam.escalateMs == [600_000, 1_200_000] && jam.flap == .init(raises: 4, withinMs: 3_600_000))
    }

    @Test(arguments: [
        ("measure: speed", "measure: sped", 3, "there is no measure `sped`"),
        ("window: 1m", "window: 2m", 4, "`2m` is none of its windows. One of: 1m, 5m"),
        ("margin: 2", "margin: 0", 5, "`margin` must be more than 0"),
        ("    margin: 2\n", "", 1, "`margin` is missing"),
        ("margin: 2", "margin: 2\n    least: orange\n    colour: red", 7, "unknown key `colour`"),
        ("margin: 2", "margin: 2\n    least: normal", 6, "`least` is no colour"),
        ("margin: 2", "margin: 2\n    direction: above", 6, "`direction` goes with `levels`"),
        ("margin: 2", "margin: 2\n    aggregate: p86", 6, "measure speed has no `p86`. One of: mean, p85"),
        ("margin: 2", "margin: 2\n    aggregate: p85", 6, "levels are of its `mean`"),
        ("for: 3m", "for: 8d", 6, "`for` is longer than 7d"),
        ("for: 3m", "for: 3", 6, "`3` is not a duration"),
        ("for: 3m", "stale_after: 30s", 6, "`stale_after` is shorter than the window's step"),
        ("[street, city]", "[street, road]", 8, "the registry names no roads"),
        ("[street, city]", "[block]", 8, "`block` is not a level of places"),
        ("[street, city]", "[]", 8, "`scope` names no level"),
        ("sensors: 2", "sensors: 0", 9, "`sensors` must be a whole number from 1"),
        ("certainty: likely", "certainty: unknown", 9, "would take anything"),
        ("certainty: likely", "certainty: sure", 9, "`sure` is not a value of `certainty`"),
        ("raises: 3", "raises: 1", 10, "`raises` must be a whole number from 2"),
        ("within: 30m", "within: 0s", 10, "`within` must be longer than 0"),
        ("escalate: [5m]", "escalate: [5m, soon]", 11, "is not a duration up to 7d"),
        ("escalate: [5m]", "escalate: [5m, 6m, 7m]", 11, "more than two steps"),
        ("escalate: [5m]", "escalate: 5m", 11, "`escalate` must be a list"),
        ("    source: unverified\n  jam", "  jam", 1, "`source` is missing"),
        ("measure: tti\n    window: 5m", "measure: tti\n    window: 1m", 16, "`1m` is none of its windows"),
        ("measure: tti\n    window: 5m", "measure: storm\n    window: storm", 16, "is a session"),
        ("clear: 1.4", "clear: 1.5", 18, "`clear` is not milder than `raise`"),
        ("raise: 2.1", "raise: 1.4", 19, "`clear` is not milder"),
        ("{ raise: 2.1, clear: 1.9 }", "{ raise: 1.5, clear: 1.45 }", 19, "red is not worse than yellow"),
        ("{ raise: 2.1, clear: 1.9 }", "{ raise: 2.1, clear: 1.3 }", 19, "red is not worse than yellow"),
        (", clear: 1.9", "", 19, "`clear` is missing"),
        ("raise: 2.1", "raise: nan", 19, "`raise` must be a number within ±1e9"),
        ("      red: { raise", "      pink: { raise", 19, "unknown key `pink`"),
        ("category: Transport", "category: Traffic", 20, "`Traffic` is not a value of `category`"),
        ("category: Transport", "margin: 1", 20, "`margin` goes with the measure's own levels"),
        ("  slow:", "  slow down:", 1, "`slow down` cannot name a rule"),
    ])
    func `a mistake in a rule is told once, with its line`(old: String, new: String, line: Int, says: String) throws {
        #expect(Self.sound.contains(old))
        let edited = Self.sound.replacing(old, with: new, maxReplacements: 1)
        let problems = try TopicsFixture([Self.file: edited]).problems
        #expect(problems.count == 1 && problems[0].hasPrefix("\(Self.file):\(Self.first + line): "), "\(problems)")
        #expect(problems.first?.contains(says) == true, "\(problems)")
    }

    @Test func `a rule on a measure without levels needs its own`() throws {
        let text = Self.sound.replacing("    margin: 2\n", with: "    margin: 2\n", maxReplacements: 1)
            .replacing("measure: speed\n    window: 1m", with: "measure: crowd\n    window: 1m", maxReplacements: 1)
        let problems = try TopicsFixture([Self.file: text]).problems
        #expect(problems.count == 1 && problems[0].contains("measure crowd has no levels"), "\(problems)")
    }
}

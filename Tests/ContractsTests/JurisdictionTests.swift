import CityModel
@testable import Contracts
import Testing

/// Level sets of a jurisdiction, and themes that take their levels from them.
@Suite struct JurisdictionTests {
    static let t = "themes/t.yaml"
    static let levels =
        "levels:\n      direction: below\n      blue: 30\n      red: 10\n      source: unverified\n"
    /// The fixture's theme, its speed's levels from a pack.
    static func theme(_ pack: String = "pack:slow") -> String? {
        TopicsFixture.files[t].map { $0.replacing(levels, with: "levels: \(pack)\n") }
    }
    static let nation = """
        title: { zh: 国, en: Nation }
        levels:
          slow:
            unit: km/h
            direction: below
            blue: 30
            red: 10
            source: the book
          fast: { unit: km/h, direction: above, red: 100, source: the book }

        """
    static let south = """
        title: { zh: 南, en: South }
        extends: nation
        levels:
          slow:
            unit: km/h
            direction: below
            yellow: 20
            source: another book

        """
    static func files(_ edits: [String: String?] = [:]) -> [String: String?] {
        let sound: [String: String?] = [
            "city.yaml": "# Ours.\njurisdiction: south\n", "jurisdictions/nation.yaml": nation,
            "jurisdictions/south.yaml": south, t: theme(),
        ]
        return sound.merging(edits, uniquingKeysWith: { $1 })
    }

    private func speed(_ edits: [String: String?]) throws -> Levels? {
        let fixture = try TopicsFixture(Self.files(edits))
        let c = try Catalogue.load(fixture.root)
        return try #require(c.theme("t")?.measures.first { $0.name == "speed" }).levels
    }

    @Test func `levels are those of the city's jurisdiction, or of the one that it extends`() throws {
        let own = try #require(try speed([:]))
        #expect(own.steps == [LevelStep(severity: .yellow, threshold: 20)] && own.source == "another book")
        #expect(own.direction == .below)
        let nation = try #require(try speed(["city.yaml": "jurisdiction: nation\n"]))
        #expect(nation.steps.map(\.severity) == [.blue, .red] && nation.source == "the book")
        #expect(try speed([Self.t: Self.theme("pack:fast")])?.steps.map(\.threshold) == [100])
        let fixture = try TopicsFixture(Self.files())
        let c = try Catalogue.load(fixture.root)
        #expect(c.jurisdiction?.name == "south" && c.jurisdiction?.title["en"] == "South")
    }

    @Test func `a jurisdiction can say that it has no levels, and then the measure has none`() throws {
        let none = Self.south.replacing(
            "    direction: below\n    yellow: 20\n", with: "    none: the south warns of nothing\n")
        #expect(none != Self.south)
        #expect(try speed(["jurisdictions/south.yaml": none]) == nil)
    }

    @Test func `where nothing is taken from a pack neither file is needed`() throws {
        let fixture = try TopicsFixture()
        #expect(fixture.problems == [])
        #expect(try Catalogue.load(fixture.root).jurisdiction == nil)
    }

    static let s = "jurisdictions/south.yaml"
    static let mistakes = [
        Mistake("city.yaml", "south", "north", 2, "there is no jurisdiction `north`. One of: nation, south"),
        Mistake("city.yaml", "jurisdiction:", "juristiction:", 1, "`jurisdiction` is missing"),
        Mistake(s, "extends: nation", "extends: north", 2, "there is no jurisdiction `north` to extend"),
        Mistake(s, "extends: nation", "extends: south", 2, "south extends itself"),
        Mistake(s, "title: { zh: 南, en: South }\n", "", 1, "`title` is missing"),
        Mistake(s, "    unit: km/h\n", "", 4, "`unit` is missing"),
        Mistake(s, "    unit: km/h\n", "    unit: m/s\n", 16, "level set slow of south is in m/s, the measure in km/h"),
        Mistake(s, "    source: another book\n", "", 4, "`source` is missing"),
        Mistake(s, "yellow: 20", "yellow: 20\n    red: much", 8, "`red` must be a number"),
        Mistake(s, "yellow: 20", "yellow: 20\n    red: 30", 8, "`red` is not worse than yellow"),
        Mistake(s, "yellow: 20", "yellow: 20\n    mauve: 20", 8, "unknown key `mauve`"),
        Mistake(s, "direction: below\n    yellow: 20", "none: nothing\n    yellow: 20", 7, "unknown key `yellow`"),
        Mistake(s, "  slow:", "  a b:", 4, "`a b` cannot name a level set"),
        Mistake(t, "pack:slow", "pack:slack", 16, "jurisdiction south has no level set `slack`"),
        Mistake(t, "pack:slow", "slow", 16, "`levels` must be a mapping or `pack:NAME`"),
    ]

    @Test(arguments: mistakes) func `a mistake is told with its file and line`(m: Mistake) throws {
        let sound = try #require(Self.files()[m.file] ?? nil)
        #expect(sound.contains(m.old))
        let broken = sound.replacing(m.old, with: m.new, maxReplacements: 1)
        let problems = try TopicsFixture(Self.files([m.file: broken])).problems
        #expect(problems.contains { $0.contains(m.says) }, "\(problems)")
        let place = m.says.hasPrefix("level set slow") ? Self.t : m.file
        #expect(problems.first?.hasPrefix("\(place):\(m.line): ") == true, "\(problems)")
    }

    @Test func `a pack without a city is a mistake of the theme`() throws {
        let found = try TopicsFixture(Self.files(["city.yaml": nil])).problems
        #expect(found.count == 1 && found[0].hasPrefix("\(Self.t):16: `pack:slow` needs a jurisdiction"), "\(found)")
    }

    @Test func `a ring of jurisdictions is told, and a broken file does not make every pack unknown`() throws {
        let ring = Self.nation.replacing("levels:\n", with: "extends: south\nlevels:\n", maxReplacements: 1)
        let found = try TopicsFixture(Self.files(["jurisdictions/nation.yaml": ring])).problems
        #expect(found.count == 2 && found.allSatisfy { $0.contains("extends itself") }, "\(found)")
        let broken = try TopicsFixture(Self.files(["jurisdictions/nation.yaml": "title: [\n"])).problems
        #expect(broken.count == 1 && broken[0].hasPrefix("jurisdictions/nation.yaml:"), "\(broken)")
    }

    @Test func `grades rise, have both languages and stand without names`() throws {
        func problems(_ grades: String) throws -> [String] {
            let theme = TopicsFixture.files[Self.t].map {
                $0.replacing("      source: unverified\n", with: "      source: unverified\n      \(grades)\n")
            }
            return try TopicsFixture([Self.t: theme]).problems
        }
        #expect(try problems("grades: [{ from: 0, zh: 甲, en: A }, { from: 51, zh: 乙, en: B }]") == [])
        for (text, says) in [
            ("grades: [{ from: 5, zh: 甲, en: A }, { from: 5, zh: 乙, en: B }]", "`from` does not rise"),
            ("grades: [{ from: 5, zh: 甲 }]", "`en` is missing"),
            ("grades: [{ zh: 甲, en: A }]", "`from` is missing"),
            ("grades: []", "there are no grades"),
            ("grades: [{ from: 0, zh: 甲, en: A }]\n      names: { normal: { zh: 甲, en: A }, "
                + "blue: { zh: 乙, en: B }, red: { zh: 丙, en: C } }", "`grades` and `names` both"),
        ] {
            let found = try problems(text)
            #expect(found.count == 1 && found[0].contains(says), "\(text): \(found)")
        }
    }
}

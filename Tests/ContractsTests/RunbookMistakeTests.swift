import Contracts
import Testing

/// Runbooks of a theme: what can be wrong with them.
@Suite struct RunbookMistakeTests {
    static let sound = """
        departments:
          roads: { zh: 路, en: Roads }
        runbooks:
          speed:
            department: roads
            source: s
            levels:
              blue:
                steps:
                  - { zh: 看, en: Look }
                  - { zh: 走, en: Go }
              red:
                steps: [{ zh: 停, en: Stop }]
                resources: [{ zh: 车, en: Car }]

        """

    /// Problems with the line counted from the first of the runbooks' own.
    private func problems(_ text: String) throws -> [String] {
        let theme = try #require(TopicsFixture.files["themes/t.yaml"])
        let before = theme.utf8.count { $0 == 10 }
        return try TopicsFixture(["themes/t.yaml": theme + text]).problems.map { p in
            let parts = p.split(separator: ":", maxSplits: 2)
            guard parts.count == 3, parts[0] == "themes/t.yaml", let line = Int(parts[1]) else { return p }
            return "\(line - before):\(parts[2])"
        }
    }

    @Test func `a sound runbook is read, and holds for worse levels too`() throws {
        let theme = try #require(TopicsFixture.files["themes/t.yaml"])
        let fixture = try TopicsFixture(["themes/t.yaml": theme + Self.sound])
        #expect(fixture.problems == [])
        let book = try #require(Catalogue.load(fixture.root).theme("t")?.runbooks.first)
        #expect(book.measure == "speed" && book.department == ["zh": "路", "en": "Roads"])
        #expect(book.level(at: .blue)?.steps.map { $0["en"] } == ["Look", "Go"])
        #expect(book.level(at: .orange) == book.level(at: .blue) && book.level(at: .normal) == nil)
        #expect(book.level(at: .red)?.resources == [["zh": "车", "en": "Car"]])
    }

    @Test(arguments: [
        ("  speed:", "  sped:", "4: there is no measure `sped`"),
        ("department: roads", "department: rods", "5: there is no department `rods`"),
        ("    department: roads\n", "", "4: `department` is missing"),
        ("    source: s\n", "", "4: `source` is missing"),
        ("      red:", "      yellow:", "12: `speed` has no level yellow"),
        ("      red:", "      bad:", "12: `speed` has no level bad"),
        ("[{ zh: 停, en: Stop }]", "[]", "12: there are no steps"),
        ("[{ zh: 停, en: Stop }]", "[{ zh: 停 }]", "13: `en` is missing"),
        ("[{ zh: 停, en: Stop }]", "stop", "13: `steps` must be a list"),
        ("{ zh: 车, en: Car }", "{ zh: 车, en: Car, fr: x }", "14: unknown key `fr`"),
        ("        resources:", "        tools:", "14: unknown key `tools`"),
        ("roads: { zh: 路, en: Roads }", "roads: { zh: 路 }", "2: `en` is missing"),
    ])
    func `a mistake is told once, with its line`(old: String, new: String, says: String) throws {
        #expect(Self.sound.contains(old))
        let told = try problems(Self.sound.replacing(old, with: new, maxReplacements: 1))
        #expect(told.count == 1 && told.first?.hasPrefix(says) == true, "\(told)")
    }

    @Test func `a runbook for a measure without levels, or without its own, is told`() throws {
        let crowd = try problems(Self.sound.replacing("  speed:", with: "  crowd:"))
        #expect(crowd.count == 2 && crowd.allSatisfy { $0.contains("`crowd` has no level") }, "\(crowd)")
        let none = try problems("departments: { r: { zh: 路, en: R } }\nrunbooks:\n  speed: { department: r, source: s }\n")
        #expect(none.count == 1 && none[0].hasPrefix("3: the runbook has no levels"), "\(none)")
    }
}

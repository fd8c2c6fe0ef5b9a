import Contracts
import Testing

/// Measures that are made of others: what can be wrong with them.
@Suite struct ComposedMistakeTests {
    static let theme = "themes/t.yaml"

    /// What the fixture's theme says with more measures behind its own, the lines counted from the first of these.
    private func problems(_ measures: String) throws -> [String] {
        let sound = try #require(TopicsFixture.files[Self.theme])
        let before = sound.utf8.count { $0 == 10 }
        let indented = measures.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        return try TopicsFixture([Self.theme: sound + indented.joined(separator: "\n") + "\n"]).problems.map { p in
            let parts = p.split(separator: ":", maxSplits: 2)
            guard parts.count == 3, parts[0] == Self.theme, let line = Int(parts[1]) else { return p }
            return "\(line - before):\(parts[2])"
        }
    }

    private func measure(_ name: String, _ lines: String..., unit: String = "km/h") -> String {
        (["\(name):", "  title: { zh: 甲, en: A }", "  unit: \(unit)"] + lines.map { "  " + $0 }).joined(separator: "\n")
    }
    private var fast: String { measure("fast", "kind: speed", "aggregates: [max]") }

    @Test func `measures made of measures stand in any order and take the windows in common`() throws {
        #expect(try problems(measure("a", "worst: [b, speed]") + "\n" + measure("b", "worst: [speed, fast]") + "\n" + fast) == [])
    }

    @Test(arguments: [
        ("worst: [speed]", "must name two measures or more"), ("worst: speed", "must be a list"),
        ("worst: [speed, speed]", "stands twice"), ("worst: [speed, fastest]", "there is no measure `fastest`"),
        ("worst: [speed, storm]", "has session windows only"), ("worst: [speed, crowd]", "is in persons/m2"),
        ("worst: [speed, a]", "made of itself: a of a"),
    ])
    func `what a worst names must be there and comparable`(written: String, says: String) throws {
        let told = try problems(measure("a", written))
        #expect(told.first?.contains(says) == true, "\(told)")
        #expect(told.first.map { $0.hasPrefix(says.contains("itself") ? "1:" : "4:") } == true, "\(told)")
        #expect(told.count == 1, "\(told)")
    }

    @Test func `windows must be those of the parts`() throws {
        let slow = measure("slow", "kind: speed", "windows: [1m]", "aggregates: [min]") + "\n"
        let long = measure("long", "kind: speed", "windows: [5m]", "aggregates: [min]") + "\n"
        #expect(try problems(slow + measure("a", "worst: [speed, slow]", "windows: [5m]")).first?.hasPrefix("10: `slow` has no window `5m`") == true)
        #expect(try problems(slow + long + measure("a", "worst: [slow, long]")).first?.hasPrefix("13: what it is made of has no window in common") == true)
        #expect(try problems(measure("a", "worst: [speed, fast]", "windows: [storm]") + "\n" + fast).first?.hasPrefix("5: a measure made of others has no session") == true)
        #expect(try problems(measure("a", "worst: [speed, fast]", "windows: [9m]") + "\n" + fast).first?.hasPrefix("5: there is no window `9m`") == true)
        #expect(try problems(measure("a", "worst: [speed, fast]", "windows: []") + "\n" + fast).first?.contains("the measure has no window") == true)
    }

    @Test func `a circle is told once for each measure in it, and long chains end`() throws {
        let circle = try problems(measure("a", "worst: [b, speed]") + "\n" + measure("b", "worst: [a, speed]"))
        #expect(circle.count == 2 && circle[0].contains("a of b of a") && circle[1].contains("b of a of b"), "\(circle)")
        func chain(_ n: Int) -> String {
            ((0..<n).map { measure("m\($0)", "worst: [\($0 == 0 ? "fast" : "m\($0 - 1)"), speed]") } + [fast]).joined(separator: "\n")
        }
        #expect(try problems(chain(8)) == [])
        let long = try problems(chain(9))
        #expect(long.count == 1 && long[0].contains("through more than 8"), "\(long)")
    }

    @Test func `keys of measures that read sensors do not go with a worst`() throws {
        #expect(try problems(measure("a", "worst: [speed, fast]", "display: mean") + "\n" + fast).first?.contains("unknown key `display`") == true)
        #expect(try problems(measure("a", "worst: [speed, fast]", "kind: speed", "aggregates: [max]") + "\n" + fast).first?.contains("not 2") == true)
    }
}

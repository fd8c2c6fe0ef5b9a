@testable import Contracts
import Testing

/// `simulate:` of a reading kind.
@Suite struct SimulationTests {
    static let a = "inputs/a.yaml"
    private func files(_ simulate: String) -> [String: String?] {
        let text = "    range: [0, 100]\n"
        return [Self.a: TopicsFixture.files[Self.a].map { $0.replacing(text, with: text + "    simulate: \(simulate)\n") }]
    }

    @Test func `a kind's simulation is read as written, with its defaults`() throws {
        func rain(_ text: String) throws -> KindSimulation? {
            let fixture = try TopicsFixture(files(text))
            let c = try Catalogue.load(fixture.root)
            return c.contract("a")?.kinds.first { $0.name == "rain" }?.simulation
        }
        let plain = try #require(try rain("{ base: 5 }"))
        #expect(plain.base == 5 && plain.spread == 0 && plain.noise == 0 && plain.decimals == 1)
        #expect(plain.daily == nil && plain.incident == nil)
        let whole = try #require(
            try rain(
                "{ base: 5, spread: 1, wander: 2, noise: 0.5, decimals: 3, daily: { peak: 14h, amplitude: 3 }, "
                    + "incident: { name: x, add: -4, district: 0.5, rise: 1m, fade: 1h } }"))
        #expect(whole.daily == .init(follows: .hour, amplitude: 3, peakMs: 14 * 3_600_000))
        #expect(whole.incident == .init(name: "x", add: -4, district: 0.5, riseMs: 60_000, fadeMs: 3_600_000))
        #expect(whole.decimals == 3 && whole.wander == 2)
        #expect(try rain("{ base: 5, daily: { follows: traffic, amplitude: 1 } }")?.daily?.follows == .traffic)
    }

    @Test(arguments: [
        ("{ spread: 1 }", "`base` of rain is missing"), ("{ base: 101 }", "`base` must be a number from 0.0 to 100.0"),
        ("{ base: 5, spread: -1 }", "`spread` must be a number"), ("{ base: 5, speed: 1 }", "unknown key `speed`"),
        ("{ base: 5, decimals: 7 }", "`decimals` must be a whole number from 0 to 6"),
        ("{ base: 5, daily: { amplitude: 1 } }", "`peak` is missing"),
        ("{ base: 5, daily: { peak: 24h, amplitude: 1 } }", "`peak` is not within a day"),
        ("{ base: 5, daily: { peak: 1h } }", "`amplitude` is missing"),
        ("{ base: 5, daily: { follows: traffic, peak: 1h, amplitude: 1 } }", "`peak` means nothing"),
        ("{ base: 5, daily: { follows: moon, peak: 1h, amplitude: 1 } }", "`moon` is not a value of `follows`"),
        ("{ base: 5, incident: { add: 1 } }", "`name` is missing"),
        ("{ base: 5, incident: { name: x } }", "`add` is missing"),
        ("{ base: 5, incident: { name: x, add: 1, district: 2 } }", "`district` must be a number"),
        ("{ base: 5, incident: { name: x, add: 1, rise: 25h } }", "`rise` is longer than a day"),
        ("5", "`simulate` must be a mapping"),
    ])
    func `a mistake is told once, at its line`(text: String, says: String) throws {
        let problems = try TopicsFixture(files(text)).problems
        #expect(problems.count == 1 && problems[0].hasPrefix("\(Self.a):18: "), "\(problems)")
        #expect(problems.first?.contains(says) == true, "\(problems)")
    }
}

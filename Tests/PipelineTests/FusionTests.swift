import Analytics
import CityModel
import Testing
import TestSupport

@testable import Contracts

/// How sure several sources together make something.
@Suite struct FusionTests {
    static let cuts = CertaintyCuts(possible: 100_000, likely: 500_000, observed: 800_000)

    private func part(_ source: String, _ weight: Double, _ quality: Double, _ support: Double?) -> Fusion.Part {
        func m(_ x: Double) -> Int64 { Int64((x * 1e6).rounded()) }
        return .init(source: source, weight: m(weight), quality: m(quality), support: support.map(m))
    }

    @Test func `two kinds of source together are surer than either`() {
        let f = Fusion([part("gauge", 0.9, 1, 0.5), part("rain", 0.4, 0.5, 1), part("video", 0.8, 1, 0)], Self.cuts)
        // 1 - (1 - 0.45) x (1 - 0.2) x 1
        #expect(f.probability == 560_000 && f.certainty == .likely && f.leading == 0 && f.sources == 2)
    }

    @Test func `of one kind only the strongest counts`() {
        let one = Fusion([part("gauge", 0.7, 1, 1)], Self.cuts)
        let three = Fusion([part("gauge", 0.5, 1, 1), part("gauge", 0.7, 1, 1), part("gauge", 0.6, 1, 1)], Self.cuts)
        #expect(one.probability == three.probability && three.probability == 700_000 && three.leading == 1)
    }

    @Test func `observed needs two kinds of source that are each firm`() {
        #expect(Fusion([part("gauge", 1, 1, 1)], Self.cuts).certainty == .likely)
        #expect(Fusion([part("gauge", 1, 1, 1), part("gauge", 1, 1, 1)], Self.cuts).certainty == .likely)
        #expect(Fusion([part("gauge", 1, 1, 1), part("rain", 0.4, 1, 0.499_999)], Self.cuts).certainty == .likely)
        #expect(Fusion([part("gauge", 1, 1, 1), part("rain", 0.4, 1, 0.5)], Self.cuts).certainty == .observed)
        // A stuck gauge confirms nobody.
        #expect(Fusion([part("video", 1, 1, 1), part("gauge", 0.9, 0.1, 1)], Self.cuts).certainty == .likely)
        // Two firm sources of little weight reach no cut-off.
        #expect(Fusion([part("gauge", 0.3, 1, 1), part("rain", 0.3, 1, 1)], Self.cuts).certainty == .likely)
    }

    @Test func `a cut-off is reached at the number itself`() {
        for (p, word) in [(0.1, Certainty.possible), (0.099_999, .unlikely), (0.5, .likely), (0.499_999, .possible)] {
            #expect(Fusion([part("gauge", 1, 1, p)], Self.cuts).certainty == word)
        }
    }

    @Test func `silence of those who could tell is unknown, not unlikely`() {
        #expect(Fusion([], Self.cuts).certainty == .unknown)
        #expect(Fusion([part("gauge", 0.9, 1, nil)], Self.cuts).certainty == .unknown)
        // Dry weather alone does not say that the underpass is dry; a gauge at zero does.
        let dry = Fusion([part("gauge", 0.9, 1, nil), part("rain", 0.4, 1, 0)], Self.cuts)
        #expect(dry.certainty == .unknown && dry.probability == nil)
        #expect(Fusion([part("gauge", 0.9, 1, 0), part("rain", 0.4, 1, nil)], Self.cuts).certainty == .unlikely)
        // Heavy rain alone makes it possible.
        #expect(Fusion([part("gauge", 0.9, 1, nil), part("rain", 0.4, 1, 1)], Self.cuts).certainty == .possible)
    }

    private func random(_ rng: inout SplitMix64) -> [Fusion.Part] {
        (0..<Int.random(in: 0...8, using: &rng)).map { _ in
            .init(
                source: ["a", "b", "c", "d"].randomElement(using: &rng)!, weight: .random(in: -10...1_000_010, using: &rng),
                quality: .random(in: 0...1_000_000, using: &rng),
                support: Bool.random(using: &rng) ? .random(in: -5...1_000_005, using: &rng) : [0, nil, 1_000_000].randomElement(using: &rng)!)
        }
    }

    @Test func `the order of the parts is of no consequence to the bit`() {
        var rng = SplitMix64(state: 11)
        for _ in 0..<3000 {
            let parts = random(&rng)
            let (a, b) = (Fusion(parts, Self.cuts), Fusion(parts.shuffled(using: &rng), Self.cuts))
            #expect(a.probability == b.probability && a.certainty == b.certainty && a.sources == b.sources)
        }
    }

    @Test func `more support, weight or quality never makes it less sure, nor any number impossible`() {
        var rng = SplitMix64(state: 12)
        for _ in 0..<5000 {
            let parts = random(&rng)
            guard let i = parts.indices.randomElement(using: &rng), let support = parts[i].support else { continue }
            var more = parts
            switch Int.random(in: 0...2, using: &rng) {
            case 0: more[i].support = support + .random(in: 0...400_000, using: &rng)
            case 1: more[i].weight += .random(in: 0...400_000, using: &rng)
            default: more[i].quality += .random(in: 0...400_000, using: &rng)
            }
            let (a, b) = (Fusion(parts, Self.cuts), Fusion(more, Self.cuts))
            #expect((a.probability ?? 0) <= (b.probability ?? 0) && a.certainty <= b.certainty)
            #expect((0...1_000_000).contains(b.probability ?? 0) && a.sources <= b.sources)
        }
    }

    @Test func `the probability is that of plain numbers`() {
        var rng = SplitMix64(state: 13)
        for _ in 0..<2000 {
            let parts = random(&rng)
            guard let p = Fusion(parts, Self.cuts).probability else { continue }
            func share(_ x: Int64) -> Double { Double(min(max(x, 0), 1_000_000)) / 1e6 }
            var strongest: [String: Double] = [:]
            for x in parts {
                guard let s = x.support else { continue }
                strongest[x.source] = max(strongest[x.source] ?? 0, share(x.weight) * share(x.quality) * share(s))
            }
            #expect(abs(Double(p) / 1e6 - (1 - strongest.values.reduce(1) { $0 * (1 - $1) })) < 1e-5)
        }
    }

    // MARK: times

    private func minutes(
        _ v: Double, _ rate: Double, _ at: Double, per: Int64 = 3_600_000, _ d: Direction = .above, within: Int64 = 86_400_000
    ) -> Double? {
        TimeToLevel.minutes(
            value: Micro(v)!, threshold: Micro(at)!, rate: Micro(rate)!, rateMs: per, direction: d, withinMs: within)?.double
    }

    @Test func `the time to a threshold is the distance over the rate`() {
        #expect(minutes(0.10, 0.34, 0.27) == 30)
        #expect(minutes(0.10, 0.01, 0.27, per: 60_000) == 17)
        #expect(minutes(2, 0.001, 2.06, per: 1000) == 1)
        #expect(minutes(0.27, 0.34, 0.27) == 0 && minutes(0.30, -1, 0.27) == 0)
        #expect(minutes(0, 3, 1) == 20 && minutes(0, 0.7, 1) == 85.714286)
    }

    @Test func `what does not come nearer has no time, nor what is too far`() {
        #expect(minutes(0.10, 0, 0.27) == nil && minutes(0.10, -0.2, 0.27) == nil)
        #expect(minutes(0, 1, 24) == 1440 && minutes(0, 1, 24.000_001) == nil)
        #expect(minutes(0, 1, 2, within: 3_600_000) == nil)
        #expect(minutes(-1e9, 0.000_001, 1e9, within: .max) == nil)
    }

    @Test func `a level in the other direction is reached by falling`() {
        #expect(minutes(1000, -100, 200, .below) == 480)
        #expect(minutes(1000, 100, 200, .below) == nil && minutes(150, 100, 200, .below) == 0)
    }

    @Test func `the next level is the mildest that is not reached`() {
        let rising = Levels(
            direction: .above, steps: [.init(severity: .blue, threshold: 1), .init(severity: .red, threshold: 3)], source: "s")
        let falling = Levels(
            direction: .below, steps: [.init(severity: .yellow, threshold: 200), .init(severity: .red, threshold: 50)], source: "s")
        #expect(TimeToLevel.target(.next, rising, value: 0.9)?.level == .blue)
        #expect(TimeToLevel.target(.next, rising, value: 1)?.at == 3)
        #expect(TimeToLevel.target(.next, rising, value: 3) == nil)
        #expect(TimeToLevel.target(.next, falling, value: 200)?.level == .red)
        #expect(TimeToLevel.target(.level(.red), rising, value: 9)?.at == 3)
        #expect(TimeToLevel.target(.level(.orange), rising, value: 0) == nil)
        #expect(TimeToLevel.target(.threshold(7), nil, value: 0)?.at == 7)
    }
}

import CityModel
import Contracts

/// How sure several sources together make something: noisy-OR over kinds of source, `1 - prod(1 - weight x quality x
/// support)` (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, 4.3.2). Of sources of one kind, which err
/// together, only the strongest counts.
///
/// All numbers are whole millionths and the product is taken in rising order, so the order of the parts is of no
/// consequence to the bit; more support never gives less.
public struct Fusion: Sendable, Hashable {
    public struct Part: Sendable, Hashable {
        public var source: String
        /// 0 to 1, millionths. Support nil: nothing was measured.
        public var weight: Int64
        public var quality: Int64
        public var support: Int64?
        public init(source: String, weight: Int64, quality: Int64, support: Int64?) {
            self.source = source
            self.weight = weight
            self.quality = quality
            self.support = support
        }
    }

    /// Millionths; nil where the sources that reported could not tell.
    public private(set) var probability: Int64?
    public private(set) var certainty: Certainty
    /// Kinds of source whose support times quality is a half or more.
    public private(set) var sources: Int
    /// The part that says most; of equal ones the first. Nil where none says anything.
    public private(set) var leading: Int?

    private static let one: Int64 = 1_000_000

    public init(_ parts: [Part], _ cuts: CertaintyCuts) {
        var strongest: [String: Int64] = [:]
        var possible: [String: Int64] = [:]
        var firm: Set<String> = []
        var most: Int64 = 0
        for (i, p) in parts.enumerated() {
            guard let support = p.support.map(Self.share) else { continue }
            let trust = Self.times(Self.share(p.weight), Self.share(p.quality))
            let says = Self.times(trust, support)
            strongest[p.source] = max(strongest[p.source] ?? 0, says)
            possible[p.source] = max(possible[p.source] ?? 0, trust)
            if Self.times(Self.share(p.quality), support) >= Self.one / 2 { firm.insert(p.source) }
            if says > most { (most, leading) = (says, i) }
        }
        sources = firm.count
        let p = Self.either(strongest.values)
        // What is there could not have told even at its loudest: that nothing is heard of means nothing.
        guard p >= cuts.possible || Self.either(possible.values) >= cuts.likely else {
            certainty = .unknown
            return
        }
        probability = p
        certainty =
            p >= cuts.observed && sources >= 2
            ? .observed : p >= cuts.likely ? .likely : p >= cuts.possible ? .possible : .unlikely
    }

    /// `1 - prod(1 - x)`; the order in which the values come is of no consequence.
    private static func either(_ all: some Sequence<Int64>) -> Int64 {
        one - all.map { one - $0 }.sorted().reduce(one, times)
    }

    private static func times(_ a: Int64, _ b: Int64) -> Int64 { (a * b + one / 2) / one }
    private static func share(_ x: Int64) -> Int64 { min(max(x, 0), one) }
}

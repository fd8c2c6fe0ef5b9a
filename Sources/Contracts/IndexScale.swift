/// A scale that is laid over a value or a ratio, so that operators read an index: linear between its points, flat
/// beyond the first and the last.
public struct IndexScale: Sendable, Hashable {
    /// `up`: to the next whole number, as air quality standards ask for.
    public enum Rounding: String, Sendable, CaseIterable { case none, up }

    /// Values, rising; and what each becomes, rising or falling throughout. As many of one as of the other.
    public var from: [Double]
    public var to: [Double]
    /// Where the points come from.
    public var source: String
    public var round: Rounding

    public init(from: [Double], to: [Double], source: String, round: Rounding = .none) {
        self.from = from
        self.to = to
        self.source = source
        self.round = round
    }

    /// The index of a value. A point of the scale gives its own index exactly.
    public func value(of x: Double) -> Double {
        guard let i = from.firstIndex(where: { $0 >= x }), i < to.count else { return to.last.map(rounded) ?? x }
        if i == 0 || x == from[i] { return rounded(to[i]) }
        return rounded(to[i - 1] + (to[i] - to[i - 1]) * ((x - from[i - 1]) / (from[i] - from[i - 1])))
    }

    /// Upwards from a millionth on: what floating point puts above a whole number is that number.
    private func rounded(_ index: Double) -> Double {
        switch round {
        case .none: index
        case .up: (index - 1e-6).rounded(.up) + 0
        }
    }
}

/// A scale that is laid over a ratio, so that operators read an index: linear between its points, flat beyond the first
/// and the last.
public struct IndexScale: Sendable, Hashable {
    /// Ratios, rising; and what each becomes, rising or falling throughout. As many of one as of the other.
    public var from: [Double]
    public var to: [Double]
    /// Where the points come from.
    public var source: String

    public init(from: [Double], to: [Double], source: String) {
        self.from = from
        self.to = to
        self.source = source
    }

    /// The index of a ratio. A point of the scale gives its own index exactly.
    public func value(of ratio: Double) -> Double {
        guard let i = from.firstIndex(where: { $0 >= ratio }), i < to.count else { return to.last ?? ratio }
        if i == 0 || ratio == from[i] { return to[i] }
        return to[i - 1] + (to[i] - to[i - 1]) * ((ratio - from[i - 1]) / (from[i] - from[i - 1]))
    }
}

import Foundation

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed, the same numbers, everywhere.
public struct SeededRandom: Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In [0, 1).
    public mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }

    /// In 0 ..< n; 0 for n <= 1.
    public mutating func below(_ n: Int) -> Int { n > 1 ? min(Int(unit() * Double(n)), n - 1) : 0 }

    /// Standard normal (Box and Muller).
    public mutating func normal() -> Double {
        (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
    }

    /// One of several; the fallback of none.
    public mutating func pick<T>(_ all: [T], or fallback: T) -> T {
        all.indices.contains(0) ? all[below(all.count)] : fallback
    }
}

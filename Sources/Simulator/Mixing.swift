import CityModel

/// SplitMix64: a reading's own random numbers. It is seeded from (source, ordinal), never shared, so that adding a
/// sensor or an incident changes no other reading.
struct SplitMix {
    var state: UInt64

    @inline(__always) init(_ seed: UInt64) { state = seed }

    @inline(__always) mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.finish(state)
    }

    /// Uniform in [0, 1).
    @inline(__always) mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Roughly normal (three uniforms), mean 0, deviation 1, never beyond ±3.
    @inline(__always) mutating func bell() -> Double {
        let r = next()
        let sum = (r & 0x1f_ffff) &+ ((r >> 21) & 0x1f_ffff) &+ ((r >> 42) & 0x1f_ffff)
        return Double(sum) * (2.0 / 2_097_151.0) - 3
    }

    @inline(__always) static func finish(_ x: UInt64) -> UInt64 {
        var z = x
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Stable hashes of numbers and names, and noise made of them.
enum Mixing {
    @inline(__always) static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        SplitMix.finish(a ^ SplitMix.finish(b &+ 0x9e37_79b9_7f4a_7c15))
    }

    /// FNV-1a, finished. Swift's own hashes differ from run to run.
    static func hash(_ text: String) -> UInt64 {
        var h: UInt64 = 0xcbf2_9ce4_8422_2325
        for b in text.utf8 { h = (h ^ UInt64(b)) &* 0x100_0000_01b3 }
        return SplitMix.finish(h)
    }

    @inline(__always) static func unit(_ h: UInt64) -> Double { Double(h >> 11) * 0x1p-53 }

    /// Smooth noise in [0, 1] with a knot every `everyMs`.
    static func noise(_ seed: UInt64, _ ms: Int64, everyMs: Int64) -> Double {
        let (i, r) = ms.quotientAndRemainderFloored(by: everyMs)
        let f = Double(r) / Double(everyMs)
        let a = unit(mix(seed, UInt64(bitPattern: i)))
        let b = unit(mix(seed, UInt64(bitPattern: i &+ 1)))
        return a + (b - a) * f * f * (3 - 2 * f)
    }
}

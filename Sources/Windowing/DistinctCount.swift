import Foundation

/// Counts distinct 64-bit identities: exactly up to 256, then HyperLogLog with 4096 registers (standard error 1.04 /
/// sqrt(4096) = 1.6 %; Flajolet et al. 2007). Which form it has depends only on the set, so merging is associative.
public struct DistinctCount: Sendable, Hashable {
    static let exactLimit = 256
    static let precision: UInt64 = 12
    /// Sorted hashes while exact; empty once sketched.
    private(set) var exact: [UInt64] = []
    /// 4096 registers once sketched; else empty.
    private(set) var registers: [UInt8] = []

    public init() {}
    init(exact: [UInt64], registers: [UInt8]) {
        self.exact = exact
        self.registers = registers
    }

    /// Whether these can be the parts of a count: sorted hashes, or all registers with ranks that a hash can have.
    static func isSound(exact: [UInt64], registers: [UInt8]) -> Bool {
        if registers.isEmpty {
            return exact.count <= exactLimit && exact.first != 0 && zip(exact, exact.dropFirst()).allSatisfy { $0 < $1 }
        }
        return exact.isEmpty && registers.count == 1 << Int(precision)
            && registers.allSatisfy { $0 <= 64 - UInt8(precision) + 1 }
    }

    /// Identity 0 means "none" and is not counted.
    public mutating func insert(_ identity: UInt64) {
        guard identity != 0 else { return }
        if !registers.isEmpty { return register(identity) }
        var lo = 0
        var hi = exact.count
        while lo < hi {
            let mid = (lo + hi) / 2
            if exact[mid] < identity { lo = mid + 1 } else { hi = mid }
        }
        if lo < exact.count, exact[lo] == identity { return }
        exact.insert(identity, at: lo)
        if exact.count > Self.exactLimit { sketch() }
    }

    private mutating func sketch() {
        registers = [UInt8](repeating: 0, count: 1 << Int(Self.precision))
        for e in exact { register(e) }
        exact = []
    }

    private mutating func register(_ identity: UInt64) {
        var z = identity &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        z ^= z >> 31
        let index = Int(z >> (64 - Self.precision))
        let rest = z << Self.precision
        let rank = UInt8(Swift.min(rest.leadingZeroBitCount, 64 - Int(Self.precision)) + 1)
        if rank > registers[index] { registers[index] = rank }
    }

    public mutating func merge(_ other: DistinctCount) {
        if other.registers.isEmpty {
            for e in other.exact { insert(e) }
            return
        }
        if registers.isEmpty { sketch() }
        for i in registers.indices where other.registers[i] > registers[i] { registers[i] = other.registers[i] }
    }

    public var estimate: Int64 {
        if registers.isEmpty { return Int64(exact.count) }
        let m = Double(registers.count)
        var sum = 0.0
        var zeros = 0
        for r in registers {
            sum += 1 / Double(UInt64(1) << UInt64(r))
            if r == 0 { zeros += 1 }
        }
        let raw = 0.7213 / (1 + 1.079 / m) * m * m / sum
        // Linear counting for small ranges, as in the paper.
        let n = raw <= 2.5 * m && zeros > 0 ? m * log(m / Double(zeros)) : raw
        // Registers that are all full say more than there can be.
        return Int64(exactly: n.rounded()) ?? .max
    }
}

/// What is done to a hub, its broker or its stream.
public enum Fault: String, Sendable, CaseIterable {
    case hubKill, hubStop, brokerRestart, brokerFreeze, secondHub, burst, poison

    public var title: String {
        switch self {
        case .hubKill: "hub killed (SIGKILL), started again"
        case .hubStop: "hub stopped (SIGTERM), started again"
        case .brokerRestart: "broker stopped (SIGTERM), started again"
        case .brokerFreeze: "broker frozen for seconds (SIGSTOP)"
        case .secondHub: "second hub joined, was killed"
        case .burst: "bursts of records"
        case .poison: "poison records"
        }
    }
}

/// Which fault comes next and after how long: a function of the seed. Every kind comes once before any comes again.
public struct FaultPlan: Sendable {
    var random: SeededRandom
    private var round: [Fault] = []

    public init(seed: UInt64) { random = SeededRandom(state: seed) }

    /// - Returns: the fault, and the ms to let everything run before it.
    public mutating func next() -> (fault: Fault, afterMs: Int) {
        if round.isEmpty { round = Fault.allCases.shuffled(using: &random) }
        return (round.removeLast(), Int.random(in: 300...2500, using: &random))
    }
}

/// SplitMix64: the same seed, the same run.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    var state: UInt64
    public init(state: UInt64) { self.state = state }
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

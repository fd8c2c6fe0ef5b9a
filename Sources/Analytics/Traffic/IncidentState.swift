import Windowing

/// Where a detector of incidents stands after a step.
public enum IncidentState: String, Sendable, Codable, CaseIterable {
    case clear
    /// Suspicious, but not yet for long enough.
    case tentative
    /// Suspicious for long enough: the step at which an operator is told.
    case confirmed
    /// Told before, and still there.
    case continuing

    public var isAlarm: Bool { self == .confirmed || self == .continuing }
}

/// Turns suspicion, step by step, into a state: an incident is told once it has persisted.
public struct Persistence: Sendable, Hashable {
    /// Suspicious steps in a row that confirm an incident; at least 1.
    public let steps: Int
    public private(set) var state = IncidentState.clear
    /// Suspicious steps so far, alarms included; stops at `Int32.max`.
    public private(set) var length = 0

    public init(steps: Int) { self.steps = max(1, steps) }

    /// - Parameters:
    ///   - begins: whether this step raises suspicion.
    ///   - goesOn: whether it keeps a suspicion or an alarm that is there. Nil: nothing was measured; that ends a
    ///     suspicion, which must be seen in a row, and no alarm: silence is not health.
    public mutating func step(begins: Bool?, goesOn: Bool?) -> IncidentState {
        let suspicious = length == 0 ? begins : goesOn
        guard let suspicious else {
            if state.isAlarm { state = .continuing } else { reset() }
            return state
        }
        guard suspicious else {
            reset()
            return state
        }
        length = min(length + 1, Int(Int32.max))
        state = state.isAlarm ? .continuing : length >= steps ? .confirmed : .tentative
        return state
    }

    public mutating func reset() {
        state = .clear
        length = 0
    }
}

extension Persistence {
    /// The state and the length, not the parameter.
    func append(to out: inout [UInt8]) {
        out.append(UInt8(IncidentState.allCases.firstIndex(of: state) ?? 0))
        out.appendInteger(Int32(length))
    }

    /// Nil where the bytes are none that `append(to:)` writes.
    init?(steps: Int, _ r: inout ByteReader) {
        self.init(steps: steps)
        guard let code = r.integer(UInt8.self), Int(code) < IncidentState.allCases.count,
            let n = r.integer(Int32.self), n >= 0
        else { return nil }
        (state, length) = (IncidentState.allCases[Int(code)], Int(n))
        guard (state == .clear) == (length == 0) else { return nil }
    }
}

extension ByteReader {
    /// A number that a detector may hold; nil for one that is not finite.
    mutating func finite() -> Double? {
        guard let bits = integer(UInt64.self) else { return nil }
        let v = Double(bitPattern: bits)
        return v.isFinite ? v : nil
    }
}

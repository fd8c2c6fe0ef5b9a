/// Why a reading weighs less than others.
public enum SensorFlag: String, Sendable, Hashable, CaseIterable, Codable {
    /// One and the same value for too long.
    case stuck
    /// It moved faster than what it measures can.
    case jump
    /// It differs from the others of its group, which agree.
    case off
    /// Its group disagrees, and nobody can say who is off.
    case disagree
}

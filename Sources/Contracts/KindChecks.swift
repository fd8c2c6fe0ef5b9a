/// How the sensors of a reading kind are watched. What a check finds weighs readings down; it never drops them.
public struct KindChecks: Sendable, Hashable {
    /// What of a sensor's readings in a window is compared with the other sensors of its group.
    public enum Comparison: String, Sendable, CaseIterable { case mean, sum, distinct }

    /// A sensor that sends one and the same value for this long, event time, is stuck; nil: never.
    public var stuckAfterMs: Int64?
    /// A value at which a healthy sensor may stand still (a dry gauge), in the kind's unit.
    public var restValue: Double?
    /// The fastest plausible change, unit a minute; a faster one is a jump; nil: none.
    public var maxChangePerMinute: Double?
    /// How sensors of one group are compared; nil: not at all.
    public var agreement: AgreementRule?
    public var weights: CheckWeights
    /// Where the numbers come from.
    public var source: String
}

/// When the sensors of one group agree.
public struct AgreementRule: Sendable, Hashable {
    /// Kinds with the same quantity can be compared: a camera's tracked objects and a loop's vehicles.
    public var quantity: String
    public var compare: KindChecks.Comparison
    /// Two values agree where they differ by at most this, unit, or by `percent` of the larger one.
    public var tolerance: Double
    public var percent: Double
    /// Shorter windows are not judged, ms: counts of few vehicles differ by chance.
    public var overMs: Int64
}

/// What a flagged reading still weighs in a weighted mean, thousandths.
public struct CheckWeights: Sendable, Hashable {
    public var stuck: Int64
    public var jump: Int64
    /// Of a sensor that differs from the others of its group, which agree among themselves.
    public var off: Int64
    /// Of each sensor of a group that disagrees where nobody can say who is off.
    public var disagree: Int64
}

/// How the simulated city makes values of a reading kind for which the program has no model of its own, in the kind's
/// unit. A contract's `simulate:`; it decides nothing about what is measured.
public struct KindSimulation: Sendable, Hashable {
    /// What a day's rhythm follows: the hour itself, demand on the roads, or people on squares.
    public enum Follows: String, Sendable, CaseIterable { case hour, traffic, people }

    public struct Daily: Sendable, Hashable {
        public var follows: Follows
        /// How far the value goes above its base at the peak, and below it twelve hours later (or on empty roads).
        public var amplitude: Double
        /// Local time of day of the peak, ms; for `hour` only.
        public var peakMs: Int64
    }

    /// Something that happens to all kinds that name it, in one street at a time.
    public struct Incident: Sendable, Hashable {
        public var name: String
        /// What it adds at its height; negative: takes away.
        public var add: Double
        /// What the other streets of the district feel of it, 0 to 1.
        public var district: Double
        /// How long it takes to grow, and to fade after its end, ms.
        public var riseMs: Int64
        public var fadeMs: Int64
    }

    /// The usual value, and how far single sensors' usual values lie from it at most.
    public var base: Double
    public var spread: Double
    /// How far the value wanders within the hour, and the deviation of single readings.
    public var wander: Double
    public var noise: Double
    /// Decimals that a sensor writes.
    public var decimals: Int
    public var daily: Daily?
    public var incident: Incident?
}

import Windowing

/// The California algorithm, version 7 (Payne and Tignor, Transportation Research Record 682, 1978): an incident
/// between two stations holds vehicles back at the upstream one and leaves the downstream one empty.
///
/// One step is one interval of both stations' mean occupancy. Holds a state and a counter, nothing else.
public struct CaliforniaDetector: Sendable, Hashable {
    public struct Parameters: Sendable, Hashable {
        /// Least difference of occupancies, upstream less downstream, percent.
        public var difference: Double
        /// Least difference over the upstream occupancy, 0 to 1.
        public var relative: Double
        /// Largest downstream occupancy, percent: where it is higher, the jam is a common one.
        public var downstream: Double
        /// Intervals in a row.
        public var persistence: Int
        public var source: String
        public init(
            difference: Double = 8, relative: Double = 0.5, downstream: Double = 15, persistence: Int = 2,
            source: String = "unverified: of the order in use with 30 s to 1 min occupancies; calibrate to the site"
        ) {
            self.difference = difference
            self.relative = relative
            self.downstream = downstream
            self.persistence = persistence
            self.source = source
        }
    }

    public let parameters: Parameters
    private var persistence: Persistence
    public var state: IncidentState { persistence.state }

    public init(_ parameters: Parameters = Parameters()) {
        self.parameters = parameters
        persistence = Persistence(steps: parameters.persistence)
    }

    /// - Parameters: mean occupancies of the interval, percent; nil (or not finite): not measured.
    public mutating func step(upstream: Double?, downstream: Double?) -> IncidentState {
        guard let upstream, let downstream, upstream.isFinite, downstream.isFinite else {
            return persistence.step(begins: nil, goesOn: nil)
        }
        let difference = upstream - downstream
        // Once suspected, only the relative difference is asked for: the jam may reach the downstream station too.
        let goesOn = upstream > 0 && difference / upstream >= parameters.relative
        let begins = goesOn && difference >= parameters.difference && downstream <= parameters.downstream
        return persistence.step(begins: begins, goesOn: goesOn)
    }
}

extension CaliforniaDetector {
    /// What it remembers, for a store; not its parameters.
    public func append(to out: inout [UInt8]) { persistence.append(to: &out) }

    /// Nil where the bytes are none that `append(to:)` writes.
    public init?(_ parameters: Parameters, _ r: inout ByteReader) {
        guard let p = Persistence(steps: parameters.persistence, &r) else { return nil }
        self.parameters = parameters
        persistence = p
    }
}

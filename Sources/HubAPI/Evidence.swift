import CityModel

/// What a row that is made of other measures' rows rests on.
public struct Evidence: Codable, Sendable, Hashable {
    /// One measure of the same place and window.
    public struct Part: Codable, Sendable, Hashable {
        public var measure: String
        /// In `unit`; nil: nothing was measured.
        public var value: Double?
        public var unit: String
        /// How far the value speaks for it, 0 to 1; nil where nothing is fused, or nothing was measured.
        public var support: Double?
        /// What the readings weigh, times the share of sensors that reported: 0 to 1.
        public var quality: Double?
        /// `gauge`, `video` ...: parts of one source are not independent.
        public var source: String?
        public init(
            measure: String, value: Double?, unit: String, support: Double? = nil, quality: Double? = nil,
            source: String? = nil
        ) {
            self.measure = measure
            self.value = value
            self.unit = unit
            self.support = support
            self.quality = quality
            self.source = source
        }
    }
    /// In the order of the measures' names.
    public var parts: [Part]
    /// The measure that decides: the worst one, or the one that says most; nil where none does.
    public var leading: String?
    /// Of a time to a level: which.
    public var level: Severity?
    /// Above streets: the street whose row this is, by code; nil where the place's own measures are compared.
    public var place: String?
    public init(parts: [Part], leading: String? = nil, level: Severity? = nil, place: String? = nil) {
        self.parts = parts
        self.leading = leading
        self.level = level
        self.place = place
    }
}

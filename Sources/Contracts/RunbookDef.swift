import CityModel

/// What is to be done where a measure stands at a level, and who answers for it.
public struct RunbookDef: Sendable, Hashable {
    /// A text in every language: `zh`, `en`.
    public typealias Text = [String: String]

    public struct Level: Sendable, Hashable {
        /// In the order in which they are taken.
        public var steps: [Text]
        /// People, vehicles, equipment to be at hand.
        public var resources: [Text]
        public init(steps: [Text], resources: [Text] = []) {
            self.steps = steps
            self.resources = resources
        }
    }
    public var measure: String
    /// The responsible department.
    public var department: Text
    public var levels: [Severity: Level]
    /// Where the steps come from.
    public var source: String
    public init(measure: String, department: Text, levels: [Severity: Level], source: String) {
        self.measure = measure
        self.department = department
        self.levels = levels
        self.source = source
    }

    /// What holds at a severity: its own entry, or that of the worst milder level that has one.
    public func level(at severity: Severity) -> Level? {
        levels.filter { $0.key <= severity }.max { $0.key < $1.key }?.value
    }
}

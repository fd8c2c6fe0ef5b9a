/// How bad a measure or place is. `unknown` stands apart: silence is not health.
///
/// Colours after the four-colour scheme of GB/T 35965 practice: red Extreme, orange Severe, yellow Moderate, blue Minor.
public enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
    case unknown, normal, blue, yellow, orange, red

    /// 0 unknown, 1 normal, 2 blue ... 5 red.
    public var rank: Int { Self.allCases.firstIndex(of: self)! }
    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }

    /// One letter, so that level never depends on colour: `?`, `N`, `B`, `Y`, `O`, `R`.
    public var letter: Character {
        switch self {
        case .unknown: "?"
        case .normal: "N"
        case .blue: "B"
        case .yellow: "Y"
        case .orange: "O"
        case .red: "R"
        }
    }
}

/// Where a window stands: not yet complete, complete, or complete and changed since.
public enum WindowStatus: String, Sendable, Codable {
    case provisional, complete, revised
}

/// How sure it is that something is so, in the words of CAP 1.2 (OASIS, `info.certainty`).
public enum Certainty: String, Sendable, Codable, CaseIterable, Comparable {
    case unknown, unlikely, possible, likely, observed

    public static func < (a: Certainty, b: Certainty) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}

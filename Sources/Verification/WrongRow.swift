import CityModel
import HubAPI

/// A stored row that cannot be right: which, and what is wrong with it.
public struct WrongRow: Sendable, Codable, Hashable {
    /// What it failed.
    public enum Check: String, Sendable, Codable, CaseIterable {
        /// `next - first = accepted + late + duplicate + dead-lettered + gap`, and no number below zero.
        case ledger
        /// Status, revision, digest and bounds fit together.
        case status
        /// A partial is readable.
        case partial
        /// The row is what its partials give.
        case content
        /// Streets sum to districts, districts to the city.
        case sums
    }
    public var check: Check
    public var topic: String?
    public var partition: Int32?
    public var theme: String?
    public var measure: String?
    public var input: String?
    public var window: String?
    public var start: EventTime?
    /// 12-digit code.
    public var place: String?
    /// The member that is wrong.
    public var field: String
    /// What the store holds; nil where the row is not there.
    public var stored: String?
    /// What it should be; nil where there should be no row.
    public var computed: String?

    init(_ check: Check, field: String, stored: String?, computed: String?) {
        self.check = check
        self.field = field
        self.stored = stored
        self.computed = computed
    }

    init(_ check: Check, _ s: Summary, field: String, stored: String?, computed: String?) {
        self.init(check, field: field, stored: stored, computed: computed)
        (theme, measure, window, start, place) = (s.theme, s.measure, s.window, s.start, s.place)
    }

    /// `theme traffic, measure speed, window 1m, start 2026-11-24T00:01:00Z, place 440106004000`.
    public var name: String {
        let parts: [(String, String?)] = [
            ("topic", topic), ("partition", partition.map { "\($0)" }), ("theme", theme), ("measure", measure),
            ("input", input), ("window", window), ("start", start?.rfc3339), ("place", place),
        ]
        return parts.compactMap { name, v in v.map { "\(name) \($0)" } }.joined(separator: ", ")
    }

    /// For people, one line.
    public func text(_ lang: Language) -> String {
        let nothing = lang == .zh ? "无" : "nothing"
        let (s, c) = (stored ?? nothing, computed ?? nothing)
        return lang == .zh
            ? "\(name)：\(field) 库中为 \(s)，应为 \(c)" : "\(name): \(field) is stored as \(s), computed as \(c)"
    }
}

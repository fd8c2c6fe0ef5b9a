import CityModel

/// Why a row's content cannot be proved. It is not known to be wrong.
public enum NotProvable: String, Sendable, Codable, CaseIterable {
    case provisional
    case partialsGone = "partials-gone"
    case expired
    case changePending = "change-pending"
    case beganRevised = "began-revised"
    case earlierConfiguration = "earlier-configuration"
    case otherConfiguration = "other-configuration"
    case olderKapok = "older-kapok"
    case unknownTheme = "unknown-theme"
    case unknownWindow = "unknown-window"

    public func text(_ lang: Language) -> String {
        let (zh, en) = Self.words[self] ?? (rawValue, rawValue)
        return lang == .zh ? zh : en
    }

    private static let words: [NotProvable: (String, String)] = [
        .provisional: ("窗口仍为 provisional，尚会变化", "the window is provisional and still changes"),
        .partialsGone: ("分量只保留 24 小时，已清除", "its partials are gone (kept for 24 h)"),
        .expired: ("已超过汇总的 7 天保留期", "it is older than the 7 d that summaries are kept"),
        .changePending: ("已有改动，尚待显示", "a change waits to be shown"),
        .beganRevised: (
            "窗口首次显示即为 revised，空地点可以没有行",
            "the window was first shown as revised: places without data may have no row"
        ),
        .earlierConfiguration: ("产生于配置变更之前", "it was made before the configuration changed"),
        .otherConfiguration: (
            "库由另一配置写成（主题、地点或登记表不同）",
            "the database was written with other themes, places or registry files"
        ),
        .olderKapok: ("库由旧版 Kapok 写成，未记录配置", "an older Kapok wrote the database and noted no configuration"),
        .unknownTheme: ("配置中没有该主题", "the theme is not in Topics/"),
        .unknownWindow: ("主题中没有该窗口", "the theme has no such window"),
    ]
}

/// What `kapok verify` found.
public struct VerifyReport: Sendable, Codable {
    public struct Theme: Sendable, Codable {
        public var theme: String
        /// Rows read.
        public var rows = 0
        /// Rows made again from their partials and compared.
        public var recomputed = 0
        /// Sums of streets and of districts compared with the row above.
        public var sums = 0
        /// Rows that cannot be proved, by reason (`NotProvable`).
        public var notProvable: [String: Int] = [:]
        init(_ theme: String) { self.theme = theme }
    }
    public var partitions = 0
    public var themes: [Theme] = []
    /// How many things are wrong.
    public var wrong = 0
    /// The first of them.
    public var first: WrongRow?

    mutating func add(_ w: WrongRow) {
        wrong += 1
        if first == nil { first = w }
    }
}

/// `GET /v1/themes`.
public struct ThemesResponse: Codable, Sendable, Equatable {
    public struct Window: Codable, Sendable, Equatable {
        public var name: String
        public var sizeMs: Int64
        public var everyMs: Int64
        public init(name: String, sizeMs: Int64, everyMs: Int64) {
            self.name = name
            self.sizeMs = sizeMs
            self.everyMs = everyMs
        }
    }
    /// A session window: silence of `gapMs` in a street ends it.
    public struct Session: Codable, Sendable, Equatable {
        public var name: String
        public var gapMs: Int64
        public init(name: String, gapMs: Int64) {
            self.name = name
            self.gapMs = gapMs
        }
    }
    public struct Item: Codable, Sendable, Equatable {
        public var name: String
        /// By language: `zh`, `en`.
        public var title: [String: String]
        public var windows: [Window]
        public var sessions: [Session]
        public init(name: String, title: [String: String], windows: [Window] = [], sessions: [Session] = []) {
            self.name = name
            self.title = title
            self.windows = windows
            self.sessions = sessions
        }
    }
    public var themes: [Item]
    public init(themes: [Item]) { self.themes = themes }
}

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
    public struct Item: Codable, Sendable, Equatable {
        public var name: String
        /// By language: `zh`, `en`.
        public var title: [String: String]
        public var windows: [Window]
        public init(name: String, title: [String: String], windows: [Window]) {
            self.name = name
            self.title = title
            self.windows = windows
        }
    }
    public var themes: [Item]
    public init(themes: [Item]) { self.themes = themes }
}

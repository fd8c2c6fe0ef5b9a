/// `GET /v1/themes`: the themes that the hub computes, in its order.
public struct ThemesResponse: Codable, Sendable, Equatable {
    public struct Item: Codable, Sendable, Equatable {
        public var name: String
        /// Titles by language: `zh`, `en`.
        public var title: [String: String]
        public init(name: String, title: [String: String]) {
            self.name = name
            self.title = title
        }
    }
    public var themes: [Item]
    public init(themes: [Item]) { self.themes = themes }
}

/// The body of every answer that is not a success.
public struct APIErrorBody: Codable, Sendable, Error, Equatable {
    public struct Detail: Codable, Sendable, Equatable {
        /// Stable, kebab-case.
        public var code: String
        public var what: String
        public var mend: String
    }
    public var error: Detail
    public init(_ code: String, _ what: String, mend: String) { error = Detail(code: code, what: what, mend: mend) }
}

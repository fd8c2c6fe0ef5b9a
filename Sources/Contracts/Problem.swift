/// One mistake in a configuration file.
public struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// Path as given, the 1-based line, what is wrong, and how to mend it.
    public var file: String
    public var line: Int
    public var what: String
    public var mend: String

    public init(file: String, line: Int, what: String, mend: String) {
        self.file = file
        self.line = line
        self.what = what
        self.mend = mend
    }
    public var description: String { "\(file):\(line): \(what). \(mend)" }
}

/// All mistakes found in the configuration, in the order of files and lines.
public struct ContractsError: Error, Sendable, CustomStringConvertible {
    public var problems: [Problem]
    public init(problems: [Problem]) { self.problems = problems }
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// One mistake in a configuration file.
public struct Problem: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Path as given, the 1-based line, what is wrong, and how to mend it.
    public var file: String
    public var line: Int
    public var what: String
    public var mend: String

    public var description: String { "\(file):\(line): \(what). \(mend)" }

    public init(file: String, line: Int, what: String, mend: String) {
        self.file = file
        self.line = line
        self.what = what
        self.mend = mend
    }

    /// The order of files and lines.
    public static func < (a: Problem, b: Problem) -> Bool {
        (a.file, a.line, a.what, a.mend) < (b.file, b.line, b.what, b.mend)
    }
}

/// All mistakes found in the configuration, in the order of files and lines.
public struct ContractsError: Error, Sendable, CustomStringConvertible {
    public var problems: [Problem]
    public init(problems: [Problem]) { self.problems = problems }
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Where problems gather while files are read.
package final class ProblemSink {
    package private(set) var problems: [Problem] = []

    package init() {}

    package func add(_ file: String, _ line: Int, _ what: String, _ mend: String) {
        problems.append(Problem(file: file, line: line, what: what, mend: mend))
    }
}

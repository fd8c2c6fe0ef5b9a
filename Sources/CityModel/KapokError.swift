/// An error a person can act on: a stable code, what is wrong, and how to mend it.
public struct KapokError: Error, Sendable, CustomStringConvertible {
    /// Stable, kebab-case: `contracts-invalid`, `database-corrupt` ...
    public var code: String
    public var what: String
    /// What the user can do.
    public var mend: String

    public init(_ code: String, _ what: String, mend: String) {
        self.code = code
        self.what = what
        self.mend = mend
    }
    public var description: String { "\(code): \(what). \(mend)" }
}

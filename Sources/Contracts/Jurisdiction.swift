/// Whose warning levels hold: a file of `jurisdictions/`, chosen by `city.yaml`.
public struct Jurisdiction: Sendable, Hashable {
    /// The file's name.
    public var name: String
    public var title: [String: String]
    /// Level sets by name, those of the jurisdiction that it extends among them.
    public var sets: [String: LevelSet]
}

/// Levels that a jurisdiction gives to measures of one sort (`rain_3h`).
public struct LevelSet: Sendable, Hashable {
    /// The unit of the thresholds.
    public var unit: String
    /// Nil: the jurisdiction has no levels for it, and says so.
    public var levels: Levels?
}

/// What a theme's `levels: pack:NAME` can name.
struct LevelPacks {
    /// Nil where the files have mistakes, so that no name can be called unknown.
    var known: Bool
    /// Nil: the folder has no `city.yaml`.
    var jurisdiction: Jurisdiction?
}

import Foundation

/// The repository that the tests run in.
public enum Repo {
    /// Its root, found from this file's place in it.
    public static var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }
}

/// Real data beside the repository, which not everyone has.
public enum SharedData {
    /// `../shared/data/<path>`, nil where it is absent: then the test is skipped.
    public static func url(_ path: String) -> URL? {
        let url = Repo.root.deletingLastPathComponent().appendingPathComponent("shared/data/\(path)")
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
}

/// A new folder, removed with everything in it when the last reference goes.
public final class TempFolder: Sendable {
    public let url: URL
    public init(_ prefix: String = "kapok") throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("\(prefix)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}

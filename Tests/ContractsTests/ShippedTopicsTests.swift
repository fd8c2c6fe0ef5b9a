import CityModel
import Contracts
import Foundation
import Testing

enum Repo {
    /// The repository's root, from this file's own place in it.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let topics = root.appending(path: "Topics").path
}

@Suite struct ShippedTopicsTests {
    @Test func `the shipped Topics load without a problem`() {
        #expect(Catalogue.check(Repo.topics).map(\.description) == [])
    }
}

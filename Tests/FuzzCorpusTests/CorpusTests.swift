import Foundation
import FuzzChecks
import Testing
import TestSupport

/// Every file of Tests/Corpus goes through its target's check, the one that the fuzzer runs: see the README there.
@Suite struct CorpusTests {
    struct Input: Sendable, CustomTestStringConvertible {
        var target: String
        var file: String
        var testDescription: String { "\(target)/\(file)" }
        var url: URL { CorpusTests.root.appending(path: target).appending(path: file) }
    }
    static let root = Repo.root.appending(path: "Tests/Corpus")

    static func names(_ folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { !$0.hasPrefix(".") }
            .sorted()
    }
    static let inputs = FuzzTarget.all.flatMap { t in
        names(root.appending(path: t.name)).map { Input(target: t.name, file: $0) }
    }

    @Test(arguments: FuzzTarget.all.map(\.name)) func `each target has a corpus`(target: String) {
        #expect(Self.inputs.count { $0.target == target } >= 5)
    }

    @Test func `each folder of the corpus is a target's`() {
        let folders = Self.names(Self.root).filter { !$0.hasSuffix(".md") }
        #expect(folders == FuzzTarget.all.map(\.name).sorted())
    }

    @Test(arguments: inputs) func `the input passes its check`(input: Input) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == input.target })
        let check = try target.make()
        let bytes = [UInt8](try Data(contentsOf: input.url))
        try check(bytes)
        // What one input leaves behind must not change the next.
        try check(bytes)
    }
}

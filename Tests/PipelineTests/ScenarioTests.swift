import Foundation
import HubAPI
import Pipeline
import Testing
import TestSupport
import Wire

/// Each folder of Tests/Scenarios is a test: see the README there.
@Suite struct ScenarioTests {
    static let root = Repo.root.appending(path: "Tests/Scenarios")
    static let names: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).filter {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: root.appending(path: $0).path, isDirectory: &isFolder)
            && isFolder.boolValue
    }.sorted()

    struct Books: Encodable {
        var accepted, late, duplicate, deadLettered, gap: Int64
        var reasons: [String: Int64]
    }

    static func text(_ url: URL) throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }

    /// The output lines of one run; `keepEmpty`: also windows in which nothing happened.
    static func run(_ folder: URL, batchSize: Int, keepEmpty: Bool = false) throws -> [String] {
        let own = folder.appending(path: "theme.yaml")
        let hasOwn = FileManager.default.fileExists(atPath: own.path)
        let theme = try text(hasOwn ? own : root.appending(path: "_theme.yaml"))
        let city = try TinyCity(["themes/city.yaml": theme])
        let video = folder.appending(path: "video.jsonl")
        let isVideo = FileManager.default.fileExists(atPath: video.path)
        let events = try Data(contentsOf: isVideo ? video : folder.appending(path: "events.jsonl"))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var out: [String] = []
        var reasons: [String: Int64] = [:]
        let pipeline = FilePipeline(
            try city.contract(isVideo ? "video" : "sensor-readings"), themes: city.catalogue.themes,
            catalogue: city.catalogue, pseudonym: nil, batchSize: batchSize,
            summaries: { rows in
                for s in rows where keepEmpty || s.count > 0 || s.late > 0 {
                    out.append(String(decoding: try encoder.encode(s), as: UTF8.self))
                }
            }, deadLetters: { _, reason, _, _ in reasons[reason.name, default: 0] += 1 })
        // The decoder reads beyond a line: newlines stand there, as in a file.
        let padded = events + Data(repeating: 10, count: 64)
        try padded.withUnsafeBytes { bytes in
            var start = 0
            for (i, b) in bytes.prefix(events.count).enumerated() where b == 10 {
                try pipeline.feed(UnsafeRawBufferPointer(rebasing: bytes[start..<i]))
                start = i + 1
            }
            try pipeline.finish()
        }
        let l = pipeline.processor.ledger
        #expect(l.isBalanced && l.deadLettered == reasons.values.reduce(0, +))
        let books = Books(
            accepted: l.accepted, late: l.late, duplicate: l.duplicate, deadLettered: l.deadLettered, gap: l.gap,
            reasons: reasons)
        return out + [String(decoding: try encoder.encode(books), as: UTF8.self)]
    }

    @Test func `there are scenarios`() { #expect(Self.names.count >= 10) }

    @Test(arguments: names) func `the output is the expected one, for every batch size`(name: String) throws {
        let folder = Self.root.appending(path: name)
        let lines = try Self.run(folder, batchSize: 1024)
        for size in [1, 2, 3] {
            #expect(try Self.run(folder, batchSize: size, keepEmpty: true)
                == Self.run(folder, batchSize: 1024, keepEmpty: true), "batch size \(size)")
        }
        let file = folder.appending(path: "expected.jsonl")
        if ProcessInfo.processInfo.environment["KAPOK_REGOLD"] == "1" {
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
        }
        let expected = try Self.text(file).split(separator: "\n").map(String.init)
        #expect(lines == expected)
    }
}

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
        /// Dead letters by reason.
        var reasons: [String: Int64]
        init(_ l: Ledger) {
            (accepted, late, duplicate, deadLettered, gap) = (l.accepted, l.late, l.duplicate, l.deadLettered, l.gap)
            reasons = [:]
            for r in DeadLetterReason.allCases where l.dead[Int(r.rawValue)] > 0 {
                reasons[r.name] = l.dead[Int(r.rawValue)]
            }
        }
    }
    struct DeadLetter: Encodable {
        var line: Int64
        var reason, detail: String
    }

    static func json(_ row: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(row), as: UTF8.self)
    }

    static func text(_ url: URL) throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }
    static func has(_ folder: URL, _ file: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: file).path)
    }

    /// The tiny city with the scenario's own theme, contracts and sensors.
    static func city(_ folder: URL) throws -> TinyCity {
        let theme =
            has(folder, "theme.yaml") ? folder.appending(path: "theme.yaml") : root.appending(path: "_theme.yaml")
        var files = ["themes/city.yaml": try text(theme)]
        for (own, path) in [
            ("contract.yaml", "inputs/sensor-readings.yaml"), ("video.yaml", "inputs/video.yaml"),
            ("sensors.csv", "sensors/all.csv"),
        ] where has(folder, own) {
            files[path] = try text(folder.appending(path: own))
        }
        return try TinyCity(files)
    }

    /// The output lines of one run over a file; `keepEmpty`: also windows in which nothing happened.
    static func run(_ folder: URL, batchSize: Int, keepEmpty: Bool = false) throws -> [String] {
        let city = try city(folder)
        let isVideo = has(folder, "video.jsonl")
        let events = try Data(contentsOf: folder.appending(path: isVideo ? "video.jsonl" : "events.jsonl"))
        var out: [String] = []
        var dead: [String] = []
        let pipeline = FilePipeline(
            try city.contract(isVideo ? "video" : "sensor-readings"), themes: city.catalogue.themes,
            catalogue: city.catalogue, pseudonym: nil, batchSize: batchSize,
            summaries: { rows in
                for s in rows where keepEmpty || s.count > 0 || s.late > 0 { out.append(try json(s)) }
            },
            deadLetters: { line, reason, detail, _ in
                dead.append(try json(DeadLetter(line: line, reason: reason.name, detail: detail)))
            })
        let buffer = LineBuffer(capacity: 1 << 16)
        #expect(events.count < buffer.capacity)
        buffer.room.copyBytes(from: events)
        buffer.wrote(events.count)
        try buffer.lines(atEnd: true, pipeline.feed)
        try pipeline.finish()
        let l = pipeline.processor.ledger
        #expect(l.isBalanced && l.deadLettered == Int64(dead.count) && l.next == (l.first < 0 ? -1 : pipeline.lines))
        return out + dead + [try json(Books(l))]
    }

    /// What a hub shows of two partitions, commit for commit, and in the end; `restarts`: it dies after each commit.
    static func runHub(
        _ folder: URL, together: Bool, restarts: Bool = false
    ) throws -> (shown: [String], last: [String]) {
        let steps = try text(folder.appending(path: "hub.txt")).split(separator: "\n").map(String.init)
        let hub = try MiniHub(
            try city(folder), partitions: ["sensor-readings", has(folder, "video.yaml") ? "video" : "sensor-readings"])
        var waiting: [(partition: Int, record: String)] = []
        func feed() {
            for p in 0..<2 {
                let mine = waiting.filter { $0.partition == p }.map(\.record)
                if !mine.isEmpty { hub.feed(p, mine) }
            }
            waiting = []
        }
        for step in steps {
            let words = step.split(separator: " ", maxSplits: 1).map(String.init)
            if words[0] == "commit" {
                feed()
                let options = (words.dropFirst().first ?? "").split(separator: " ")
                let idle = options.count == 3 ? options[1].split(separator: ",").compactMap { Int($0) } : []
                hub.commit(idle: Set(idle), silentMs: options.count == 3 ? Int64(options[2]) ?? 0 : 0)
                if restarts { hub.restart() }
            } else {
                waiting.append((try #require(Int(words[0])), words[1]))
                if !together { feed() }
            }
        }
        #expect(waiting.isEmpty, "the last line is a commit")
        #expect(hub.members.allSatisfy { $0.ledger.isBalanced })
        let books = try hub.members.map { try json(Books($0.ledger)) }
        let last = try hub.view.sorted { $0.key < $1.key }.map { try json($0.value) }
        return (try hub.history.filter { $0.count > 0 || $0.late > 0 }.map { try json($0) } + books, last + books)
    }

    @Test func `there are scenarios`() { #expect(Self.names.count >= 25) }

    @Test(arguments: names) func `the output is the expected one, for every batch size`(name: String) throws {
        let folder = Self.root.appending(path: name)
        let lines: [String]
        if Self.has(folder, "hub.txt") {
            let hub = try Self.runHub(folder, together: true)
            lines = hub.shown
            #expect(try Self.runHub(folder, together: false).shown == lines, "record by record")
            // A restarted hub shows again what was provisional, but comes to the same end.
            #expect(try Self.runHub(folder, together: true, restarts: true).last == hub.last, "with restarts")
        } else {
            lines = try Self.run(folder, batchSize: 1024)
            for size in [1, 2, 3] {
                #expect(try Self.run(folder, batchSize: size, keepEmpty: true)
                    == Self.run(folder, batchSize: 1024, keepEmpty: true), "batch size \(size)")
            }
        }
        let file = folder.appending(path: "expected.jsonl")
        if ProcessInfo.processInfo.environment["KAPOK_REGOLD"] == "1" {
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
        }
        let expected = try Self.text(file).split(separator: "\n").map(String.init)
        #expect(lines == expected)
    }

    static func python(_ arguments: [String]) -> (code: Int32, output: String)? {
        let p = Process()
        let out = Pipe()
        p.executableURL = URL(filePath: "/usr/bin/env")
        p.arguments = ["python3"] + arguments
        (p.standardOutput, p.standardError) = (out, out)
        guard (try? p.run()) != nil else { return nil }
        let text = (try? out.fileHandleForReading.readToEnd()).flatMap { $0 } ?? Data()
        p.waitUntilExit()
        return (p.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    @Test(.enabled(if: python(["--version"])?.code == 0, "python3 is not installed"))
    func `a second computation from plain lists comes to the expected outputs, digests too`() throws {
        let run = try #require(Self.python([Self.root.appending(path: "check.py").path]))
        #expect(run.code == 0, "\(run.output)")
    }
}

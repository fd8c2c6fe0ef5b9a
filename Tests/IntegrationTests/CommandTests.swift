import Foundation
import HubAPI
import Store
import TestSupport
import Testing

/// The program's commands as a user types them.
@Suite struct CommandTests {
    @Test func `contracts check passes the shipped files and names file and line of a mistake`() throws {
        let folder = try TempFolder()
        let good = try KapokProcess.run(["contracts", "check"], folder: folder)
        #expect(good.exitCode == 0 && good.output.contains("190 places"))
        let topics = folder.file("Topics")
        try FileManager.default.copyItem(at: Repo.root.appendingPathComponent("Topics"), to: topics)
        let file = topics.appendingPathComponent("themes/traffic.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacing("display: mean", with: "display: meen").write(to: file, atomically: true, encoding: .utf8)
        let bad = try KapokProcess.run(["contracts", "check", "--topics", topics.path], folder: folder)
        #expect(bad.exitCode == 2)
        let line = try #require(text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("display: mean") }) + 1
        #expect(bad.output.contains("themes/traffic.yaml:\(line): "), "\(bad.output)")
    }

    @Test func `a line without end is one oversized dead letter, takes no memory, and reading goes on`() throws {
        let folder = try TempFolder()
        let input = folder.file("in.jsonl")
        #expect(FileManager.default.createFile(atPath: input.path, contents: nil))
        let file = try FileHandle(forWritingTo: input)
        try file.truncate(atOffset: 400 << 20)
        try file.seekToEnd()
        try file.write(contentsOf: Data("\n{}\n".utf8))
        try file.close()
        let dead = folder.file("dead.jsonl")
        let run = try KapokProcess.run(
            [
                "process", "--contract", "sensor-readings", "--input", input.path, "--summaries", "/dev/null",
                "--dead-letters", dead.path, "--stats",
            ], folder: folder)
        #expect(run.exitCode == 0, "\(run.errors)")
        struct Stats: Decodable { var events, deadLettered, maxResidentKiB: Int64 }
        let s = try JSONDecoder().decode(Stats.self, from: Data(run.errors.utf8))
        #expect(s.events == 2 && s.deadLettered == 2 && s.maxResidentKiB < 300 << 10, "\(s)")
        struct Letter: Decodable { var line: Int64, reason: String }
        let letters = try String(contentsOf: dead, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Letter.self, from: Data($0.utf8))
        }
        #expect(letters.map(\.line) == [1, 2] && letters.map(\.reason) == ["oversized", "missing-field"])
    }

    @Test func `the same seed writes the same file, and process counts what the simulator says it sent`() throws {
        let folder = try TempFolder()
        func simulate(_ name: String, seed: String) throws -> Data {
            let run = try KapokProcess.run(
                [
                    "simulate", "--seed", seed, "--start", "2026-11-24T00:00:00Z", "--duration", "5m", "--output",
                    folder.file(name).path,
                ], folder: folder)
            #expect(run.exitCode == 0, "\(run.errors)")
            return try Data(contentsOf: folder.file(name))
        }
        let a = try simulate("a.jsonl", seed: "5")
        let b = try simulate("b.jsonl", seed: "5")
        let c = try simulate("c.jsonl", seed: "6")
        #expect(a == b && a != c && a.count > 1_000_000)
        let out = folder.file("out.jsonl")
        let dead = folder.file("dead.jsonl")
        let run = try KapokProcess.run(
            [
                "process", "--contract", "sensor-readings", "--input", folder.file("a.jsonl").path, "--summaries", out.path,
                "--dead-letters", dead.path, "--stats",
            ], folder: folder)
        #expect(run.exitCode == 0, "\(run.errors)")
        struct Stats: Decodable { var events, accepted, late, duplicate, deadLettered: Int64 }
        let s = try JSONDecoder().decode(Stats.self, from: Data(run.errors.utf8))
        #expect(s.events == Int64(a.count { $0 == 10 }))
        #expect(s.accepted + s.late + s.duplicate + s.deadLettered == s.events)
        #expect(s.duplicate > 0 && s.deadLettered > 0 && s.accepted > s.events * 9 / 10)
        let letters = try String(contentsOf: dead, encoding: .utf8).split(separator: "\n")
        #expect(Int64(letters.count) == s.deadLettered)
        let rows = try String(contentsOf: out, encoding: .utf8).split(separator: "\n")
        var keys: Set<String> = []
        for r in rows {
            let s = try JSONDecoder().decode(Summary.self, from: Data(r.utf8))
            #expect(keys.insert("\(s.theme) \(s.place) \(s.measure) \(s.window) \(s.start)").inserted, "one line a place, measure and window")
        }
        #expect(rows.count > 1000)
    }

    @Test(arguments: [
        ["process", "--contract", "nope", "--input", "/dev/null", "--summaries", "-"],
        ["process", "--contract", "sensor-readings", "--input", "/no/such/file", "--summaries", "-"],
        ["hub", "--kafka-config", "no.such.setting=1"], ["hub", "--commit-interval", "1"],
        ["dashboard", "--hub", "http://127.0.0.1:1", "--frame"], ["summaries", "--hub", "http://127.0.0.1:1"],
        ["verify", "--db", "/no/such/hub.db"], ["verify", "--db", "README.md"], ["summaries", "--last", "25h"],
        ["simulate", "--duration", "soon"], ["simulate", "--bench", "--rate", "nan", "--output", "-"], ["topics", "create", "--topics", "/no/such/folder"],
    ]) func `a wrong call says what is wrong and exits with an error`(arguments: [String]) throws {
        let run = try KapokProcess.run(arguments, folder: try TempFolder())
        #expect(run.exitCode != 0)
        #expect(!run.errors.isEmpty && !run.errors.contains("Fatal error"), "\(run.errors)")
    }

    @Test func `output goes into what is there, a link or a device, and never takes its place`() throws {
        let folder = try TempFolder()
        let (file, link) = (folder.file("real.jsonl"), folder.file("link.jsonl"))
        try Data("old".utf8).write(to: file)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        let run = try KapokProcess.run(
            ["simulate", "--start", "2026-11-24T00:00:00Z", "--duration", "5s", "--output", link.path], folder: folder)
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
        #expect(try Data(contentsOf: file).first == UInt8(ascii: "{"))
    }

    @Test(arguments: [
        "hub", "dashboard", "demo", "simulate", "load", "process", "summaries", "verify", "contracts", "contracts check", "topics",
        "topics create", "topics list", "chaos",
    ])
    func `help has an example`(command: String) throws {
        let run = try KapokProcess.run(command.split(separator: " ").map(String.init) + ["--help"], folder: try TempFolder())
        #expect(run.exitCode == 0 && run.output.contains("Example: kapok"))
    }

    @Test(.enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
    func `the demo without a terminal shows an incident and ends by itself`() throws {
        let folder = try TempFolder()
        let run = try KapokProcess.run(
            ["demo", "--dir", folder.file("demo").path, "--frames", "3", "--lang", "zh", "--backfill", "5m"], folder: folder,
            seconds: 240)
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("KAPOK") && run.output.contains("天河区") && run.output.contains("Incident seen."))

        let db = folder.file("demo/hub.db")
        func verify(_ more: [String] = []) throws -> KapokProcess.Result {
            try KapokProcess.run(["verify", "--db", db.path, "--lang", "zh"] + more, folder: folder)
        }
        let good = try verify()
        #expect(good.exitCode == 0 && good.output.contains("全部一致") && good.output.contains(db.path), "\(good.errors)")
        let store = try HubStore(path: db.path)
        var c = Commit()
        var row = try #require(
            store.summaries(SummaryQuery(theme: "traffic", level: .street, measure: "speed", window: "1m")).first {
                $0.status != .provisional && $0.count > 0
            })
        row.count += 1
        c.summaries = [row]
        try store.commit(c)
        try store.close()
        let bad = try verify()
        #expect(bad.exitCode == 1 && !bad.output.contains("全部一致"))
        for part in [row.place, row.start.rfc3339, "traffic", "speed", "1m", "\(row.count - 1)"] {
            #expect(bad.errors.contains(part), "\(part): \(bad.errors)")
        }
        let json = try verify(["--json", "--theme", "emergency"])
        #expect(json.exitCode == 0 && json.output.contains("\"recomputed\":") && !json.output.contains("traffic"))
        #expect(try verify(["--theme", "nope"]).exitCode == 2)
    }
}

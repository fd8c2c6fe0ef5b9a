import Contracts
import Dashboard
import Foundation
import HubAPI
import LocalBroker
import TestSupport
import Testing

/// A copy of the shipped `Topics/` and `Dashboards/`, with the commands of this build on the `PATH`.
struct ThemeFolder {
    let folder: TempFolder

    init() throws {
        folder = try TempFolder("kapok-theme")
        for name in ["Topics", "Dashboards"] {
            try FileManager.default.copyItem(at: Repo.root.appendingPathComponent(name), to: folder.file(name))
        }
    }

    func write(_ path: String, _ text: String) throws {
        let url = folder.file(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Runs a script in the folder; what it prints, errors among it.
    func sh(_ script: String) throws -> (code: Int32, output: String) {
        let (p, pipe) = (Process(), Pipe())
        p.executableURL = URL(filePath: "/bin/sh")
        p.arguments = ["-euc", script]
        p.currentDirectoryURL = folder.url
        let bin = KapokProcess.executable.deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        p.environment = ProcessInfo.processInfo.environment.merging(["PATH": "\(bin):\(path)"]) { $1 }
        p.standardInput = FileHandle.nullDevice
        p.standardOutput = pipe
        p.standardError = pipe
        try p.runWithSignals()
        let out = pipe.fileHandleForReading.readDataToEndOfFile()
        p.waitUntilExit()
        return (p.terminationStatus, String(decoding: out, as: UTF8.self))
    }

    func rows(_ path: String) throws -> [Summary] {
        try String(contentsOf: folder.file(path), encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Summary.self, from: Data($0.utf8))
        }
    }
}

/// docs/add-a-theme.md, done as it says.
@Suite struct ThemeGuideTests {
    enum Block: Equatable {
        case file(path: String, text: String)
        case script(String)
    }

    /// Files stand behind a line that is their path in backquotes; blocks of `sh` are commands.
    static func blocks(_ guide: String) -> [Block] {
        var out: [Block] = []
        var path: String?
        var open: (language: String, lines: [String])?
        for line in guide.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let block = open {
                if line == "```" {
                    let text = block.lines.joined(separator: "\n") + "\n"
                    if let p = path {
                        out.append(.file(path: p, text: text))
                    } else if block.language == "sh" {
                        out.append(.script(text))
                    }
                    (open, path) = (nil, nil)
                } else {
                    open?.lines.append(line)
                }
            } else if line.hasPrefix("```") {
                open = (String(line.dropFirst(3)), [])
            } else if line.hasPrefix("`"), line.hasSuffix("`"), !line.dropFirst().dropLast().contains("`") {
                path = String(line.dropFirst().dropLast())
            } else if !line.isEmpty {
                path = nil
            }
        }
        return out
    }

    @Test func `the guide's files pass the check, and its commands give what it says`() throws {
        let guide = try String(contentsOf: Repo.root.appending(path: "docs/add-a-theme.md"), encoding: .utf8)
        let blocks = Self.blocks(guide)
        let here = try ThemeFolder()
        let before = try DashboardDef.load(here.folder.file("Dashboards").path)[0].themes.count
        var printed: [String] = []
        var files: [String] = []
        for b in blocks {
            switch b {
            case .file(let path, let text):
                files.append(path)
                try here.write(path, text)
            case .script(let script):
                let run = try here.sh(script)
                #expect(run.code == 0, "\(script)\n\(run.output)")
                printed.append(run.output)
            }
        }
        #expect(files == ["Topics/inputs/wind.yaml", "Topics/sensors/wind.csv", "Topics/themes/wind.yaml"])
        #expect(printed.count == 3 && printed[0].contains(": good."))
        // What `grep` prints: the squall's street, three windows.
        #expect(printed[1].split(separator: "\n").count { $0.contains(#""measure":"gust""#) } == 3, "\(printed[1])")
        struct Label: Decodable { var kind, measure, street: String }
        let labels = try String(contentsOf: here.folder.file("labels.jsonl"), encoding: .utf8).split(separator: "\n")
            .map { try JSONDecoder().decode(Label.self, from: Data($0.utf8)) }
        let squall = try #require(labels.first { $0.kind == "squall" })
        #expect(squall.measure == "wind")
        let streets = try here.rows("wind-summaries.jsonl").filter { $0.measure == "gust" && $0.level == .street }
        #expect(Set(streets.filter { $0.severity >= .orange }.map(\.place)) == [squall.street])
        // The third street sends km/h.
        let calm = try #require(streets.last { $0.place == "440115001000" }?.value)
        #expect((2...9).contains(calm))
        let themes = try DashboardDef.load(here.folder.file("Dashboards").path)[0].themes
        #expect(themes.count == before + 1 && themes.last?.name == "wind")
    }

    @Test func `a mistake in a new theme is told with its file and line`() throws {
        let here = try ThemeFolder()
        let guide = try String(contentsOf: Repo.root.appending(path: "docs/add-a-theme.md"), encoding: .utf8)
        for case .file(let path, let text) in Self.blocks(guide) {
            try here.write(path, text.replacing("kind: wind\n", with: "kind: wnd\n"))
        }
        let run = try here.sh("kapok contracts check || echo code $?")
        #expect(run.output.contains("Topics/themes/wind.yaml:11: `wnd` is not a kind"), "\(run.output)")
        #expect(run.output.contains("code 2"))
    }
}

import Contracts
import Foundation
import Pipeline
import TestSupport

/// The loader of `Topics/`: a catalogue that the pipeline can be built from, or at least one problem with a line of a
/// file.
///
/// The input holds some of the files, each behind a line `=== themes/city.yaml`; the others are those of the tiny city.
final class CatalogueCheck {
    private let folder: TempFolder
    private let files: [String: [UInt8]]

    init() throws {
        folder = try TempFolder("kapok-fuzz-topics")
        var files = TinyCity.files.mapValues { Array($0.utf8) }
        for extra in ["inputs/extra.yaml", "themes/extra.yaml", "places/extra.csv", "sensors/extra.csv", "city.yaml", "jurisdictions/extra.yaml"] {
            files[extra] = []
        }
        self.files = files
        for (path, bytes) in files {
            try FileManager.default.createDirectory(
                at: folder.file(path).deletingLastPathComponent(), withIntermediateDirectories: true)
            if !bytes.isEmpty { try Data(bytes).write(to: folder.file(path)) }
        }
    }

    static func run(_ check: CatalogueCheck) -> FuzzTarget.Check { { try check.run($0) } }

    private func run(_ input: [UInt8]) throws {
        let changed = Self.sections(input).filter { files[$0.key] != nil }
        for (path, bytes) in changed { try Data(bytes).write(to: folder.file(path)) }
        defer { for path in changed.keys { restore(path) } }
        let catalogue: Catalogue
        do {
            catalogue = try Catalogue.load(folder.url.path)
        } catch {
            try require(!error.problems.isEmpty, "neither a catalogue nor a problem")
            return try error.problems.forEach { try check($0, changed) }
        }
        let themes = catalogue.themes.map { ThemePlan($0, catalogue) }
        for c in catalogue.contracts { _ = ContractPlan(c, catalogue, themes: themes) }
        let topics = catalogue.topicsToCreate().map(\.topic)
        try require(Set(topics).count >= catalogue.outputs.count, "outputs share a topic: \(topics)")
        try require(topics.allSatisfy { !$0.isEmpty && $0.utf8.count <= 249 + 64 }, "topics \(topics)")
    }

    private func check(_ p: Problem, _ changed: [String: [UInt8]]) throws {
        try require(p.file.hasPrefix(folder.url.path), "a problem of no file here: \(p)")
        let path = String(p.file.dropFirst(folder.url.path.count + 1))
        let lines = (changed[path] ?? files[path] ?? []).count { $0 == 10 } + 1
        try require((1...lines).contains(p.line), "a problem at no line of the file, which has \(lines): \(p)")
        try require(!p.what.isEmpty && !p.mend.isEmpty, "a problem without words: \(p)")
    }

    private func restore(_ path: String) {
        let bytes = files[path] ?? []
        if bytes.isEmpty {
            try? FileManager.default.removeItem(at: folder.file(path))
        } else {
            try? Data(bytes).write(to: folder.file(path))
        }
    }

    private static func sections(_ input: [UInt8]) -> [String: [UInt8]] {
        var out: [String: [UInt8]] = [:]
        var path: String?
        let mark = Array("=== ".utf8)
        for line in input.split(separator: 10, omittingEmptySubsequences: false) {
            if line.starts(with: mark) {
                path = String(decoding: line.dropFirst(mark.count), as: UTF8.self)
                if let path { out[path] = [] }
            } else if let path {
                out[path, default: []] += line + [10]
            }
        }
        // The last line's newline was not there.
        if let path, out[path]?.last == 10 { out[path]?.removeLast() }
        return out
    }
}

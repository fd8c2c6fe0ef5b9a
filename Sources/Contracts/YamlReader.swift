import Foundation
import Yams

/// Reads one YAML mapping and notes every mistake with its line, instead of stopping at the first.
package struct YamlMap {
    package let file: String
    package let node: Node.Mapping?
    package let line: Int
    package let sink: ProblemSink

    package func problem(_ what: String, _ mend: String, at node: Node? = nil) {
        sink.problems.append(Problem(file: file, line: node?.mark?.line ?? line, what: what, mend: mend))
    }

    package func checkKeys(_ known: [String]) {
        for (k, _) in node ?? [:] where !known.contains(k.string ?? "") {
            problem("unknown key `\(k.string ?? "?")`", "Known keys: \(known.joined(separator: ", "))", at: k)
        }
    }

    package func child(_ key: String) -> Node? { node?[key] }

    /// A scalar's text; `fallback` nil makes it required.
    package func text(_ key: String, _ fallback: String? = nil) -> String {
        guard let n = child(key) else {
            if fallback == nil { problem("`\(key)` is missing", "Add `\(key): ...`") }
            return fallback ?? ""
        }
        if let s = n.scalar?.string, !s.isEmpty { return s }
        problem("`\(key)` must be text", "Write a single value", at: n)
        return fallback ?? ""
    }

    package func choice<T: RawRepresentable & CaseIterable>(_ key: String, _ fallback: T, required: Bool = true) -> T
    where T.RawValue == String {
        if !required, child(key) == nil { return fallback }
        let t = text(key)
        if let v = T(rawValue: t) { return v }
        if !t.isEmpty {
            let known = T.allCases.map(\.rawValue).joined(separator: ", ")
            problem("`\(t)` is not a \(key)", "One of: \(known)", at: child(key))
        }
        return fallback
    }

    package func integer(_ key: String, _ fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let n = child(key) else { return fallback }
        guard let v = Int(n.scalar?.string ?? ""), range.contains(v) else {
            problem("`\(key)` must be a whole number from \(range.lowerBound) to \(range.upperBound)", "Mend it", at: n)
            return fallback
        }
        return v
    }

    /// `500ms`, `5s`, `2m`, `1h` or `7d`, in ms.
    package func duration(_ key: String, _ fallback: Int64? = nil) -> Int64 {
        guard let n = child(key) else {
            if fallback == nil { problem("`\(key)` is missing", "Add `\(key): 5s`") }
            return fallback ?? 1000
        }
        let s = n.scalar?.string ?? ""
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        for (u, f) in units where s.hasSuffix(u) {
            if let v = Int64(s.dropLast(u.count)), v >= 0, v <= 1_000_000_000 { return v * f }
        }
        problem("`\(s)` is not a duration", "Write a whole number and ms, s, m, h or d: `5s`", at: n)
        return fallback ?? 1000
    }

    package func map(_ key: String) -> YamlMap {
        let n = child(key)
        if let n, n.mapping == nil { problem("`\(key)` must be a mapping", "Write `name: value` lines", at: n) }
        return YamlMap(file: file, node: n?.mapping, line: n?.mark?.line ?? line, sink: sink)
    }

    package func texts(_ key: String) -> [String] {
        guard let n = child(key) else { return [] }
        guard let s = n.sequence else {
            problem("`\(key)` must be a list", "Write `[a, b]`", at: n)
            return []
        }
        return s.compactMap { $0.scalar?.string }
    }

    /// The entries of this mapping, each as a mapping of its own, in file order.
    package var entries: [(name: String, map: YamlMap)] {
        (node ?? [:]).map { k, v in
            if v.mapping == nil { problem("`\(k.string ?? "?")` must be a mapping", "Write `key: value` lines", at: v) }
            return (
                k.string ?? "",
                YamlMap(file: file, node: v.mapping, line: k.mark?.line ?? line, sink: sink)
            )
        }
    }

    /// The mappings of a list, in file order.
    package func list(_ key: String) -> [YamlMap] {
        guard let n = child(key) else { return [] }
        guard let s = n.sequence else {
            problem("`\(key)` must be a list", "Write one `- {name: value}` a line", at: n)
            return []
        }
        return s.map { v in
            if v.mapping == nil { problem("an entry of `\(key)` must be a mapping", "Write `{name: value}`", at: v) }
            return YamlMap(file: file, node: v.mapping, line: v.mark?.line ?? line, sink: sink)
        }
    }

    package func numbers(_ key: String) -> [Double]? {
        child(key)?.sequence?.compactMap { Double($0.scalar?.string ?? "") }
    }

    package func titles(_ key: String) -> [String: String] {
        let m = map(key)
        return ["zh": m.text("zh"), "en": m.text("en")]
    }

    /// Parses a file. Aliases are refused (they are how YAML bombs are made), as is anything above 1 MiB.
    package static func load(_ path: String, name: String, _ sink: ProblemSink) -> YamlMap? {
        func fail(_ line: Int, _ what: String, _ mend: String) -> YamlMap? {
            sink.problems.append(Problem(file: name, line: line, what: what, mend: mend))
            return nil
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            return fail(1, "the file cannot be read", "Check that it exists and may be read")
        }
        guard data.count <= 1 << 20 else { return fail(1, "the file is larger than 1 MiB", "Split it") }
        guard let text = String(validatingUTF8: data.map { CChar(bitPattern: $0) } + [0]) else {
            return fail(1, "the file is not UTF-8", "Save it as UTF-8")
        }
        do {
            for (i, l) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where l.firstMatch(of: /(:|-|\[|,)\s*[*&][A-Za-z0-9_]/) != nil {
                return fail(i + 1, "YAML anchors and aliases are not accepted", "Write the value out")
            }
            guard let root = try Yams.compose(yaml: text), let m = root.mapping else {
                return fail(1, "the file must be a mapping", "Write `key: value` lines")
            }
            return YamlMap(file: name, node: m, line: 1, sink: sink)
        } catch let e as YamlError {
            switch e {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                return fail(mark.line, "YAML: \(problem)", "Mend the syntax on this line")
            default: return fail(1, "YAML: \(e)", "Mend the syntax")
            }
        } catch {
            return fail(1, "YAML: \(error)", "Mend the syntax")
        }
    }
}

/// Where problems gather while files are read.
package final class ProblemSink {
    package var problems: [Problem] = []

    package init() {}
}

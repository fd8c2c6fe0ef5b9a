import Yams

/// Reads one YAML mapping and notes every mistake with its line, instead of stopping at the first.
package struct YamlMap {
    package let file: String
    package let node: Node.Mapping?
    /// Line of the key that holds this mapping.
    package let line: Int
    package let sink: ProblemSink

    package func problem(_ what: String, _ mend: String, at node: Node? = nil) {
        sink.add(file, node?.mark?.line ?? line, what, mend)
    }

    package func checkKeys(_ known: [String]) {
        for (k, _) in node ?? [:] where !known.contains(k.scalar?.string ?? "") {
            let name = k.scalar?.string ?? "?"
            problem("unknown key `\(name)`", "Known keys: \(known.joined(separator: ", "))", at: k)
        }
    }

    private func pair(_ key: String) -> (key: Node, value: Node)? {
        (node ?? [:]).first { $0.key.scalar?.string == key }
    }
    package func child(_ key: String) -> Node? { pair(key)?.value }
    package func has(_ key: String) -> Bool { pair(key) != nil }

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
        if !required, !has(key) { return fallback }
        let t = text(key)
        if let v = T(rawValue: t) { return v }
        if !t.isEmpty {
            let known = T.allCases.map(\.rawValue).joined(separator: ", ")
            problem("`\(t)` is not a value of `\(key)`", "One of: \(known)", at: child(key))
        }
        return fallback
    }

    package func integer(_ key: String, _ fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let n = child(key) else { return fallback }
        guard let v = Int(n.scalar?.string ?? ""), range.contains(v) else {
            problem(
                "`\(key)` must be a whole number from \(range.lowerBound) to \(range.upperBound)",
                "Write one in that range", at: n)
            return fallback
        }
        return v
    }

    /// An optional number; nil where it is left out or wrong.
    package func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let n = child(key) else { return nil }
        guard let v = SourceText.decimal(n.scalar?.string ?? ""), range.contains(v) else {
            problem(
                "`\(key)` must be a number from \(range.lowerBound) to \(range.upperBound)",
                "Write one in that range", at: n)
            return nil
        }
        return v
    }

    /// `500ms`, `5s`, `2m`, `1h` or `7d`, in ms. `fallback` nil makes it required.
    package func duration(_ key: String, _ fallback: Int64? = nil, min: Int64 = 0) -> Int64 {
        guard let n = child(key) else {
            if fallback == nil { problem("`\(key)` is missing", "Add `\(key): 5s`") }
            return fallback ?? 1000
        }
        let s = n.scalar?.string ?? ""
        if let ms = Self.milliseconds(s) {
            if ms >= min { return ms }
            problem("`\(key)` must be longer than 0", "Write a duration such as `1m`", at: n)
            return fallback ?? 1000
        }
        problem("`\(s)` is not a duration", "Write a whole number and ms, s, m, h or d: `5s`", at: n)
        return fallback ?? 1000
    }

    /// The length that a duration's text says, ms; nil where it is none.
    package static func milliseconds(_ s: String) -> Int64? {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        for (u, f) in units where s.hasSuffix(u) {
            guard let v = Int64(s.dropLast(u.count)), (0...1_000_000_000).contains(v) else { continue }
            return v * f
        }
        return nil
    }

    package func map(_ key: String) -> YamlMap {
        let p = pair(key)
        if let p, p.value.mapping == nil {
            problem("`\(key)` must be a mapping", "Write `name: value` lines", at: p.value)
        }
        return YamlMap(file: file, node: p?.value.mapping, line: p?.key.mark?.line ?? line, sink: sink)
    }

    /// A mapping that may be left out; nil also where it is none, which is told.
    package func optionalMap(_ key: String) -> YamlMap? {
        guard has(key) else { return nil }
        let m = map(key)
        return m.node == nil ? nil : m
    }

    /// The texts of a list, each with its place; a repeated or non-text item is a problem.
    package func items(_ key: String) -> [(text: String, at: Node)] {
        guard let n = child(key) else { return [] }
        guard let list = n.sequence else {
            problem("`\(key)` must be a list", "Write `[a, b]`", at: n)
            return []
        }
        var out: [(text: String, at: Node)] = []
        for item in list {
            guard let s = item.scalar?.string, !s.isEmpty else {
                problem("an item of `\(key)` is not text", "Write `[a, b]`", at: item)
                continue
            }
            if out.contains(where: { $0.text == s }) {
                problem("`\(s)` stands twice in `\(key)`", "Remove one", at: item)
            } else {
                out.append((s, item))
            }
        }
        return out
    }

    /// The scalars of a mapping, in file order.
    package func pairs(_ key: String) -> [(name: String, value: String, at: Node)] {
        let m = map(key)
        return (m.node ?? [:]).compactMap { k, v in
            guard let name = k.scalar?.string, let value = v.scalar?.string, !name.isEmpty, !value.isEmpty else {
                problem("`\(key)` holds something that is not `name: value`", "Write `name: value`", at: k)
                return nil
            }
            return (name, value, k)
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

    /// The entries of this mapping that are mappings themselves, in file order.
    package var entries: [(name: String, map: YamlMap)] {
        (node ?? [:]).compactMap { k, v in
            let name = k.scalar?.string ?? ""
            guard let mapping = v.mapping else {
                problem("`\(name)` must be a mapping", "Write `key: value` lines", at: k)
                return nil
            }
            return (name, YamlMap(file: file, node: mapping, line: k.mark?.line ?? line, sink: sink))
        }
    }

    /// All items of a list as numbers; nil where it is no list or one of them is no number.
    package func numbers(_ key: String) -> [Double]? {
        guard let list = child(key)?.sequence else { return nil }
        let out = list.compactMap { SourceText.decimal($0.scalar?.string ?? "") }
        return out.count == list.count ? out : nil
    }

    /// The title in every language.
    package func titles() -> [String: String] {
        guard has("title") else {
            problem("`title` is missing", "Add `title: { zh: ..., en: ... }`")
            return [:]
        }
        let m = map("title")
        m.checkKeys(["zh", "en"])
        return ["zh": m.text("zh"), "en": m.text("en")]
    }
}

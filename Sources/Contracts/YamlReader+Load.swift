import Yams

extension YamlMap {
    /// Parses a file of up to 1 MiB. The parser itself bounds nesting to 1000 levels.
    ///
    /// Anchors are refused: they are how YAML bombs are made. An anchor is certain only after parsing, and parsing
    /// compares mapping keys, which aliases can blow up; so more than a few words that look like aliases end it before.
    package static func load(_ path: String, _ sink: ProblemSink) -> YamlMap? {
        guard let text = SourceText.load(path, limit: 1 << 20, sink) else { return nil }
        func fail(_ line: Int, _ what: String, _ mend: String) -> YamlMap? {
            // What is missing at the end of the file is missed on the line behind it.
            sink.add(path, min(max(1, line), text.utf8.count { $0 == 10 } + 1), what, mend)
            return nil
        }
        if let line = lineOfOddBreak(text) {
            return fail(line, "a line ends with neither LF nor CRLF", "Write LF, or an escape as `\\r` within quotes")
        }
        if let line = lineOfManyAliases(text) {
            return fail(line, "YAML aliases (`*name`) are not accepted", "Write the value out")
        }
        do {
            // Only texts are read. Other tags would be told by regular expressions, for every key.
            let parser = try Parser(yaml: text, resolver: .basic)
            guard let root = try parser.singleRoot() else {
                return fail(1, "the file is empty", "Write `key: value` lines")
            }
            // Nodes hold their anchors weakly; the parser owns them.
            if let anchored = withExtendedLifetime(parser, { firstAnchor(root) }) {
                return fail(anchored.mark?.line ?? 1, "YAML anchors (`&name`) are not accepted", "Write the value out")
            }
            guard let m = root.mapping else {
                return fail(root.mark?.line ?? 1, "the file must be a mapping", "Write `key: value` lines")
            }
            return YamlMap(file: path, node: m, line: 1, sink: sink)
        } catch let e as YamlError {
            switch e {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                return fail(mark.line, "YAML: \(problem)", "Mend the syntax on this line, or the one before")
            case .duplicatedKeysInMapping(let keys, let context):
                return fail(context.mark.line, "the key `\(keys.joined(separator: ", "))` is repeated", "Keep one")
            case .reader(let problem, let offset, _, _):
                let line = text.utf8.prefix(offset ?? 0).count { $0 == 10 } + 1
                return fail(line, "YAML: \(problem)", "Remove the control character")
            default:
                return fail(1, "YAML: the file cannot be parsed", "Mend the syntax")
            }
        } catch {
            return fail(1, "YAML: \(error)", "Mend the syntax")
        }
    }

    /// The first line break that YAML sees and an editor does not: CR alone, NEL, LS, PS. Lines would be miscounted.
    private static func lineOfOddBreak(_ text: String) -> Int? {
        var (line, before, odd) = (1, Unicode.Scalar(0), false)
        for c in text.unicodeScalars {
            if odd || (before == "\r" && c != "\n") { return line }
            if c == "\n" { line += 1 }
            odd = c == "\u{85}" || c == "\u{2028}" || c == "\u{2029}"
            before = c
        }
        return odd || before == "\r" ? line : nil
    }

    private static func lineOfManyAliases(_ text: String) -> Int? {
        var (line, found, before) = (1, 0, UInt8(10))
        for b in text.utf8 {
            if before == UInt8(ascii: "*"), b > 32, b != UInt8(ascii: "*") {
                found += 1
                if found > 16 { return line }
            }
            if b == 10 { line += 1 }
            before = b
        }
        return nil
    }

    private static func firstAnchor(_ node: Node) -> Node? {
        if node.anchor != nil { return node }
        switch node {
        case .mapping(let m):
            for (k, v) in m { if let a = firstAnchor(k) ?? firstAnchor(v) { return a } }
        case .sequence(let s):
            for v in s { if let a = firstAnchor(v) { return a } }
        case .scalar, .alias: break
        }
        return nil
    }
}

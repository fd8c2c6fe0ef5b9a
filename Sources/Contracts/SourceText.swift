import Foundation

/// Text and the small grammars that all files share.
enum SourceText {
    /// A file's text without its byte order mark; a problem and nil where it cannot be had.
    static func load(_ path: String, limit: Int, _ sink: ProblemSink) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else {
            sink.add(path, 1, "the file cannot be read", "Check that it is a file, and its permissions")
            return nil
        }
        guard data.count <= limit else {
            sink.add(path, 1, "the file is larger than \(limit >> 20) MiB", "Split it")
            return nil
        }
        let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
        guard let text = String(validating: bytes, as: UTF8.self) else {
            sink.add(path, 1, "the file is not UTF-8", "Save it as UTF-8")
            return nil
        }
        return text
    }

    /// Lines, ended by LF or CRLF. By bytes: Swift sees CRLF as one character, so characters would not split there.
    static func lines(_ text: String) -> [String] {
        text.utf8.split(separator: 10, omittingEmptySubsequences: false).map {
            String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self)
        }
    }

    /// A finite decimal number; Swift's own parser would also take `nan`, `inf` and hexadecimal.
    static func decimal(_ s: String) -> Double? {
        guard !s.isEmpty, s.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }), let v = Double(s), v.isFinite
        else { return nil }
        return v
    }

    /// A 12-digit division code.
    static func code(_ s: String) -> UInt64? {
        s.utf8.count == 12 && s.utf8.allSatisfy { (48...57).contains($0) } ? UInt64(s) : nil
    }

    /// A name that may stand in topics, keys and addresses: up to 64 letters, digits, `_` and `-`.
    static func isName(_ s: String) -> Bool {
        (1...64).contains(s.utf8.count) && s.utf8.allSatisfy(isWord)
    }

    /// What Kafka takes as a topic's name.
    static func isTopic(_ s: String) -> Bool {
        (1...249).contains(s.utf8.count) && s != "." && s != ".." && s.utf8.allSatisfy { isWord($0) || $0 == 46 }
    }

    private static func isWord(_ b: UInt8) -> Bool {
        (48...57).contains(b) || (65...90).contains(b) || (97...122).contains(b) || b == 95 || b == 45
    }
}

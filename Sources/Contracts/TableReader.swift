/// Reads comma-separated lines. A field holds no comma, no quote, and no space at its ends.
enum TableReader {
    /// One line behind the header.
    struct Row {
        let file: String
        let line: Int
        let fields: [String]
        let sink: ProblemSink

        func problem(_ what: String, _ mend: String) { sink.add(file, line, what, mend) }

        /// An optional number above `low` and at most `high`; anything else is a problem.
        func number(_ column: Int, _ name: String, _ range: ClosedRange<Double>) -> Double? {
            let s = fields[column]
            if s.isEmpty { return nil }
            guard let v = SourceText.decimal(s), range.contains(v) else {
                problem(
                    "\(name) `\(s)` is not a number from \(range.lowerBound) to \(range.upperBound)",
                    "Write a decimal number, or leave it empty")
                return nil
            }
            return v
        }
    }

    /// The rows that have the header's number of fields.
    /// - Parameter optional: last columns, in this order, each of which a file may leave out; its field is empty then.
    static func rows(_ path: String, header: String, optional: [String] = [], _ sink: ProblemSink) -> [Row] {
        guard let text = SourceText.load(path, limit: 64 << 20, sink) else { return [] }
        let full = ([header] + optional).joined(separator: ",")
        var used = header
        var columns = 0
        // Of each optional column: whether this file has it.
        var present = optional.map { _ in false }
        var out: [Row] = []
        for (i, line) in SourceText.lines(text).enumerated() {
            if i == 0 {
                let extra = line.hasPrefix(header + ",") ? line.dropFirst(header.count + 1).split(separator: ",") : []
                present = optional.map { extra.contains(Substring($0)) }
                used = ([header] + zip(optional, present).filter(\.1).map(\.0)).joined(separator: ",")
                if line != used {
                    used = header
                    present = optional.map { _ in false }
                }
                columns = used.split(separator: ",").count
                if line != used { sink.add(path, 1, "the header is not the expected one", "Write `\(full)`") }
                continue
            }
            if line.isEmpty { continue }
            var fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let complete = fields.count == columns
            if complete {
                let base = columns - present.count { $0 }
                for (i, there) in present.enumerated() where !there { fields.insert("", at: base + i) }
            }
            let row = Row(file: path, line: i + 1, fields: fields, sink: sink)
            if !complete {
                row.problem("the row has \(fields.count) fields, not \(columns)", "Columns: \(used)")
            } else if fields.contains(where: { $0.first?.isWhitespace ?? false || $0.last?.isWhitespace ?? false }) {
                row.problem("a field begins or ends with a space", "Remove the space")
            } else if line.utf8.contains(UInt8(ascii: "\"")) {
                row.problem("the row holds a quote", "Write fields without quotes and commas")
            } else {
                out.append(row)
            }
        }
        return out
    }
}

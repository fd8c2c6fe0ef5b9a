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
    /// - Parameter optional: further columns, any of which a file may leave out; a row's fields stand in their order
    ///   whatever the file's, and are empty where it has none.
    static func rows(_ path: String, header: String, optional: [String] = [], _ sink: ProblemSink) -> [Row] {
        guard let text = SourceText.load(path, limit: 64 << 20, sink) else { return [] }
        let full = ([header] + optional).joined(separator: ",")
        let fixed = header.split(separator: ",").count
        var used = header
        var columns = 0
        // Of each optional column: where a line has it.
        var places = [Int?](repeating: nil, count: optional.count)
        var out: [Row] = []
        for (i, line) in SourceText.lines(text).enumerated() {
            if i == 0 {
                let names = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                let further = names.dropFirst(fixed)
                let known = names.prefix(fixed).joined(separator: ",") == header
                    && Set(further).count == further.count && further.allSatisfy(optional.contains)
                if known { used = line } else { sink.add(path, 1, "the header is not the expected one", "Write `\(full)`") }
                columns = used.split(separator: ",").count
                if known { places = optional.map(names.firstIndex(of:)) }
                continue
            }
            if line.isEmpty { continue }
            let all = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let complete = all.count == columns
            let fields = complete ? all.prefix(fixed) + places.map { $0.map { all[$0] } ?? "" } : all
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

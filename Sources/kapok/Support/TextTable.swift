/// Prints rows of equal length in columns; the first is the header.
func printTable(_ rows: [[String]]) {
    let widths = (rows.first ?? []).indices.map { i in rows.map { $0[i].count }.max() ?? 0 }
    for row in rows {
        let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        print(padded.joined(separator: "  ").trimmingSuffix { $0 == " " })
    }
}

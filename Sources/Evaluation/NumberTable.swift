import CityModel
import Foundation

/// A table of numbers, one row a step, one column a series; empty and unreadable cells are NaN.
public struct NumberTable: Sendable {
    public var rows: [[Double]]
    public var columns: Int

    /// Reads a CSV file, gzip-compressed where its name ends so (through the system's `gzip`).
    public static func load(_ path: String) throws -> NumberTable {
        let text = try String(decoding: bytes(path), as: UTF8.self)
        let table = parse(text)
        guard table.rows.contains(where: { $0.contains { $0.isFinite } }) else {
            throw KapokError("no-numbers", "\(path) has no numbers", mend: "One row a step, one column a series")
        }
        return table
    }

    /// A first row of names or ids is passed over, and a first column of times or names.
    static func parse(_ text: String) -> NumberTable {
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        guard let head = lines.first else { return NumberTable(rows: [], columns: 0) }
        let body = isHeader(head) ? lines.dropFirst() : lines[...]
        let named = body.first?.first.map { Double($0) == nil && !$0.isEmpty } ?? false
        let rows = body.map { line in (named ? line.dropFirst() : line[...]).map { Double($0) ?? .nan } }
        return NumberTable(rows: rows, columns: rows.map(\.count).max() ?? 0)
    }

    /// Names, or ids: whole numbers above 1000, all different.
    private static func isHeader(_ cells: [Substring]) -> Bool {
        let numbers = cells.map { Double($0) }
        if numbers.dropFirst().contains(where: { $0 == nil }) || numbers.count == 1 && numbers[0] == nil {
            return cells.dropFirst().contains { !$0.isEmpty && Double($0) == nil } || cells.count == 1
        }
        let ids = numbers.compactMap { $0 }
        return ids.allSatisfy { $0 >= 1000 && $0 == $0.rounded() } && Set(ids).count == ids.count
    }

    static func bytes(_ path: String) throws -> Data {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw KapokError("no-file", "\(path) cannot be read", mend: "Check the path")
        }
        guard path.hasSuffix(".gz") else { return try Data(contentsOf: URL(fileURLWithPath: path)) }
        let p = Process(), out = Pipe()
        p.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        p.arguments = ["gzip", "-dc", "--", path]
        p.standardOutput = out
        try p.run()
        let data = out.fileHandleForReading.readDataToEndOfFile()
        p.waitUntilExit()
        guard p.terminationStatus == 0 else {
            throw KapokError("bad-gzip", "\(path): gzip ended with \(p.terminationStatus)", mend: "Is it a gzip file?")
        }
        return data
    }
}

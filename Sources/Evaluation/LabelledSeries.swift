import CityModel
import Foundation

/// A series of NAB's form: `timestamp,value` rows and the windows in which an anomaly lies.
public struct LabelledSeries: Sendable {
    public var name: String
    public var times: [EventTime]
    public var values: [Double]
    public var windows: [ClosedRange<Int>]

    /// Every *.csv of a folder that windows.json names, by name. Times without zone are taken as UTC.
    public static func load(folder: String) throws -> [LabelledSeries] {
        let url = URL(fileURLWithPath: folder)
        let labels: [String: [[String]]]
        do {
            labels = try JSONDecoder().decode(
                [String: [[String]]].self, from: Data(contentsOf: url.appendingPathComponent("windows.json")))
        } catch {
            throw KapokError(
                "no-labels", "\(folder)/windows.json cannot be read: \(error)",
                mend: "It maps each file's name to its windows: {\"a.csv\": [[\"from\", \"to\"]]}")
        }
        return try labels.keys.sorted().map { name in
            let file = url.appendingPathComponent((name as NSString).lastPathComponent)
            guard let text = try? String(contentsOf: file, encoding: .utf8) else {
                throw KapokError(
                    "no-series", "\(file.path) cannot be read", mend: "Put it there or take it out of windows.json")
            }
            return try parse(name: name, text: text, windows: labels[name] ?? [])
        }
    }

    static func parse(name: String, text: String, windows: [[String]]) throws -> LabelledSeries {
        var s = LabelledSeries(name: name, times: [], values: [], windows: [])
        for (n, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count >= 2, let t = time(cells[0]),
                let v = Double(cells[1].trimmingCharacters(in: .whitespaces))
            else {
                if n == 0 { continue }
                throw KapokError(
                    "bad-row", "\(name):\(n + 1): not `timestamp,value`: \(line)", mend: "Mend or remove the row")
            }
            s.times.append(t)
            s.values.append(v)
        }
        for w in windows {
            guard w.count == 2, let from = time(w[0]), let to = time(w[1]) else {
                throw KapokError(
                    "bad-window", "\(name): a window that is not two times: \(w)", mend: "Mend windows.json")
            }
            guard let first = s.times.firstIndex(where: { $0 >= from }),
                let last = s.times.lastIndex(where: { $0 <= to }), first <= last
            else { continue }
            s.windows.append(first...last)
        }
        return s
    }

    static func time(_ text: some StringProtocol) -> EventTime? {
        let t = text.trimmingCharacters(in: .whitespaces).replacing(" ", with: "T")
        return EventTime(rfc3339: t) ?? EventTime(rfc3339: t + "Z")
    }
}

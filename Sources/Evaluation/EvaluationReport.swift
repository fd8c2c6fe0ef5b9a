import Analytics
import CityModel
import Foundation

/// What `kapok evaluate` prints, as Markdown. A pure function of the data: the same files, the same bytes.
public enum EvaluationReport {
    /// The product's alarm threshold.
    public static let standardThreshold = AnomalyAlarm.standardThreshold

    /// (a) on labelled files.
    public static func anomalies(
        _ series: [LabelledSeries], threshold: Double = AnomalyAlarm.standardThreshold
    ) -> String {
        let e = AnomalyEvaluation(series, threshold: threshold)
        var rows: [[String]] = e.rows.map { cells($0) }
        if let b = e.best {
            var r = b.row
            r.detector += String(format: " (%.2f)", b.threshold)
            rows.append(cells(r))
        }
        let windows = e.rows.first.map { $0.outcomes.reduce(0) { $0 + $1.windows } } ?? 0
        for d in PublishedScores.detectors {
            let s = PublishedScores.scores(d.scores, on: e.files)
            guard s.contains(where: { $0 != nil }) else { continue }
            let raw = s.compactMap { $0 }
            let all: Double? = raw.count == s.count && windows > 0
                ? 100 * (raw.reduce(0, +) + Double(windows)) / Double(2 * windows) : nil
            rows.append(["\(d.name) (published)"] + s.map { number($0, 2) } + [number(all, 1), "", ""])
        }
        let head = ["detector"] + e.files + ["0..100", "windows found", "false alarms"]
        return table(head, rows) + "\nState of a series: \(e.stateBytes) bytes. \(windows) windows.\n"
    }

    private static func cells(_ r: AnomalyEvaluation.Row) -> [String] {
        let found = r.outcomes.reduce(0) { $0 + $1.windowsFound }, all = r.outcomes.reduce(0) { $0 + $1.windows }
        return [r.detector] + r.outcomes.map { number($0.score, 2) }
            + [number(r.normalised, 1), "\(found) of \(all)", String(r.outcomes.reduce(0) { $0 + $1.falseAlarms })]
    }

    /// (a) on made series, all in one row a detector.
    public static func synthetic(
        seeds: ClosedRange<UInt64>, threshold: Double = AnomalyAlarm.standardThreshold
    ) -> String {
        let e = AnomalyEvaluation(seeds.map { SyntheticSeries.make(seed: $0) }, threshold: threshold)
        let rows = (e.rows + [e.best?.row].compactMap { $0 }).map { r in
            let c = cells(r)
            return [c[0]] + c.suffix(3)
        }
        return table(["detector", "0..100", "windows found", "false alarms"], rows)
    }

    /// (b).
    public static func forecast(_ e: ForecastEvaluation) -> String {
        func cell(_ sums: [ForecastEvaluation.ErrorSum]?, _ k: Int) -> String {
            guard let s = sums, s.indices.contains(k) else { return "-" }
            return String(format: "%.2f / %.2f", s[k].rmse, s[k].mae)
        }
        let head = ["RMSE / MAE"] + e.horizons.map { "to \($0) min" } + e.horizons.map { "at \($0) min" }
        let rows = ForecastEvaluation.Method.allCases.map { m in
            [m.rawValue] + [e.cumulative[m], e.exact[m]].flatMap { s in e.horizons.indices.map { cell(s, $0) } }
        }
        let interval = table(
            ["interval of \(Int((100 * e.stated).rounded())) %"] + e.horizons.map { "at \($0) min" },
            [
                ["outcomes inside, %"] + e.coverage.map { number(100 * $0, 1) },
                ["mean width"] + e.width.map { number($0, 2) },
            ])
        return table(head, rows) + "\n" + interval
            + "\n\(e.rows) steps of \(e.series) series; state of the field: \(e.bytes / 1024) KiB.\n"
    }

    /// (d).
    public static func crowd(_ e: CrowdEvaluation) -> String {
        let planted = table(
            ["planted surge", "planted", "found", "%", "mean delay, 10-min steps"],
            e.planted.map { p in
                [
                    "times \(p.factor)", String(p.count), String(p.found),
                    number(p.count > 0 ? 100 * Double(p.found) / Double(p.count) : nil, 0),
                    number(p.found > 0 ? Double(p.steps) / Double(p.found) : nil, 1),
                ]
            })
        let strongest = e.surges.sorted {
            let a = $0.count / max($0.expected, 30), b = $1.count / max($1.expected, 30)
            return a != b ? a > b : ($0.day, $0.step, $0.station) < ($1.day, $1.step, $1.station)
        }.prefix(20)
        let found = table(
            ["day", "station", "time", "people in 10 min", "expected"],
            strongest.sorted { ($0.day, $0.step, $0.station) < ($1.day, $1.step, $1.station) }.map { s in
                let minute = 360 + 10 * s.step
                return [
                    day(s.day), String(s.station), String(format: "%02d:%02d", minute / 60, minute % 60),
                    number(s.count, 0), number(s.expected, 0),
                ]
            })
        let days = table(
            ["day", "surges", "stations"],
            (7..<max(7, e.days)).map { d in
                let today = e.surges.filter { $0.day == d }
                let stations = Set(today.map(\.station)).sorted().map { String($0) }
                return [day(d), String(today.count), stations.joined(separator: " ")]
            })
        let rate = number(e.falseAlarmsPerStationDay, 3)
        return planted + "\nAlarms outside planted surges: \(rate) a station and day, real surges among them.\n\n"
            + "\(e.surges.count) real surges at \(e.stations) stations in \(max(0, e.days - 7)) days:\n\n" + days
            + "\nThe strongest, by people over expected (30 at least):\n\n" + found
    }

    private static func day(_ d: Int) -> String {
        String((CrowdEvaluation.start + Int64(d) * 86_400_000).rfc3339.prefix(10))
    }

    static func number(_ v: Double?, _ digits: Int) -> String {
        guard let v, v.isFinite else { return "-" }
        return String(format: "%.\(digits)f", v)
    }

    static func table(_ head: [String], _ rows: [[String]]) -> String {
        let all = [head, head.enumerated().map { $0.offset == 0 ? "---" : "---:" }] + rows
        return all.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
    }
}

import CityModel
import Foundation
import HubAPI
import Pipeline
import Store
import Windowing

/// One window of a theme: status, content, sums. Streets come first, so that what is wrong below is named before the
/// places above that it spoils.
extension ThemeVerifier {
    mutating func check(
        _ i: Instance, _ all: [Summary], _ rows: WindowRows, _ stored: Commit.Theme, _ table: PaneTable?
    ) {
        guard i.start >= since else {
            for s in all { if let w = Self.status(s) { report.add(w) } }
            note(.earlierConfiguration, all.count)
            return
        }
        let def = rows.plan.windows[i.window]
        let completed = stored.completed[def.name] ?? .min
        var sound: [Summary] = []
        for s in all.sorted(by: { Self.order($0) < Self.order($1) }) {
            if let w = Self.status(s) ?? Self.bounds(s, def, completed) { report.add(w) } else { sound.append(s) }
        }
        guard i.start + def.sizeMs <= completed else { return note(.provisional, all.count) }
        guard i.start >= StoreSnapshot.summariesKept(stored) else { return note(.expired, all.count) }
        guard !owed.contains("\(def.name)/\(i.start)") else { return note(.changePending, all.count) }
        let wasShownWhole = all.contains { $0.status == .complete }
        if let table, i.start >= StoreSnapshot.cellsKept(stored) {
            let made = rows.all(window: i.window, start: i.start, tables: [table], status: .complete)
            compare(all, sound, made, wasShownWhole)
        } else {
            note(.partialsGone, all.count)
        }
        sums(i, all, rows.plan, expected: wasShownWhole)
    }

    /// Streets, districts, city; then codes and measures.
    private static func order(_ s: Summary) -> (Int, String, String) {
        (s.level == .street ? 0 : s.level == .district ? 1 : 2, s.place, s.measure)
    }

    /// What every row must fulfil, whatever made it.
    static func status(_ s: Summary) -> WrongRow? {
        let rule: (revision: Bool, computed: String) =
            switch s.status {
            case .provisional, .complete: (s.revision == 0, "0")
            case .revised: (s.revision > 0, "1 or more")
            }
        if !rule.revision {
            return WrongRow(
                .status, s, field: "revision", stored: "\(s.revision)",
                computed: "\(rule.computed) (\(s.status.rawValue))")
        }
        let isDigest =
            s.digest.utf8.count == 64
            && s.digest.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        if s.status == .provisional ? !s.digest.isEmpty : !isDigest {
            return WrongRow(
                .status, s, field: "digest", stored: "`\(s.digest)`",
                computed: s.status == .provisional ? "none (provisional)" : "64 hex digits")
        }
        return nil
    }

    /// The window's bounds, and the status that they ask for.
    private static func bounds(_ s: Summary, _ def: WindowAssigner, _ completed: Int64) -> WrongRow? {
        let (start, end) = (def.floor(s.start.ms), s.start.ms + def.sizeMs)
        if start != s.start.ms {
            return WrongRow(.status, s, field: "start", stored: s.start.rfc3339, computed: EventTime(ms: start).rfc3339)
        }
        if s.end.ms != end {
            return WrongRow(.status, s, field: "end", stored: s.end.rfc3339, computed: EventTime(ms: end).rfc3339)
        }
        guard (s.status == .provisional) == (end > completed) else {
            return WrongRow(
                .status, s, field: "status", stored: s.status.rawValue,
                computed: end > completed ? "provisional: not yet complete" : "complete or revised")
        }
        return nil
    }

    /// Stored rows against those that the partials give (identity 2: what is counted below is what is shown above).
    private mutating func compare(
        _ all: [Summary], _ sound: [Summary], _ made: [Summary], _ wasShownWhole: Bool
    ) {
        func key(_ s: Summary) -> String { s.place + "/" + s.measure }
        let there = Dictionary(all.map { (key($0), $0) }, uniquingKeysWith: { a, _ in a })
        let judged = Set(sound.map(key))
        var left = Set(there.keys)
        for var m in made.sorted(by: { Self.order($0) < Self.order($1) }) {
            left.remove(key(m))
            guard let s = there[key(m)] else {
                // Where nothing was measured, only a window that was once shown whole must have the row.
                if m.count > 0 || m.late > 0 || wasShownWhole {
                    report.add(WrongRow(.content, m, field: "row", stored: nil, computed: "count \(m.count)"))
                } else {
                    note(.beganRevised)
                }
                continue
            }
            guard judged.contains(key(m)) else { continue }
            counts.recomputed += 1
            (m.status, m.revision) = (s.status, s.revision)
            m.values = m.values.filter(\.value.isFinite)
            if s != m { report.add(Self.difference(s, m)) }
        }
        for s in sound where left.contains(key(s)) {
            report.add(WrongRow(.content, s, field: "row", stored: "count \(s.count)", computed: nil))
        }
    }

    /// The first member, by name, in which two rows differ.
    static func difference(_ s: Summary, _ m: Summary) -> WrongRow {
        let (a, b) = (members(s), members(m))
        let field = Set(a.keys).union(b.keys).sorted().first { a[$0] != b[$0] }
        guard let field else { return WrongRow(.content, s, field: "row", stored: "\(s)", computed: "\(m)") }
        return WrongRow(.content, s, field: field, stored: a[field] ?? "nothing", computed: b[field] ?? "nothing")
    }

    private static func members(_ s: Summary) -> [String: String] {
        guard let data = try? JSONEncoder().encode(s),
            let map = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return [:] }
        return map.mapValues { v in
            let text = try? JSONSerialization.data(withJSONObject: v, options: [.fragmentsAllowed, .sortedKeys])
            return text.map { String(decoding: $0, as: UTF8.self) } ?? "\(v)"
        }
    }

    /// Streets sum to districts, districts to the city, in whole numbers: from the stored rows alone.
    /// - Parameter expected: whether every place that expects sensors has a row.
    private mutating func sums(_ i: Instance, _ all: [Summary], _ plan: ThemePlan, expected: Bool) {
        let tree = plan.places
        let fields: [(name: String, number: (Summary) -> Int64)] =
            [
                ("count", { $0.count }), ("late", { $0.late }), ("reporting", { Int64($0.reporting) }),
                ("flagged", { Int64($0.flagged ?? 0) }),
            ] + (expected ? [("expected", { Int64($0.expected) })] : [])
        let byMeasure = Dictionary(grouping: all, by: \.measure)
        for measure in byMeasure.keys.sorted() {
            var at: [Int: Summary] = [:]
            for s in byMeasure[measure] ?? [] { if let p = UInt64(s.place).flatMap(tree.index(of:)) { at[p] = s } }
            for p in tree.places.indices.reversed() where !tree.children[p].isEmpty {
                let below = tree.children[p].compactMap { at[$0] }
                guard let row = at[p] ?? below.first else { continue }
                counts.sums += 1
                for f in fields {
                    let sum = below.reduce(Int128(0)) { $0 + Int128(f.number($1)) }
                    let above = at[p].map { Int128(f.number($0)) } ?? 0
                    guard sum != above else { continue }
                    var w = WrongRow(
                        .sums, row, field: f.name, stored: at[p] == nil ? nil : "\(above)",
                        computed: "\(sum) (the sum of the \(tree.places[tree.children[p][0]].level.rawValue)s)")
                    w.place = tree.places[p].codeText
                    report.add(w)
                    break
                }
            }
        }
    }
}

import CityModel
import Contracts
import Foundation

/// One column of a table, or one tile of a banner.
public struct ColumnDef: Sendable, Hashable {
    public var measure: String
    /// Name of the window; nil for the measure's first.
    public var window: String?
    /// Name of the aggregate; nil for the one that the theme displays.
    public var value: String?
    var title: Words?
    /// Columns on the terminal.
    public var width: Int
    public var decimals: Int
    /// Draws the window's history instead of its value.
    public var isTrend: Bool
    /// Where columns do not fit, those with the largest number go first.
    public var priority: Int
}

/// How one theme is shown.
public struct ThemeView: Sendable, Hashable {
    public var name: String
    var title: Words
    /// The order of rows until the operator changes it.
    public var worstFirst = false
    public var banner: [ColumnDef] = []
    /// Empty: derived from the measures that the hub names.
    public var columns: [ColumnDef] = []

    init(name: String, title: Words) {
        self.name = name
        self.title = title
    }
}

/// An operator's screen: a file of `Dashboards/`.
public struct DashboardDef: Sendable, Hashable {
    /// The file's name without `.yaml`.
    public var name: String
    var title: Words
    /// In the order of the keys 1, 2 ...
    public var themes: [ThemeView]

    /// All screens of a folder, in the order of their file names.
    ///
    /// - Throws: `ContractsError` with every mistake as file:line and how to mend it.
    public static func load(_ dir: String) throws -> [DashboardDef] {
        let sink = ProblemSink()
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: dir)) ?? [])
            .filter { $0.hasSuffix(".yaml") }.sorted()
        var out: [DashboardDef] = []
        for f in files {
            guard let m = YamlMap.load(dir + "/" + f, sink) else { continue }
            out.append(DashboardReader.screen(m, name: String(f.dropLast(5))))
        }
        if files.isEmpty {
            sink.add(dir, 1, "there are no screens here", "Name a folder with *.yaml files")
        }
        guard sink.problems.isEmpty else {
            throw ContractsError(problems: sink.problems.sorted())
        }
        return out
    }
}

/// Turns a file of `Dashboards/` into a screen.
enum DashboardReader {
    private enum Order: String, CaseIterable { case code, worst }

    static func screen(_ m: YamlMap, name: String) -> DashboardDef {
        m.checkKeys(["title", "themes"])
        let themes = m.map("themes").entries.map { theme($0.name, $0.map) }
        if themes.isEmpty { m.problem("there are no themes", "Add `themes:` with at least one") }
        if themes.count > 9 { m.problem("there are more than 9 themes", "The keys 1 to 9 choose them: split the file") }
        return DashboardDef(name: name, title: words(m), themes: themes)
    }

    private static func words(_ m: YamlMap) -> Words { Words(m.titles(), fallback: "") }

    private static func theme(_ name: String, _ m: YamlMap) -> ThemeView {
        m.checkKeys(["title", "sort", "banner", "columns"])
        var t = ThemeView(name: name, title: words(m))
        t.worstFirst = m.choice("sort", Order.code, required: false) == .worst
        t.banner = m.list("banner").enumerated().map { column($1, order: $0) }
        t.columns = m.list("columns").enumerated().map { column($1, order: $0) }
        if t.columns.isEmpty { m.problem("theme \(name) has no columns", "Add `columns:`") }
        return t
    }

    private static func column(_ m: YamlMap, order: Int) -> ColumnDef {
        m.checkKeys(["measure", "window", "value", "title", "width", "decimals", "trend", "priority"])
        var isTrend = false
        if let t = m.child("trend") {
            switch t.scalar?.string {
            case "true": isTrend = true
            case "false": break
            default: m.problem("`trend` must be true or false", "Mend it", at: t)
            }
        }
        if let v = m.child("value"), let name = v.scalar?.string, !MeasureDef.aggregateNames.contains(name),
            MeasureDef.quantile(name) == nil
        {
            let all = MeasureDef.aggregateNames.sorted().joined(separator: ", ")
            m.problem("`\(name)` is not an aggregate", "One of: \(all), p1 to p99", at: v)
        }
        return ColumnDef(
            measure: m.text("measure"), window: m.child("window").map { _ in m.text("window") },
            value: m.child("value").map { _ in m.text("value") }, title: m.child("title").map { _ in words(m) },
            width: m.integer("width", isTrend ? 10 : 8, in: 3...60), decimals: m.integer("decimals", 0, in: 0...6),
            isTrend: isTrend, priority: m.integer("priority", order + 1, in: 1...99))
    }
}

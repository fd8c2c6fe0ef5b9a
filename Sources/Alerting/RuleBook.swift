import CityModel
import Contracts
import HubAPI

/// The rules of all themes, found by what a row says.
struct RuleBook: Sendable {
    struct Rule: Sendable {
        var def: RuleDef
        var theme: String
        var themeVersion: Int
        var unit: String
        /// The aggregate compared; the row's own value where it is the displayed one.
        var aggregate: String
        var isDisplayed: Bool
        /// Kafka topics that the theme reads.
        var topics: Set<String>
    }
    private struct RowKey: Hashable {
        var theme, measure, window: String
    }

    private let byRow: [RowKey: [Int]]
    private let byName: [String: [String: Int]]
    private let rules: [Rule]
    private let places: PlaceTree

    init(_ themes: [ThemeDef], topics: [String: Set<String>], places: PlaceTree) {
        var rules: [Rule] = []
        var byRow: [RowKey: [Int]] = [:]
        var byName: [String: [String: Int]] = [:]
        for t in themes {
            for r in t.rules {
                guard let m = t.measures.first(where: { $0.name == r.measure }), !r.levels.isEmpty else { continue }
                byRow[RowKey(theme: t.name, measure: r.measure, window: r.window), default: []].append(rules.count)
                byName[t.name, default: [:]][r.name] = rules.count
                rules.append(
                    Rule(
                        def: r, theme: t.name, themeVersion: t.version, unit: m.unit,
                        aggregate: r.aggregate ?? m.display,
                        isDisplayed: r.aggregate ?? m.display == m.display, topics: topics[t.name] ?? []))
            }
        }
        (self.rules, self.byRow, self.byName, self.places) = (rules, byRow, byName, places)
    }

    subscript(i: Int) -> Rule { rules[i] }

    /// Indices of the rules that judge a row, in the order of themes and files.
    func rules(for row: Summary) -> [Int] {
        guard let all = byRow[RowKey(theme: row.theme, measure: row.measure, window: row.window)] else { return [] }
        return all.filter { rules[$0].def.scope.contains(row.level) && rank(row.place) != nil }
    }

    /// The rule of a key; nil where rule or place are no longer configured.
    func rule(_ key: AlertKey) -> Rule? {
        guard let i = byName[key.theme]?[key.rule], let p = place(key.place),
            rules[i].def.scope.contains(p.level)
        else { return nil }
        return rules[i]
    }

    func place(_ code: String) -> Place? { UInt64(code).flatMap { places.place($0) } }
    /// The place's position in the tree: the city first, streets last.
    func rank(_ code: String) -> Int? { UInt64(code).flatMap { places.index(of: $0) } }

    /// The codes above a place, nearest first.
    func above(_ code: String) -> [String] {
        guard var i = rank(code) else { return [] }
        var out: [String] = []
        while places.parentIndex[i] >= 0 {
            i = Int(places.parentIndex[i])
            out.append(places.places[i].codeText)
        }
        return out
    }

    func isAt(_ code: String, orBelow other: String) -> Bool { code == other || above(code).contains(other) }
}

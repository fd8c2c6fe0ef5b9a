import CityModel
import Foundation
import HubAPI
import Testing

@testable import Contracts
@testable import Serving

/// What stands at a level, and what is to be done.
@Suite struct ResponseTests {
    let last = present / minute * minute - minute

    /// Smoke with a runbook, `fire` fused of it, and a time to its next level.
    private func catalogue() throws -> Catalogue {
        var c = try City.catalogue()
        func measure(_ name: String, _ source: MeasureSource, _ display: String) -> MeasureDef {
            MeasureDef(
                name: name, title: ["zh": name, "en": name], source: source, unit: "u", windows: ["1m"],
                aggregates: [display], display: display)
        }
        c.themes[0].measures += [
            measure("fire", .fuse(FuseDef(
                parts: [.init(measure: "smoke", source: "smoke", scale: .init(from: [0, 1], to: [0, 1], source: ""), weight: 500_000)],
                cuts: .usual, source: "s")), "certainty"),
            measure("soon", .timeTo(TimeToDef(of: "smoke", rate: "fire", rateMs: 1, target: .next, withinMs: 1)), "minutes"),
        ]
        func text(_ t: String) -> [String: String] { ["zh": t + "中", "en": t] }
        c.themes[0].runbooks = [
            RunbookDef(
                measure: "smoke", department: text("Fire"), levels: [
                    .yellow: .init(steps: (1...5).map { text("step \($0)") }, resources: [text("car")]),
                    .red: .init(steps: [text("go")]),
                ], source: "ours")
        ]
        return c
    }

    private func row(_ place: UInt64, _ severity: Severity, value: Double? = 9) -> Summary {
        row(place, "smoke", severity, value: value)
    }
    private func row(_ place: UInt64, _ measure: String, _ severity: Severity, value: Double? = 9) -> Summary {
        summary(place, measure, theme: "emergency", start: last, value: value, severity: severity)
    }

    private func list(_ rows: [Summary], _ query: String = "", _ report: Health? = health()) async throws -> ResponseList {
        nonisolated(unsafe) var list: ResponseList?
        try await Served.with(rows, report, catalogue: catalogue()) {
            list = try await $0.decode(ResponseList.self, "/v1/response" + query)
        }
        return try #require(list)
    }

    @Test func `a level that stands comes with certainty, time, department, steps and streets of its district`() async throws {
        var fire = row(City.eastStreets[0], "fire", .normal, value: 0.6)
        fire.certainty = .likely
        fire.evidence = Evidence(parts: [.init(measure: "smoke", value: 9, unit: "u", support: 1, quality: 1, source: "smoke")], leading: "smoke")
        var soon = row(City.eastStreets[0], "soon", .yellow, value: 12.5)
        soon.evidence = Evidence(parts: [], level: .red)
        let rows = [
            row(City.eastStreets[0], .orange), fire, soon, row(City.eastStreets[1], .normal), row(City.westStreet, .normal),
        ]
        let l = try await list(rows)
        let item = try #require(l.items.first)
        #expect(l.items.count == 1 && !l.truncated)
        #expect(item.place == String(City.eastStreets[0]) && item.severity == .orange && item.value == 9)
        #expect(item.certainty == .likely && item.evidence == fire.evidence)
        #expect(item.next == .init(measure: "soon", minutes: 12.5, level: .red))
        #expect(item.department["en"] == "Fire" && item.steps.count == 5 && item.resources.count == 1 && item.source == "ours")
        #expect(item.nearby.by == .district && item.nearby.affected.isEmpty)
        #expect(item.nearby.free.map(\.place) == [String(City.eastStreets[1])])
    }

    @Test func `the worst comes first, the limit cuts, and a place names what is below it`() async throws {
        let rows = [row(City.eastStreets[0], .yellow), row(City.eastStreets[1], .red), row(City.westStreet, .yellow)]
        let all = try await list(rows)
        #expect(all.items.map(\.severity) == [.red, .yellow, .yellow])
        #expect(all.items[0].steps.map { $0["en"] } == ["go"])
        #expect(all.items[0].nearby.affected.map(\.place) == [String(City.eastStreets[0])])
        let cut = try await list(rows, "?limit=1")
        #expect(cut.items.count == 1 && cut.truncated)
        #expect(try await list(rows, "?place=440106000000").items.count == 2)
        #expect(try await list(rows, "?theme=traffic").items.isEmpty)
    }

    @Test func `what is below the runbook's levels, old or silent is not listed`() async throws {
        #expect(try await list([row(City.westStreet, .blue)]).items.isEmpty)
        #expect(try await list([row(City.westStreet, .unknown, value: nil)]).items.isEmpty)
        #expect(try await list([row(City.westStreet, .red)], "", health(clock: present + 10 * minute)).items.isEmpty)
        #expect(try await list([row(City.westStreet, .red)], "", health(idle: [true, true])).items.isEmpty)
    }

    @Test func `streets with known centres stand nearest first, of any district`() throws {
        func p(_ code: UInt64, _ level: PlaceLevel, _ parent: UInt64?, _ at: (Double, Double)? = nil) -> Place {
            Place(code: code, level: level, name: "\(code)", nameEn: "", parent: parent, lon: at?.0, lat: at?.1)
        }
        let tree = try PlaceTree([
            p(City.code, .city, nil), p(City.east, .district, City.code), p(City.west, .district, City.code),
            p(City.eastStreets[0], .street, City.east, (113.0, 23.0)), p(City.eastStreets[1], .street, City.east, (113.2, 23.0)),
            p(City.westStreet, .street, City.west, (113.0, 23.01)),
        ])
        let theme = try catalogue().themes[0]
        let rows = BoardBuilder(theme: theme, places: tree, clock: nil, silent: false, trend: 0)
            .streets([row(City.eastStreets[0], .red), row(City.eastStreets[1], .red), row(City.westStreet, .yellow)])
        let item = try #require(ResponseBuilder(theme: theme, places: tree, rows: rows).items(Set(tree.streets))
            .first { $0.place == String(City.eastStreets[0]) })
        #expect(item.nearby.by == .distance)
        #expect(item.nearby.affected.map(\.place) == [String(City.westStreet), String(City.eastStreets[1])])
        // 0.01 degrees of latitude; 0.2 of longitude times cos 23 degrees.
        #expect(item.nearby.affected.map(\.km) == [1.1, 20.5])
    }

    @Test func `the board shows certainty and the first three steps of a level that stands`() async throws {
        var fire = row(City.eastStreets[0], "fire", .normal, value: 0.6)
        fire.certainty = .possible
        nonisolated(unsafe) var board: Board?
        try await Served.with([row(City.eastStreets[0], .orange), fire, row(City.eastStreets[1], .normal)], health(), catalogue: catalogue()) {
            board = try await $0.decode(Board.self, "/v1/board?theme=emergency&place=440106000000")
        }
        let cells = try #require(board?.children.first?.cells)
        #expect(cells[0].advice?.steps.map { $0["en"] } == ["step 1", "step 2", "step 3"] && cells[0].advice?.department["zh"] == "Fire中")
        #expect(cells[1].certainty == .possible && cells[1].advice == nil)
        #expect(board?.children.last?.cells.first?.advice == nil)
    }

    @Test(arguments: [
        (Language.en, ["[Orange, severe]", "Certainty: likely; by smoke 9 u (smoke, support 1)", "Reaches Red, extreme in 12.5 min",
            "Responsible: Fire", "  1. step 1", "Resources: car", "Same district, free: "]),
        (.zh, ["[橙色 严重]", "确定性：很可能；依据 smoke 9 u (smoke，支持 1)", "预计 12.5 分钟后达到：红色", "负责：Fire中", "  5. step 5中",
            "资源：car中", "同区正常："]),
    ])
    func `the text says all of it in either language`(lang: Language, says: [String]) async throws {
        var fire = row(City.eastStreets[0], "fire", .normal, value: 0.6)
        fire.certainty = .likely
        fire.evidence = Evidence(parts: [.init(measure: "smoke", value: 9, unit: "u", support: 1, quality: 1, source: "smoke")])
        var soon = row(City.eastStreets[0], "soon", .yellow, value: 12.5)
        soon.evidence = Evidence(parts: [], level: .red)
        let l = try await list([row(City.eastStreets[0], .orange), fire, soon, row(City.eastStreets[1], .normal)])
        let text = try #require(l.items.first).lines(lang).joined(separator: "\n")
        for s in says { #expect(text.contains(s), "\(text)") }
    }
}

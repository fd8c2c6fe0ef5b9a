import Contracts
import Foundation
import Testing

@testable import Dashboard

@Suite struct DashboardDefTests {
    private func load(_ yaml: String) throws -> [DashboardDef] {
        let dir = FileManager.default.temporaryDirectory.appending(path: "screens-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: dir, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: dir) }
        try yaml.write(to: dir.appending(path: "a.yaml"), atomically: true, encoding: .utf8)
        return try DashboardDef.load(dir.path)
    }

    @Test func `the shipped screens are sound and hold every shipped theme`() throws {
        let s = try Fixtures.screen()
        #expect(s.name == "overview")
        #expect(s.themes.map(\.name) == ["traffic", "emergency", "ecology", "rain"])
        #expect(s.themes.allSatisfy { !$0.columns.isEmpty && !$0.banner.isEmpty })
    }

    @Test func `every mistake names its file and line and how to mend it`() throws {
        let yaml = """
            title: {zh: 甲, en: A}
            colour: red
            themes:
              traffic:
                title: {zh: 交通, en: Traffic}
                sort: best
                columns:
                  - {measure: speed, width: 900}
                  - {measure: speed, trend: perhaps}
                  - {measure: speed, value: median}
                  - {width: 7}
                  - speed
              empty:
                title: {zh: 空, en: Empty}
            """
        let e = #expect(throws: ContractsError.self) { try load(yaml) }
        let found = try #require(e).problems
        #expect(Set(found.map(\.line)) == [2, 6, 8, 9, 10, 11, 12, 13])
        #expect(found.allSatisfy { $0.file.hasSuffix("/a.yaml") && !$0.mend.isEmpty })
        #expect(found.first?.description.contains("a.yaml:2: unknown key `colour`") == true)
    }

    @Test func `broken YAML and an empty folder are told, not crashed on`() {
        #expect(throws: ContractsError.self) { try load("themes: [") }
        #expect(throws: ContractsError.self) { try load("- 1") }
        #expect(throws: ContractsError.self) { try DashboardDef.load("/nonexistent/\(UUID().uuidString)") }
    }

    @Test func `columns take their defaults`() throws {
        let d = try load(
            """
            title: {zh: 甲, en: A}
            themes:
              t:
                title: {zh: 乙, en: T}
                columns:
                  - {measure: m}
                  - {measure: m, trend: true}
            """
        )
        let c = try #require(d.first?.themes.first?.columns)
        #expect(c.map(\.width) == [8, 10])
        #expect(c.map(\.priority) == [1, 2])
        #expect(c.map(\.isTrend) == [false, true])
        #expect(c[0].window == nil && c[0].value == nil)
    }
}

import CityModel
import Foundation
import HubAPI
import Testing

@testable import Serving

@Suite struct BoardTests {
    /// Start of the newest complete minute.
    let last = present / minute * minute - minute

    private func board(
        _ rows: [Summary], _ report: Health? = health(), _ query: String = "?theme=traffic&trend=4"
    ) async throws -> Board {
        nonisolated(unsafe) var board: Board?
        try await Served.with(rows, report) { board = try await $0.decode(Board.self, "/v1/board" + query) }
        return try #require(board)
    }
    private func cell(_ b: Board, _ measure: String, _ window: String = "1m") throws -> Board.Cell {
        try #require(b.place.cells.first { $0.measure == measure && $0.window == window })
    }

    @Test func `a place stands with its children in the order of codes, cells in the order of measures and windows`()
        async throws
    {
        let rows = [City.east, City.eastStreets[0], City.eastStreets[1], City.westStreet].flatMap { p in
            ["speed", "flow"].flatMap { m in ["5m", "1m"].map { summary(p, m, window: $0, start: last) } }
        }
        let b = try await board(rows, health(), "?place=%E5%A4%A9%E6%B2%B3%E5%8C%BA&theme=traffic")
        #expect(b.place.place == "440106000000" && b.place.name == "天河区" && b.clock == EventTime(ms: present))
        #expect(b.children.map(\.place) == City.eastStreets.map(String.init))
        for r in [b.place] + b.children {
            #expect(r.cells.map { "\($0.measure) \($0.window)" } == ["speed 1m", "speed 5m", "flow 1m", "flow 5m"])
            #expect(r.cells.allSatisfy { $0.trend.count == 30 })
        }
        #expect(b.measures.map(\.name) == ["speed", "flow"])
    }

    @Test func `without parameters it is the city's board of the first theme`() async throws {
        let b = try await board([], health(), "")
        #expect(
            b.theme == "emergency" && b.place.level == .city
                && b.children.map(\.place) == ["440105000000", "440106000000"])
        #expect(b.place.cells.isEmpty && b.place.severity == .unknown)
        #expect(b.children.allSatisfy { $0.severity == .unknown })
    }

    @Test func `a measure of session windows is not on the board, and changes nothing there`() async throws {
        let smoke = summary(City.eastStreets[0], "smoke", theme: "emergency", start: last, severity: .yellow)
        let storm = summary(
            City.eastStreets[0], "rain", theme: "emergency", window: "storm", start: last, severity: .red)
        let query = "?theme=emergency&place=440106000000&trend=2"
        let b = try await board([smoke, storm], health(), query)
        #expect(try await b == board([smoke], health(), query))
        #expect(b.measures.map(\.name) == ["smoke"])
        #expect(b.children[0].cells.allSatisfy { $0.measure == "smoke" } && b.children[0].severity == .yellow)
    }

    @Test func `gaps of a trend are null, the newest value is last`() async throws {
        let rows = [
            summary(City.code, start: last - 3 * minute, value: 1),
            summary(City.code, start: last - 2 * minute, value: nil),
            summary(City.code, start: last, value: 4), summary(City.code, start: last - 9 * minute, value: 9),
        ]
        #expect(try cell(try await board(rows), "speed").trend == [1, nil, nil, 4])
        #expect(try cell(try await board(rows, health(), "?theme=traffic&trend=0"), "speed").trend == [])
    }

    @Test func `a value that grows waits for its complete window, another shows at its first reading`() async throws {
        let rows = ["speed", "flow"].flatMap { m in
            [
                summary(City.code, m, start: last, value: 10),
                summary(City.code, m, start: last + minute, status: .provisional, value: 3),
            ]
        }
        let b = try await board(rows)
        #expect(try cell(b, "flow").value == 10 && cell(b, "flow").status == .complete)
        #expect(try cell(b, "speed").value == 3 && cell(b, "speed").status == .provisional)
        #expect(try cell(b, "flow").trend.last == 10)
    }

    @Test func `the complete window is found also where the clock is far behind the newest one`() async throws {
        let rows =
            [summary(City.code, "flow", start: last - 20 * minute, value: 10)]
            + (0..<20).map { summary(City.code, "flow", start: last - $0 * minute, status: .provisional, value: 3) }
        let b = try await board(rows, health(clock: last - 19 * minute), "?theme=traffic&trend=1")
        #expect(try cell(b, "flow").value == 10 && cell(b, "flow").status == .complete)
    }

    @Test func `half a window's sum says nothing of how bad it is`() async throws {
        let b = try await board([summary(City.code, "flow", start: last + minute, status: .provisional, value: 3)])
        #expect(try cell(b, "flow").severity == .unknown && b.place.severity == .unknown)
    }

    @Test func `a long trend of many places is not cut`() async throws {
        let places = [City.code, City.east, City.west]
        let rows = (0..<1440).flatMap { i in
            places.map { summary($0, start: last - Int64(i) * minute, value: Double(i)) }
        }
        let b = try await board(rows, health(), "?theme=traffic&trend=1440")
        for r in [b.place] + b.children { #expect(r.cells[0].trend == (0..<1440).reversed().map { Double($0) }) }
    }

    @Test func `a window two steps behind the clock is unknown`() async throws {
        let rows = [summary(City.code, start: last, severity: .red)]
        let end = last + minute
        #expect(try await board(rows, health(clock: end + 2 * minute)).place.severity == .red)
        let old = try await board(rows, health(clock: end + 2 * minute + 1))
        #expect(
            old.place.severity == .unknown && old.place.cells[0].severity == .unknown && old.place.cells[0].value == 30)
    }

    @Test(
        arguments: [
            ("all partitions idle", health(idle: [true, true])), ("no partitions", health(idle: [])),
            ("no report", nil),
            ("broker away", health(broker: .down, since: present - HubServer.awayAfterMs - 1)),
            ("never connected", health(broker: .connecting, since: present - HubServer.awayAfterMs - 1)),
            ("hub stuck", health(at: present - HubServer.stuckAfterMs - 1)),
        ] as [(String, Health?)])
    func `a silent theme is unknown`(why: String, report: Health?) async throws {
        let b = try await board(
            [summary(City.code, start: last, severity: .red), summary(City.east, start: last)], report)
        #expect(
            ([b.place] + b.children).allSatisfy {
                $0.severity == .unknown && $0.cells.allSatisfy { $0.severity == .unknown }
            })
    }

    @Test func `a short absence of the broker is not silence`() async throws {
        let b = try await board([summary(City.code, start: last)], health(broker: .down, since: present - 1000))
        #expect(b.place.severity == .normal)
    }

    @Test func `a place is as bad as its worst cell, and one that measured nothing is never normal`() async throws {
        let rows = [
            summary(City.code, "speed", start: last, severity: .yellow),
            summary(City.code, "flow", start: last, severity: .orange),
            summary(City.code, "flow", window: "5m", start: last - 4 * minute, value: nil),
            summary(City.east, start: last, value: nil),
        ]
        let b = try await board(rows)
        #expect(b.place.severity == .orange)
        #expect(b.children.map(\.severity) == [.unknown, .unknown])
        #expect(b.children[1].cells[0].value == nil)
    }

    @Test func `a district of the city's board tells the worst streets below it, which its mean hides`() async throws {
        let rows = [
            summary(City.east, start: last, level: .district),
            summary(City.eastStreets[0], start: last, severity: .red),
            summary(City.eastStreets[1], start: last, severity: .red),
            summary(City.westStreet, start: last),
        ]
        let b = try await board(rows)
        let east = try #require(b.children.last)
        #expect(east.severity == .normal && east.worst == .red)
        #expect(east.below?.severity == .red && east.below?.count == 2)
        #expect(east.below?.place == String(City.eastStreets[0]))
        #expect(b.children.first?.below == nil)
        // What is old below is not told.
        let old = try await board(rows.map { s in
            var s = s
            s.start = EventTime(ms: s.start.ms - 10 * minute)
            s.end = EventTime(ms: s.end.ms - 10 * minute)
            return s
        })
        #expect(old.children.allSatisfy { $0.below == nil })
    }
}

import CityModel
import Contracts
import Foundation
import HubAPI
import Testing

@testable import Serving

/// Forecasts and anomalies as they are served.
@Suite struct OutlookTests {
    static let asOf = present / (5 * minute) * 5 * minute

    static func catalogue() throws -> Catalogue {
        var c = try City.catalogue()
        for t in c.themes.indices {
            c.themes[t].outlook = OutlookDef(
                window: "5m", stepMs: 5 * minute, horizonsMs: [900_000], measures: [t == 0 ? "smoke" : "speed"])
        }
        return c
    }

    static func row(
        _ place: UInt64, _ theme: String = "traffic", level: PlaceLevel = .street, score: Double? = nil,
        ended: Int64 = asOf, ongoing: Bool = false
    ) -> OutlookRow {
        OutlookRow(
            place: String(place), name: "名", nameEn: "Name", level: level, theme: theme,
            measure: theme == "traffic" ? "speed" : "smoke", title: ["zh": "量", "en": "Measure"], window: "5m",
            unit: "u", asOf: EventTime(ms: asOf), state: .ready, value: 30, severity: .blue, history: 99, needed: 24,
            interval: 0.8,
            forecasts: [
                .init(
                    minutes: 15, at: EventTime(ms: asOf + 900_000), value: 31.5, low: 28.25, high: 33, severity: .normal,
                    error: 1.5, rootError: 2, lastValueError: 2.5, lastValueRootError: 3, outcomes: 80, inside: 0.79)
            ], reach: .init(severity: .yellow, threshold: 40, minutes: 12, earliest: 8, latest: nil),
            score: score.map { .init(score: $0, expected: 30, deviation: -2.5, odd: $0 >= 3.5) },
            episode: score.map {
                .init(
                    start: EventTime(ms: ended - 600_000), end: EventTime(ms: ended), ongoing: ongoing, windows: 2,
                    score: $0, value: 12, expected: 30, deviation: -9)
            })
    }

    static let rows = [
        row(City.code, level: .city), row(City.east, level: .district, score: 4, ended: asOf - 900_000),
        row(City.eastStreets[0], score: 5, ongoing: true), row(City.eastStreets[1], score: 6, ended: asOf - 900_000),
        row(City.westStreet, score: 3.75, ended: asOf - 1_800_000), row(City.westStreet, "emergency", score: 9),
    ]

    static func with(_ report: Health?, _ work: (Served) async throws -> Void) async throws {
        try await Served.with([], report, catalogue: try catalogue()) { s in
            s.feed.publish(.outlook(rows))
            try await work(s)
        }
    }

    @Test func `forecasts are filtered by theme, place, level and measure`() async throws {
        try await Self.with(health()) { s in
            func places(_ query: String) async throws -> [String] {
                try await s.decode(ForecastsResponse.self, "/v1/forecasts" + query).forecasts.map {
                    String($0.theme.prefix(1)) + $0.place
                }
            }
            let all = try await s.decode(ForecastsResponse.self, "/v1/forecasts?theme=traffic")
            #expect(all.forecasts == Array(Self.rows.prefix(5)))
            #expect(try await places("").count == 6)
            #expect(try await places("?place=440105001000") == ["e440105001000", "t440105001000"])
            #expect(try await places("?place=440106000000") == ["t440106000000"])
            #expect(try await places("?place=440106000000&level=street") == ["t440106001000", "t440106002000"])
            #expect(try await places("?level=city") == ["t440100000000"])
            #expect(try await places("?measure=smoke") == ["e440105001000"])
            for (query, status) in [("?measure=x", 404), ("?place=x", 404), ("?level=x", 400), ("?window=5m", 400)] {
                #expect(try await s.get("/v1/forecasts" + query).status == status)
            }
        }
    }

    @Test func `anomalies are the newest episodes, ongoing ones first, then by end and score`() async throws {
        try await Self.with(health()) { s in
            func scores(_ query: String) async throws -> [Double?] {
                try await s.decode(AnomaliesResponse.self, "/v1/anomalies" + query).anomalies.map { $0.episode?.score }
            }
            #expect(try await scores("") == [5, 9, 6, 4, 3.75])
            #expect(try await scores("?theme=traffic") == [5, 6, 4, 3.75])
            #expect(try await scores("?place=440106000000") == [5, 6, 4])
            #expect(try await scores("?from=\(Self.asOf - 900_000)") == [5, 9, 6, 4])
            #expect(try await scores("?measure=smoke") == [9])
            let cut = try await s.decode(AnomaliesResponse.self, "/v1/anomalies?limit=2")
            #expect(cut.truncated && cut.anomalies.count == 2)
            for (query, status) in [("?measure=x", 404), ("?from=x", 400), ("?limit=0", 400), ("?level=street", 400)] {
                #expect(try await s.get("/v1/anomalies" + query).status == status)
            }
        }
    }

    /// All partitions idle; the clock two windows ahead; the hub not heard for long; no report at all.
    @Test(arguments: 0..<4)
    func `what is no longer the present is old and forecasts nothing`(_ why: Int) async throws {
        let reports: [Health?] = [
            health(idle: [true, true]), health(clock: Self.asOf + 10 * minute + 1), health(at: present - 130_000), nil,
        ]
        try await Self.with(reports[why]) { s in
            for r in try await s.decode(ForecastsResponse.self, "/v1/forecasts").forecasts {
                #expect(r.state == .old && r.severity == .unknown && r.forecasts.isEmpty && r.reach == nil && r.score == nil)
                #expect(r.value == 30 && r.episode?.ongoing != true)
            }
        }
        try await Self.with(health(clock: Self.asOf + 10 * minute)) { s in
            let fresh = try await s.decode(ForecastsResponse.self, "/v1/forecasts").forecasts
            #expect(fresh.count == 6 && fresh.allSatisfy { $0.state == .ready })
        }
    }

    @Test func `a board has the forecasts of its place and children, a stream those of its filter`() async throws {
        try await Self.with(health()) { s in
            let board = try await s.decode(Board.self, "/v1/board?theme=traffic&place=440106000000")
            #expect(board.place.outlook == [Self.rows[1]])
            #expect(board.children.map(\.outlook) == [[Self.rows[2]], [Self.rows[3]]])
            let other = try await s.decode(Board.self, "/v1/board?theme=emergency&place=440106000000")
            #expect(other.place.outlook == nil && other.children.allSatisfy { $0.outlook == nil })
            let reader = try await EventReader(s.port, "?theme=traffic&place=440105001000")
            #expect(await reader.next()?.name == "health")
            s.feed.publish(.outlook([Self.rows[0]]))
            s.feed.publish(.outlook(Self.rows))
            let event = try #require(await reader.next())
            #expect(event.name == "outlook")
            #expect(try event.decode(ForecastsResponse.self).forecasts == [Self.rows[4]])
        }
    }
}

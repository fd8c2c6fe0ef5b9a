import CityModel
import Foundation
import HubAPI
import Store
import Testing

@testable import Serving

@Suite struct QueryTests {
    @Test func `places come city first, and themes with their windows`() async throws {
        try await Served.with { s in
            let r = try await s.get("/v1/places")
            #expect(r.status == 200 && r.headers["content-type"] == "application/json; charset=utf-8")
            let places = try JSONDecoder().decode(PlacesResponse.self, from: Data(r.body)).places
            #expect(
                places.map(\.code) == [
                    "440100000000", "440105000000", "440106000000", "440105001000", "440106001000", "440106002000",
                ])
            #expect(places[0].parent == nil && places[0].lon == 113.26 && places[2].parent == "440100000000")
            #expect(places[2].name == "天河区" && places[2].nameEn == "Tianhe District" && places[2].level == .district)
            let themes = try await s.decode(ThemesResponse.self, "/v1/themes").themes
            #expect(themes.map(\.name) == ["emergency", "traffic"])
            #expect(themes[1].windows.map(\.name) == ["1m", "5m"] && themes[1].windows[1].everyMs == minute)
            #expect(themes[0].sessions == [.init(name: "storm", gapMs: 30 * minute)] && themes[1].sessions == [])
        }
    }

    @Test func `health is 503 until the hub has reported, then the report at the present time`() async throws {
        try await Served.with { s in
            for path in ["/v1/health", "/metrics"] {
                let r = try await s.get(path)
                #expect(r.status == 503 && r.error?.code == "starting")
            }
            s.feed.publish(.health(health(at: present - 1000)))
            #expect(try await s.decode(Health.self, "/v1/health") == health(at: present))
        }
    }

    @Test func `a hub that has stopped reporting is degraded`() async throws {
        try await Served.with([], health(at: present - HubServer.stuckAfterMs - 1)) { s in
            let h = try await s.decode(Health.self, "/v1/health")
            #expect(h.status == "degraded" && h.at == EventTime(ms: present))
        }
    }

    static let rows: [Summary] = [
        summary(City.eastStreets[0], "smoke", theme: "emergency", start: 0),
        summary(City.eastStreets[0], "rain", theme: "emergency", window: "storm", start: 0),
        summary(City.code, "flow", start: 0, level: .city), summary(City.east, "flow", start: 0, level: .district),
        summary(City.eastStreets[0], "flow", start: 0), summary(City.eastStreets[0], "speed", start: 0),
        summary(City.eastStreets[1], "speed", start: 0), summary(City.westStreet, "speed", start: minute),
        summary(City.westStreet, "speed", window: "5m", start: 2 * minute),
    ]

    static let filters: [(String, @Sendable (Summary) -> Bool)] = [
        ("", { _ in true }), ("?theme=traffic", { $0.theme == "traffic" }), ("?measure=flow", { $0.measure == "flow" }),
        ("?window=5m", { $0.window == "5m" }), ("?window=storm", { $0.window == "storm" }), ("?place=440106001000", { $0.place == "440106001000" }),
        ("?place=%E5%A4%A9%E6%B2%B3%E5%8C%BA", { $0.place == "440106000000" }),
        ("?place=tianhe%20district", { $0.place == "440106000000" }),
        ("?place=Tianhe+District", { $0.place == "440106000000" }),
        ("?level=city", { $0.level == .city }),
        ("?level=street&theme=traffic", { $0.level == .street && $0.theme == "traffic" }),
        ("?place=440106000000&level=street", { $0.place.hasPrefix("440106") && $0.level == .street }),
        ("?place=440106000000&level=district", { $0.place == "440106000000" }),
        ("?place=440106001000&level=city", { _ in false }),
        ("?from=1970-01-01T00:01:00Z", { $0.start.ms >= 60_000 }),
        ("?from=1970-01-01T08:01:00%2B08:00", { $0.start.ms >= 60_000 }),
        ("?from=1970-01-01T08:01:00+08:00", { $0.start.ms >= 60_000 }), ("?to=60000", { $0.start.ms < 60_000 }),
        ("?from=60000&to=120000", { $0.start.ms == 60_000 }), ("?theme=&place=&limit=", { _ in true }),
        (
            "?theme=traffic&measure=speed&window=1m&place=440105001000&from=0&to=120000&level=street&limit=5",
            {
                $0.place == "440105001000" && $0.window == "1m"
            }
        ),
    ]

    @Test(arguments: filters)
    func `a filter picks its summaries, in order`(query: String, wanted: @Sendable (Summary) -> Bool) async throws {
        try await Served.with(Self.rows.shuffled()) { s in
            let r = try await s.decode(SummariesResponse.self, "/v1/summaries" + query)
            #expect(r.summaries == Self.rows.filter(wanted))
            #expect(!r.truncated)
        }
    }

    @Test func `an answer that the limit cut says so`() async throws {
        try await Served.with(Self.rows) { s in
            for limit in 1...Self.rows.count {
                let r = try await s.decode(SummariesResponse.self, "/v1/summaries?limit=\(limit)")
                #expect(r.summaries == Array(Self.rows.prefix(limit)))
                #expect(r.truncated == (limit < Self.rows.count))
            }
        }
    }

    @Test(arguments: [
        ("/v1/summaries?limit=0", 400, "bad-parameter"), ("/v1/summaries?limit=100001", 400, "bad-parameter"),
        ("/v1/summaries?limit=ten", 400, "bad-parameter"),
        ("/v1/summaries?limit=99999999999999999999", 400, "bad-parameter"),
        ("/v1/summaries?from=yesterday", 400, "bad-parameter"),
        ("/v1/summaries?to=2026-13-01T00:00:00Z", 400, "bad-parameter"),
        ("/v1/summaries?from=9223372036854775807", 400, "bad-parameter"),
        ("/v1/summaries?from=-9223372036854775808", 400, "bad-parameter"),
        ("/v1/summaries?from=5&to=5", 400, "bad-parameter"), ("/v1/summaries?level=planet", 400, "bad-parameter"),
        ("/v1/summaries?plaec=x", 400, "bad-parameter"), ("/v1/summaries?limit=1&limit=2", 400, "bad-parameter"),
        ("/v1/summaries?theme=weather", 404, "unknown-theme"), ("/v1/summaries?place=Atlantis", 404, "unknown-place"),
        ("/v1/summaries?place=%FF%FE", 404, "unknown-place"), ("/v1/summaries?place=%", 404, "unknown-place"),
        ("/v1/summaries?measure=sped", 404, "unknown-measure"),
        ("/v1/summaries?theme=traffic&measure=smoke", 404, "unknown-measure"),
        ("/v1/summaries?window=2m", 404, "unknown-window"), ("/v1/board?trend=-1", 400, "bad-parameter"),
        ("/v1/board?trend=1441", 400, "bad-parameter"), ("/v1/board?theme=weather", 404, "unknown-theme"),
        ("/v1/board?place=440199000000", 404, "unknown-place"), ("/v1/board?limit=3", 400, "bad-parameter"),
        ("/v1/stream?theme=weather", 404, "unknown-theme"), ("/v1/stream?place=1", 404, "unknown-place"),
        ("/v1/stream?since=1", 400, "bad-parameter"), ("/", 404, "unknown-path"), ("/v1", 404, "unknown-path"),
        ("/v1/nothing", 404, "unknown-path"), ("/v1/%2e%2e/etc", 404, "unknown-path"),
        ("/v1/board/x", 404, "unknown-path"),
    ])
    func `what cannot be served is refused with its reason`(target: String, status: Int, code: String) async throws {
        try await Served.with { s in
            let r = try await s.get(target)
            #expect(r.status == status)
            #expect(r.error?.code == code, "\(r.text)")
            #expect(r.error?.what.isEmpty == false && r.error?.mend.isEmpty == false)
            #expect(r.headers["content-type"] == "application/json; charset=utf-8")
        }
    }

    @Test func `other methods are refused with what is allowed, HEAD answers without a body`() async throws {
        try await Served.with([], health()) { s in
            for path in s.server.routes.map(\.path) {
                for method in ["POST", "PUT", "DELETE", "PATCH"] {
                    let r = try await s.get(path, method: method)
                    #expect(r.status == 405 && r.error?.code == "wrong-method" && r.headers["allow"] == "GET, HEAD")
                }
                let head = try await s.get(path, method: "HEAD")
                // This one needs an id.
                let wanted = path == "/v1/alerts/alert" ? 400 : 200
                #expect(head.status == wanted && head.body.isEmpty && head.headers["content-type"] != nil)
            }
            #expect(s.feed.subscribers == 0)
        }
    }

    @Test func `floods are refused and the server goes on`() async throws {
        try await Served.with([], health()) { s in
            let long = String(repeating: "a", count: 200_000)
            let many = (0..<5000).map { "X-\($0): 1\r\n" }.joined()
            for request in [
                "GET /v1/summaries?place=\(long) HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /v1/board HTTP/1.1\r\nHost: x\r\nX: \(long)\r\n\r\n",
                "GET /v1/board HTTP/1.1\r\nHost: x\r\n\(many)\r\n", "\(long)", "\u{0}\u{1}\r\n\r\n",
                "GET /v1/board HTTP/9.9\r\n\r\n", "GET http:// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            ] {
                let r = try await s.raw(request)
                #expect(r.status == 0 || (400..<500).contains(r.status), "\(request.prefix(40)): \(r.status)")
            }
            let query = String(repeating: "place=%E5&", count: 3000)
            #expect(try await s.get("/v1/summaries?\(query)").status == 400)
            #expect(try await s.get("/v1/health").status == 200)
        }
    }

    @Test func `a database that cannot be read is told as such`() async throws {
        try await Served.with { s in
            try s.store.close()
            let r = try await s.get("/v1/summaries")
            #expect(r.status == 500 && r.error?.code == "database-open", "\(r.text)")
        }
    }
}

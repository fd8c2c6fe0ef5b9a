import Alerting
import CityModel
import Foundation
import HubAPI
import Store
import Synchronization
import Testing

@testable import Contracts
@testable import Serving

/// Alerts of the small city: the engine's own effects, as a hub stores them.
struct AlertDay {
    var engine: AlertEngine
    var now = present
    var minute: Int64 = 0

    static func catalogue() throws -> Catalogue {
        var c = try City.catalogue()
        let i = c.themes.firstIndex { $0.name == "traffic" }!
        c.themes[i].rules = [
            RuleDef(
                name: "slow", title: ["zh": "缓行", "en": "Slow"], measure: "speed", window: "1m", direction: .below,
                levels: [
                    .init(severity: .yellow, raise: 20, clear: 25), .init(severity: .red, raise: 10, clear: 15),
                ], forMs: 0, keepFiringMs: 0, staleAfterMs: 5 * 60_000, scope: [.street, .district],
                flap: .init(raises: 4, withinMs: 3_600_000), escalateMs: [], source: "test")
        ]
        return c
    }

    init() throws { engine = AlertEngine(try Self.catalogue()) }

    /// One window of the streets: a value each.
    mutating func step(_ values: [(UInt64, Double)], actions: [AlertAction] = []) -> [AlertEffect] {
        minute += 1
        now += 60_000
        let start = present / 60_000 * 60_000 + minute * 60_000
        let rows = values.map { place, v in
            summary(place, start: start, value: v, level: place == City.east ? .district : .street)
        }
        return engine.step(rows: rows, actions: actions, now: now)
    }
}

extension [AlertEffect] {
    var notices: [AlertNotice] { compactMap { if case .notice(let n) = $0 { n } else { nil } } }
}

@Suite(.timeLimit(.minutes(1))) struct AlertTests {
    let checker: SchemaChecker
    let paths: [String: Any]

    init() throws {
        let tests = try OpenAPITests()
        (checker, paths) = (tests.checker, tests.paths)
    }

    private func documented(_ path: String, _ type: String = "application/json") -> Any? {
        let get = (paths[path] as? [String: Any])?["get"] as? [String: Any]
        let ok = checker.resolve((get?["responses"] as? [String: Any])?["200"])
        let content = (ok["content"] as? [String: Any])?[type] as? [String: Any]
        return type == "application/json" ? content?["schema"] : (content?["x-events"] as? [String: Any])?["alerts"]
    }

    /// Two streets and their district open; one street is over, one acknowledged, and one silence lasts.
    private func day() throws -> (AlertDay, [AlertEffect]) {
        var d = try AlertDay()
        var all = d.step([(City.eastStreets[0], 18), (City.eastStreets[1], 5), (City.westStreet, 5)])
        let id = all.notices.first { $0.alert.place == String(City.eastStreets[1]) }?.alert.id
        all += d.step(
            [(City.eastStreets[0], 40)],
            actions: [
                .init(.acknowledge, actor: "li", reason: "towed", id: id, until: EventTime(ms: d.now + 3_600_000)),
                .init(
                    .silence, actor: "li", reason: "works", until: EventTime(ms: d.now + 3_600_000),
                    matcher: .init(place: String(City.west))),
            ])
        return (d, all)
    }

    @Test func `alerts are listed by theme, place, state and severity`() async throws {
        let (_, effects) = try day()
        try await Served.with(catalogue: try AlertDay.catalogue(), alerts: effects) { (s: Served) async throws -> Void in
            func places(_ query: String) async throws -> [String] {
                try await s.decode(AlertsResponse.self, "/v1/alerts\(query)").alerts.map(\.place).sorted()
            }
            let east = City.eastStreets.map(String.init)
            #expect(try await places("") == [String(City.westStreet), east[1]])
            #expect(try await places("?state=all").count == 3)
            #expect(try await places("?state=resolved") == [east[0]])
            #expect(try await places("?state=acknowledged").count == 1)
            #expect(try await places("?place=\(City.east)&state=all") == east)
            #expect(try await places("?severity=red&state=all").count == 2)
            #expect(try await places("?theme=emergency&state=all") == [])
            #expect(try await places("?rule=slow&state=all&limit=5").count == 3)
            #expect(try await s.decode(AlertsResponse.self, "/v1/alerts?state=all&limit=2").truncated)
            for (query, status) in [
                ("?state=x", 400), ("?severity=pink", 400), ("?rule=x", 404), ("?theme=x", 404), ("?x=1", 400),
            ] {
                #expect(try await s.get("/v1/alerts\(query)").status == status, "\(query)")
            }
        }
    }

    @Test func `an alert is shown with its life, and the history with who did what`() async throws {
        let (_, effects) = try day()
        let taken = try #require(effects.notices.first { $0.kind == .acknowledged }).alert
        try await Served.with(catalogue: try AlertDay.catalogue(), alerts: effects) { (s: Served) async throws -> Void in
            let one = try await s.decode(AlertResponse.self, "/v1/alerts/alert?id=\(taken.id)")
            #expect(one.transitions.map(\.cause) == [.held, .acknowledged] && one.alert.acknowledgement?.owner == "li")
            #expect(one.transitions.map(\.actor) == [kapok, "li"] && one.alert.evidence.windows.count == 1)
            let all = try await s.decode(AlertHistoryResponse.self, "/v1/alerts/history")
            #expect(all.transitions.count == 5 && !all.truncated)
            #expect(try await s.decode(AlertHistoryResponse.self, "/v1/alerts/history?limit=2").truncated)
            let west = try await s.decode(AlertHistoryResponse.self, "/v1/alerts/history?place=\(City.west)")
            #expect(west.transitions.map(\.place) == [String(City.westStreet)])
            #expect(
                try await s.decode(SilencesResponse.self, "/v1/alerts/silences").silences.map(\.reason) == ["works"])
            #expect(try await s.get("/v1/alerts/alert").status == 400)
            #expect(try await s.get("/v1/alerts/alert?id=x").status == 404)
        }
    }

    @Test func `what is served of alerts fits what is documented`() async throws {
        let (_, effects) = try day()
        let id = effects.notices[0].alert.id
        try await Served.with(catalogue: try AlertDay.catalogue(), alerts: effects) { (s: Served) async throws -> Void in
            for target in [
                "/v1/alerts?state=all", "/v1/alerts/alert?id=\(id)", "/v1/alerts/history", "/v1/alerts/silences",
            ] {
                let r = try await s.get(target)
                let wanted = try #require(documented(String(target.prefix { $0 != "?" })))
                #expect(r.status == 200)
                #expect(
                    checker.mistakes(try JSONSerialization.jsonObject(with: Data(r.body)), wanted) == [], "\(target)")
            }
            let reader = try await EventReader(s.port, "?after=0", path: "/v1/alerts/stream")
            let event = try #require(await reader.next())
            let wanted = try #require(documented("/v1/alerts/stream", "text/event-stream"))
            #expect(checker.mistakes(try JSONSerialization.jsonObject(with: Data(event.data.utf8)), wanted) == [])
        }
    }

    @Test func `a subscriber gets what is new, and after a break what it missed, in order`() async throws {
        var (day, effects) = try day()
        let later = day.step([(City.eastStreets[0], 8)])
        try await Served.with(catalogue: try AlertDay.catalogue(), alerts: effects) { (s: Served) async throws -> Void in
            let known = effects.notices.map(\.sequence)
            let live = try await EventReader(s.port, path: "/v1/alerts/stream")
            let mine = try await EventReader(
                s.port, "?severity=red&place=\(City.west)", path: "/v1/alerts/stream", lastEventID: "0")
            let old = try await EventReader(s.port, path: "/v1/alerts/stream", lastEventID: String(known[1]))
            let missed = try #require(try await old.next()?.decode(AlertDelivery.self))
            #expect(missed.notices.map(\.sequence) == Array(known[2...]) && missed.settled == known.last)
            let west = try #require(try await mine.next()?.decode(AlertDelivery.self))
            #expect(west.notices.map(\.alert.place) == [String(City.westStreet)])
            while s.feed.subscribers < 3 { await Task.yield() }
            var c = Commit()
            c.alerts = later
            try s.store.commit(c)
            s.feed.publish(.notices(later.notices))
            let new = try #require(try await live.next()?.decode(AlertDelivery.self))
            #expect(new.notices == later.notices && new.place == String(City.east))
            #expect(try await old.next()?.decode(AlertDelivery.self).notices == later.notices)
            #expect(try await s.get("/v1/alerts/stream?after=x").status == 400)
        }
    }

    @Test func `an action reaches the hub, and its answer the client`() async throws {
        let seen = Mutex<[AlertAction]>([])
        let silence = Silence(
            id: "s", matcher: .init(theme: "traffic"), reason: "r", author: "li", starts: EventTime(ms: 0),
            ends: EventTime(ms: 1))
        try await Served.with(
            actOn: { a in
                seen.withLock { $0.append(a) }
                return switch a.verb {
                case .silence: .silenced(silence)
                case .resolve: .refused(code: "no-reason", what: "w", mend: "m")
                case .escalate: .refused(code: "unknown-alert", what: "w", mend: "m")
                case .unsilence: .gone
                default: .done
                }
            }
        ) { (s: Served) async throws -> Void in
            func post(_ body: String) async throws -> RawResponse {
                try await s.raw(
                    "POST /v1/alerts/actions HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
                )
            }
            func post(_ verb: AlertAction.Verb) async throws -> RawResponse {
                try await post(
                    String(
                        decoding: try JSONEncoder().encode(AlertAction(verb, actor: "li", reason: "r", id: "a")),
                        as: UTF8.self))
            }
            let done = try await post(.acknowledge)
            #expect(done.status == 200 && done.text == "{}")
            #expect(seen.withLock { $0 } == [AlertAction(.acknowledge, actor: "li", reason: "r", id: "a")])
            #expect(
                try JSONDecoder().decode(AlertActionResponse.self, from: Data(try await post(.silence).body)).silence
                    == silence)
            #expect(try await post(.resolve).status == 400)
            #expect(try await post(.escalate).status == 404)
            #expect(try await post(.unsilence).status == 503)
            #expect(try await post("{}").status == 400)
            #expect(try await post("not json").status == 400)
            let wrong = try await s.get("/v1/alerts/actions")
            #expect(wrong.status == 405 && wrong.headers["allow"] == "POST")
            #expect(seen.withLock { $0.count } == 5)
        }
    }
}

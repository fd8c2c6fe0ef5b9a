import CityModel
import Foundation
import HubAPI
import Testing

@testable import Dashboard

@Suite struct HubClientTests {
    @Test func `a hub that is away is away, and a frame of it an error with advice`() async throws {
        let port = try #require(LocalPort())
        let failure = await #expect(throws: HubFailure.self) { try await HubClient(port.hub).health() }
        #expect(failure?.isAway == true)
        let options = DashboardOptions(hub: port.hub, dashboards: Fixtures.dashboards)
        let error = await #expect(throws: KapokError.self) { try await printFrame(options) }
        #expect(error?.code == "hub-unreachable")
        withExtendedLifetime(port) {}
    }

    @Test func `frames go on without a hub and say OFFLINE`() async throws {
        let port = try #require(LocalPort())
        let options = DashboardOptions(hub: port.hub, color: .never, dashboards: Fixtures.dashboards)
        try await printFrames(options, every: 1, count: 1) { frame in
            #expect(frame.contains("OFFLINE") && !frame.contains("LIVE "))
        }
        withExtendedLifetime(port) {}
    }

    @Test func `the poller reports the absence and when it will try again`() async throws {
        let port = try #require(LocalPort())
        let (events, sink) = AsyncStream<Event>.makeStream()
        let poller = Poller(
            client: HubClient(port.hub), intervalMs: 100, trend: 5, wanted: Wanted(), report: { sink.yield($0) })
        let task = Task { await poller.run() }
        defer { task.cancel() }
        for await e in events {
            guard case .failed(let f, let at, let retryAt) = e else { continue }
            #expect(f.isAway)
            #expect(try #require(retryAt) - at == 1000)
            break
        }
        withExtendedLifetime(port) {}
    }

    private func tinyHub(place: String = "440100000000", board: Data? = nil) throws -> TinyHub {
        let places = PlacesResponse([
            Place(code: 440_100_000_000, level: .city, name: "广州市", nameEn: "Guangzhou", parent: nil),
            Place(code: 440_106_000_000, level: .district, name: "天河区", nameEn: "Tianhe", parent: 440_100_000_000),
        ])
        let json = JSONEncoder()
        return try #require(
            TinyHub([
                "/v1/places": (200, try json.encode(places)),
                "/v1/themes": (
                    200,
                    try json.encode(ThemesResponse(themes: [.init(name: "air", title: ["zh": "空气", "en": "Air"])]))
                ),
                "/v1/health": (200, try json.encode(Fixtures.health())),
                "/v1/board": (200, try board ?? json.encode(Fixtures.board(place: place))),
            ]))
    }

    @Test func `one frame of a hub holds the place, the theme and the values that it serves`() async throws {
        let hub = try tinyHub(place: "440106000000")
        defer { hub.stop() }
        let options = DashboardOptions(
            hub: hub.hub + "/", lang: .en, color: .never, dashboards: Fixtures.dashboards,
            size: Size(columns: 160, rows: 30), token: "secret")
        let text = try await printFrame(options, place: "Tianhe", theme: "traffic")
        // The fixture's clock stands in the past.
        #expect(
            text.contains("Guangzhou › Tianhe") && text.contains("BEHIND") && text.contains("■49.4")
                && text.contains("5 Air"))
        #expect(hub.requests.contains { $0.hasPrefix("GET /v1/board?place=440106000000&theme=traffic&trend=30 ") })
        #expect(hub.requests.allSatisfy { $0.lowercased().contains("authorization: bearer secret") })
        let error = await #expect(throws: KapokError.self) { try await printFrame(options, theme: "gardening") }
        #expect(error?.code == "theme-unknown")
    }

    @Test func `an answer that cannot be read is not absence`() async throws {
        let hub = try tinyHub(board: Data("{\"theme\":".utf8))
        defer { hub.stop() }
        let key = BoardKey(place: "1&theme=x", theme: "交通")
        let failure = await #expect(throws: HubFailure.self) { try await HubClient(hub.hub).board(key, trend: 3) }
        #expect(failure?.code == .undecodable && failure?.isAway == false)
        #expect(
            hub.requests.last?.hasPrefix("GET /v1/board?place=1%26theme%3Dx&theme=%E4%BA%A4%E9%80%9A&trend=3 ") == true)
    }

    @Test func `a refusal is told with its status`() async throws {
        let hub = try #require(TinyHub([:]))
        defer { hub.stop() }
        let failure = await #expect(throws: HubFailure.self) { try await HubClient(hub.hub).health() }
        #expect(failure == HubFailure(code: .refused, what: "the hub answers 404 to /v1/health"))
    }

    @Test func `the poller learns the city, then brings the wanted board`() async throws {
        let hub = try tinyHub()
        defer { hub.stop() }
        let (events, sink) = AsyncStream<Event>.makeStream()
        let wanted = Wanted()
        let poller = Poller(
            client: HubClient(hub.hub), intervalMs: 100, trend: 5, wanted: wanted, report: { sink.yield($0) })
        let task = Task { await poller.run() }
        defer { task.cancel() }
        var state = ViewState(screen: try Fixtures.screen(), lang: .en, now: Fixtures.now)
        for await e in events {
            if state.apply(e) == .fetch { wanted.want(state.key) }
            if state.board != nil, state.health != nil { break }
        }
        #expect(state.link.isLive)
        #expect(state.rows.count == 7)
        #expect(state.screen.themes.last?.name == "air")
    }

    @Test func `waits double up to a quarter of a minute`() {
        #expect((0...7).map { Poller.backOffMs($0) } == [0, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
        #expect(Poller.backOffMs(.max) == 15_000)
    }

    @Test func `a place is found by code or name with the way to it`() throws {
        let all = PlacesResponse([
            Place(code: 440_100_000_000, level: .city, name: "广州市", nameEn: "Guangzhou", parent: nil),
            Place(code: 440_106_000_000, level: .district, name: "天河区", nameEn: "Tianhe", parent: 440_100_000_000),
            Place(code: 440_106_001_000, level: .street, name: "五山街道", nameEn: "Wushan", parent: 440_106_000_000),
        ]).places
        #expect(try path(to: nil, in: all).map(\.code) == ["440100000000"])
        #expect(try path(to: "tianhe", in: all).map(\.code) == ["440100000000", "440106000000"])
        #expect(try path(to: "五山街道", in: all).count == 3)
        #expect(throws: KapokError.self) { try path(to: "Atlantis", in: all) }
    }
}

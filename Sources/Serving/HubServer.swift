import CityModel
import Contracts
import Foundation
import HubAPI
import Hummingbird
import Logging
import Pipeline
import Store

/// The HTTP API: what the store holds and the feed gives, as JSON, server-sent events and Prometheus text.
public struct HubServer: Sendable {
    let catalogue: Catalogue
    let store: HubStore
    let feed: LiveFeed
    let worst = WorstStreets()
    let line = WaitingLine()
    /// By theme.
    let windowRows: [String: WindowRows]
    let slidingLimit: Int
    /// Wall clock, ms since the epoch.
    let now: @Sendable () -> Int64
    /// What people do to alerts; answers when it is on disk.
    let actOn: @Sendable (AlertAction) async -> AlertActionAnswer

    public init(
        catalogue: Catalogue, store: HubStore, feed: LiveFeed, now: @escaping @Sendable () -> Int64,
        actOn: @escaping @Sendable (AlertAction) async -> AlertActionAnswer = { _ in .gone }
    ) {
        self.init(
            catalogue: catalogue, store: store, feed: feed, now: now, slidingLimit: Self.slidingPartials, actOn: actOn)
    }

    init(
        catalogue: Catalogue, store: HubStore, feed: LiveFeed, now: @escaping @Sendable () -> Int64, slidingLimit: Int,
        actOn: @escaping @Sendable (AlertAction) async -> AlertActionAnswer = { _ in .gone }
    ) {
        self.actOn = actOn
        self.slidingLimit = slidingLimit
        windowRows = Dictionary(
            catalogue.themes.map { ($0.name, WindowRows(ThemePlan($0, catalogue))) }, uniquingKeysWith: { a, _ in a })
        self.catalogue = catalogue
        self.store = store
        self.feed = feed
        self.now = now
    }

    /// The server, ready to run. `port` 0 takes a free one; `onRunning` is told which.
    public func application(
        host: String, port: Int, logger: Logger, onRunning: @escaping @Sendable (Int) -> Void = { _ in }
    ) -> some ApplicationProtocol {
        Application(
            router: router(), configuration: .init(address: .hostname(host, port: port), serverName: "kapok"),
            onServerRunning: { channel in onRunning(channel.localAddress?.port ?? port) }, logger: logger)
    }

    typealias Handler = @Sendable (Request) async throws -> Response

    /// Every path served, each for GET and HEAD; `docs/openapi.yaml` describes them.
    var routes: [(path: String, handler: Handler)] {
        [
            ("/v1/places", { _ in try json(PlacesResponse(catalogue.places.places)) }),
            ("/v1/themes", { _ in try json(themes()) }),
            ("/v1/health", { _ in try json(try health()) }),
            ("/v1/summaries", { try await summaries($0.uri.queryParameters) }),
            ("/v1/sensors", { try await sensors($0.uri.queryParameters) }),
            ("/v1/incidents", { try await incidents($0.uri.queryParameters) }),
            ("/v1/board", { try await board($0.uri.queryParameters) }),
            ("/v1/response", { try await response($0.uri.queryParameters) }),
            ("/v1/sliding", { try await sliding($0.uri.queryParameters) }),
            ("/v1/forecasts", { try await forecasts($0.uri.queryParameters) }),
            ("/v1/anomalies", { try await anomalies($0.uri.queryParameters) }),
            ("/v1/stream", { try stream($0) }),
            ("/v1/alerts", { try await alerts($0.uri.queryParameters) }),
            ("/v1/alerts/alert", { try await alert($0.uri.queryParameters) }),
            ("/v1/alerts/history", { try await alertHistory($0.uri.queryParameters) }),
            ("/v1/alerts/silences", { try await silences($0.uri.queryParameters) }),
            ("/v1/alerts/stream", { try alertStream($0) }),
            ("/metrics", { _ in try await metrics() }),
        ]
    }

    /// Paths that take POST and nothing else.
    var actions: [(path: String, handler: Handler)] { [("/v1/alerts/actions", { try await act($0) })] }

    func router() -> Router<BasicRequestContext> {
        let (routes, actions) = (routes, actions)
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.middlewares.add(
            ErrorMiddleware(paths: Set(routes.map(\.path)), actions: Set(actions.map(\.path))))
        for (path, handler) in actions { router.post(RouterPath(path)) { request, _ in try await handler(request) } }
        for (path, handler) in routes { router.get(RouterPath(path)) { request, _ in try await handler(request) } }
        return router
    }

    private func themes() -> ThemesResponse {
        ThemesResponse(
            themes: catalogue.themes.map { t in
                .init(
                    name: t.name, title: t.title,
                    windows: t.windows.map { .init(name: $0.name, sizeMs: $0.sizeMs, everyMs: $0.everyMs) },
                    sessions: t.sessions.map { .init(name: $0.name, gapMs: $0.gapMs) })
            })
    }

    /// A hub that has not reported for so long is stuck, ms. (The longest commit interval is one minute.)
    static let stuckAfterMs: Int64 = 120_000

    private func health() throws -> Health {
        guard var h = feed.health else {
            throw Refusal(
                .serviceUnavailable, "starting", "the hub has not reported yet", mend: "Try again in a second")
        }
        let now = now()
        if now - h.at.ms > Self.stuckAfterMs { h.status = "degraded" }
        h.at = EventTime(ms: now)
        return h
    }

    private func metrics() async throws -> Response {
        let health = try health()
        let list = sensorList()
        return try await offLoop {
            let owners = list.answer(
                try store.lastSeen(), streets: nil, owner: nil, kind: nil, states: [], limit: 0
            ).owners
            let text = MetricsText.render(health, sensors: owners, subscribers: feed.subscribers)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
    }

    // MARK: answers

    static let encoder: JSONEncoder = {
        let e = JSONEncoder()
        e.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return e
    }()

    func json(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: try Self.encoder.encode(value))))
    }

    /// SQLite reads block and large answers take their time to encode: they run beside the event loops.
    func offLoop<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { c in
            DispatchQueue.global(qos: .userInitiated).async { c.resume(with: Result(catching: work)) }
        }
    }
}

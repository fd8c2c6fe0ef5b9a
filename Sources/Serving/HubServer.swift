import CityModel
import Contracts
import Foundation
import HubAPI
import Hummingbird
import Logging
import Store

/// The HTTP API: what the store holds and the feed gives, as JSON, server-sent events and Prometheus text.
public struct HubServer: Sendable {
    let catalogue: Catalogue
    let store: HubStore
    let feed: LiveFeed
    /// Wall clock, ms since the epoch.
    let now: @Sendable () -> Int64

    public init(catalogue: Catalogue, store: HubStore, feed: LiveFeed, now: @escaping @Sendable () -> Int64) {
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

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.middlewares.add(ErrorMiddleware())
        router.get("/v1/places") { _, _ in try json(PlacesResponse(catalogue.places.places)) }
        router.get("/v1/themes") { _, _ in try json(themes()) }
        router.get("/v1/health") { _, _ in try json(try health()) }
        router.get("/v1/summaries") { request, _ in try json(try await summaries(request.uri.queryParameters)) }
        router.get("/v1/board") { request, _ in try json(try await board(request.uri.queryParameters)) }
        router.get("/v1/stream") { request, _ in try stream(request.uri.queryParameters) }
        router.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: MetricsText.render(try health(), subscribers: feed.subscribers))))
        }
        return router
    }

    private func themes() -> ThemesResponse {
        ThemesResponse(
            themes: catalogue.themes.map { t in
                .init(
                    name: t.name, title: t.title,
                    windows: t.windows.map { .init(name: $0.name, sizeMs: $0.sizeMs, everyMs: $0.everyMs) })
            })
    }

    private func health() throws -> Health {
        guard var h = feed.health else {
            throw Refusal(
                .serviceUnavailable, "starting", "the hub has not reported yet", mend: "Try again in a second")
        }
        h.at = EventTime(ms: now())
        return h
    }

    // MARK: queries

    private func summaries(_ q: Query) async throws -> SummariesResponse {
        let query = SummaryQuery(
            theme: try theme(q)?.name, places: try place(q).map { [$0.code] }, measure: q.text("measure"),
            window: q.text("window"), from: try q.time("from"), to: try q.time("to"),
            limit: try q.integer("limit", 10_000, in: 1...100_000))
        return SummariesResponse(summaries: try await offLoop { try store.summaries(query) })
    }

    private func board(_ q: Query) async throws -> Board {
        guard let theme = try theme(q) ?? catalogue.themes.first else {
            throw Refusal(.notFound, "unknown-theme", "there are no themes", mend: "Add one to Topics/themes")
        }
        let place = try place(q) ?? catalogue.places.places[0]
        let trend = try q.integer("trend", 30, in: 0...1440)
        let health = feed.health
        let topics = Set(theme.topics.compactMap { catalogue.contract($0)?.topic })
        let mine = health?.partitions.filter { topics.contains($0.topic) } ?? []
        let builder = BoardBuilder(
            theme: theme, places: catalogue.places, clock: health?.themes.first { $0.theme == theme.name }?.clock ?? nil,
            silent: mine.allSatisfy { $0.idle }, trend: trend)
        return try await offLoop {
            let index = catalogue.places.index(of: place.code)
            let codes = [place.code] + (index.map { catalogue.places.children[$0].map { catalogue.places.places[$0].code } } ?? [])
            var rows: [Summary] = []
            for w in theme.windows {
                guard let newest = try store.newestStart(theme: theme.name, window: w.name) else { continue }
                rows += try store.summaries(
                    SummaryQuery(
                        theme: theme.name, places: codes, window: w.name,
                        from: newest - Int64(trend + 2) * w.everyMs))
            }
            return builder.board(place, rows)
        }
    }

    private func theme(_ q: Query) throws -> ThemeDef? {
        guard let name = q.text("theme") else { return nil }
        guard let t = catalogue.theme(name) else {
            throw Refusal(
                .notFound, "unknown-theme", "there is no theme `\(name)`",
                mend: "One of: \(catalogue.themes.map(\.name).joined(separator: ", "))")
        }
        return t
    }

    private func place(_ q: Query) throws -> Place? {
        guard let text = q.text("place") else { return nil }
        guard let p = catalogue.places.find(text) else {
            throw Refusal(
                .notFound, "unknown-place", "there is no one place `\(text)`",
                mend: "Use a 12-digit code or a whole name; GET /v1/places lists them")
        }
        return p
    }

    // MARK: stream

    /// Server-sent events: `health` (a Health), `summaries` (a SummariesResponse of one commit, filtered).
    private func stream(_ q: Query) throws -> Response {
        let theme = try theme(q)?.name
        let place = try place(q)?.codeText
        let events = feed.subscribe()
        let first = feed.health
        let body = ResponseBody { writer in
            func send(_ name: String, _ value: some Encodable) async throws {
                var b = ByteBuffer(string: "event: \(name)\ndata: ")
                b.writeBytes(try Self.encoder.encode(value))
                b.writeString("\n\n")
                try await writer.write(b)
            }
            try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
            if let first { try await send("health", first) }
            for await e in events {
                switch e {
                case .health(let h): try await send("health", h)
                case .summaries(let all):
                    let rows = all.filter { (theme == nil || $0.theme == theme) && (place == nil || $0.place == place) }
                    if !rows.isEmpty { try await send("summaries", SummariesResponse(summaries: rows)) }
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }

    // MARK: answers

    static let encoder: JSONEncoder = {
        let e = JSONEncoder()
        e.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return e
    }()

    private func json(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: try Self.encoder.encode(value))))
    }

    /// SQLite reads block: they run beside the event loops.
    private func offLoop<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { c in
            DispatchQueue.global(qos: .userInitiated).async { c.resume(with: Result(catching: work)) }
        }
    }
}

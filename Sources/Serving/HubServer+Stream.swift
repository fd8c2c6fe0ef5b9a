import CityModel
import HubAPI
import Hummingbird

extension HubServer {
    /// Server-sent events: `health` (a Health; at once, then with every commit) and `summaries` (a SummariesResponse of
    /// one commit, filtered) and `outlook` (a ForecastsResponse of all that is forecast now, filtered, when it changes).
    /// Ends when the feed does, when the client goes, and for a client that reads too slowly.
    func stream(_ request: Request) throws -> Response {
        let q = request.uri.queryParameters
        try q.allow(["theme", "place"])
        let theme = try theme(q)?.name
        let place = try place(q)?.codeText
        return eventStream(request) { events, first, writer in
            try await Self.pump(events, first, theme: theme, place: place, &writer)
        }
    }

    /// Server-sent events made of the feed's by `pump`, which also gets the newest health report.
    func eventStream(
        _ request: Request,
        _ pump: @escaping @Sendable (AsyncStream<LiveFeed.Event>, Health?, inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        let body = ResponseBody { [feed] writer in
            // Only now, so that a HEAD request does not subscribe.
            let subscription = feed.subscribe()
            var first = feed.health
            if first != nil { first?.at = EventTime(ms: now()) }
            nonisolated(unsafe) var out = writer
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // A client that does not read keeps `write` waiting for ever: what is left gets one second.
                        for await _ in subscription.ended {}
                        try await Task.sleep(for: .seconds(1))
                        throw CancellationError()
                    }
                    defer { group.cancelAll() }
                    group.addTask { [first] in
                        try await pump(subscription.events, first, &out)
                    }
                    _ = try await group.next()
                }
            }
            try await out.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }

    private static func pump(
        _ events: AsyncStream<LiveFeed.Event>, _ first: Health?, theme: String?, place: String?,
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        func message(_ name: String, _ value: some Encodable) throws -> ByteBuffer {
            var b = ByteBuffer(string: "event: \(name)\ndata: ")
            b.writeBytes(try encoder.encode(value))
            b.writeString("\n\n")
            return b
        }
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        if let first { try await writer.write(try message("health", first)) }
        for await e in events {
            switch e {
            case .notices: break
            case .health(let h): try await writer.write(try message("health", h))
            case .summaries(let all):
                let rows = all.filter { (theme == nil || $0.theme == theme) && (place == nil || $0.place == place) }
                if !rows.isEmpty {
                    try await writer.write(try message("summaries", SummariesResponse(summaries: rows)))
                }
            case .outlook(let all):
                let rows = all.filter { (theme == nil || $0.theme == theme) && (place == nil || $0.place == place) }
                if !rows.isEmpty {
                    try await writer.write(try message("outlook", ForecastsResponse(forecasts: rows)))
                }
            }
        }
    }
}

import Alerting
import CityModel
import HubAPI
import Hummingbird
import Store

extension HubServer {
    /// Missed notices are read so many at a time.
    private static let page = 1000

    /// Server-sent events `alerts` (an AlertDelivery), grouped so that no storm reaches the reader. Each event's id is
    /// the sequence to go on behind: a client that comes back with `Last-Event-ID` (or `after`) gets what it missed,
    /// in order, before anything new.
    func alertStream(_ request: Request) throws -> Response {
        let q = request.uri.queryParameters
        try q.allow(["theme", "place", "severity", "after"])
        let filter = AlertFilter(
            theme: try theme(q)?.name, place: try place(q)?.codeText,
            minSeverity: try q.choice("severity", Severity.self) ?? .blue)
        var after = q.text("after") == nil ? nil : Int64(try q.integer("after", 0, in: 0...Int.max))
        if let id = request.headers[.init("Last-Event-ID")!], !id.isEmpty {
            guard let n = Int64(id), n >= 0 else {
                throw Refusal(
                    .badRequest, "bad-parameter", "Last-Event-ID is `\(id)`", mend: "Send an id of this stream")
            }
            after = n
        }
        return eventStream(request) { [store, places = catalogue.places, now, after] events, _, writer in
            let newest = try await offLoop { try store.newestNotice() }
            // A number that this database has not reached is another's: all of ours is new.
            let start = after.map { $0 > newest ? 0 : $0 } ?? newest
            var router = NoticeRouter(filter, places: places, after: start)
            var missed: [AlertNotice] = []
            while after != nil {
                let from = missed.last?.sequence ?? start
                let more = try await offLoop { try store.notices(after: from, limit: Self.page) }
                missed += more
                if more.count < Self.page { break }
            }
            try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
            for d in router.catchUp(missed, now: now()) { try await writer.write(Self.message(d)) }
            var quiet = 0
            for await e in events {
                var out: [AlertDelivery] = []
                if case .notices(let n) = e { out = router.offer(n, now: now()) } else { out = router.tick(now: now()) }
                for d in out { try await writer.write(Self.message(d)) }
                // Something must be written now and then, or nobody notices that a reader has gone.
                quiet = out.isEmpty ? quiet + 1 : 0
                if quiet >= 15 {
                    quiet = 0
                    try await writer.write(ByteBuffer(string: ": \n\n"))
                }
            }
        }
    }

    private static func message(_ d: AlertDelivery) throws -> ByteBuffer {
        var b = ByteBuffer(string: "id: \(d.settled)\nevent: alerts\ndata: ")
        b.writeBytes(try encoder.encode(d))
        b.writeString("\n\n")
        return b
    }
}

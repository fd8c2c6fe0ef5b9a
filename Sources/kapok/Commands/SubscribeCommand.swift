import Alerting
import ArgumentParser
import AsyncHTTPClient
import CityModel
import Foundation
import HubAPI

struct SubscribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Print a hub's alerts as they come.",
        discussion: """
            Each theme and district speaks at once and then at most once a minute, with all that came meanwhile. After a \
            break of the connection what was missed is printed first, in order.
            Example: kapok subscribe traffic --place 天河区 --min-severity yellow
            """)

    @Argument(help: "Theme; default: all.") var theme: String?
    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(help: "Place, by code or name, with all below it; default: the city.") var place: String?
    @Option(help: "Alerts that are or were at least so bad: blue, yellow, orange, red.") var minSeverity = Severity.blue
    @Option(help: "text, or json: one delivery a line.") var format = AlertOptions.Format.text
    @Option(help: "zh or en; default from LANG.") var lang: Language?
    @Option(help: "Go on behind this sequence number: what came since is printed first.") var after: Int64?
    @Option(help: "End after so many deliveries.") var count: Int?

    func run() async throws {
        do {
            let places: PlacesResponse = try await HubReader(hub).get("/v1/places")
            let tree = try PlaceTree(
                places.places.map {
                    Place(
                        code: UInt64($0.code) ?? 0, level: $0.level, name: $0.name, nameEn: $0.nameEn,
                        parent: $0.parent.flatMap { UInt64($0) }, lon: $0.lon, lat: $0.lat)
                })
            var (last, left) = (after, count ?? .max)
            var wait = 1
            while left > 0 {
                do {
                    try await follow(tree, &last, &left)
                    wait = 1
                } catch let e as KapokError where e.code == "hub-unreachable" {
                    fail("kapok: \(e.what); trying again in \(wait) s")
                    try await Task.sleep(for: .seconds(wait))
                    wait = min(wait * 2, 30)
                }
            }
        } catch { throw report(error) }
    }

    /// One connection, until it ends.
    private func follow(_ places: PlaceTree, _ last: inout Int64?, _ left: inout Int) async throws {
        let query = HubReader.query([
            ("theme", theme), ("place", place), ("severity", minSeverity.rawValue), ("after", last.map(String.init)),
        ])
        let reader = HubReader(hub)
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "\(reader.base)/v1/alerts/stream?\(query)"), deadline: .distantFuture)
        } catch {
            throw KapokError(
                "hub-unreachable", "\(reader.base) does not answer: \(error)",
                mend: "Check that a hub runs there: kapok hub")
        }
        guard response.status == .ok else {
            throw HubReader.refusal(
                response.status.code, Data(try await response.body.collect(upTo: 1 << 20).readableBytesView),
                "/v1/alerts/stream")
        }
        var events = EventLines()
        do {
            for try await part in response.body {
                for e in events.add(part.readableBytesView) where e.name == "alerts" {
                    let d = try JSONDecoder().decode(AlertDelivery.self, from: Data(e.data))
                    try show(d, places)
                    last = d.settled
                    left -= 1
                    if left <= 0 { return }
                }
            }
        } catch let e as DecodingError { throw e } catch {
            throw KapokError("hub-unreachable", "the stream broke: \(error)", mend: "Check the hub")
        }
        throw KapokError("hub-unreachable", "the stream ended", mend: "Check the hub")
    }

    private func show(_ d: AlertDelivery, _ places: PlaceTree) throws {
        let l = lang ?? .ofLocale
        guard format == .text else { return print(String(decoding: try LineWriter.encoder.encode(d), as: UTF8.self)) }
        if d.notices.count > 1 { print("\(d.at.clock()) \(AlertWords.heading(d, l, places: places))") }
        for n in d.notices { print("\(n.at.clock()) \(AlertWords.line(n, l, places: places)) [\(n.alert.id)]") }
        fflush(nil)
    }
}

/// Server-sent events out of pieces of a stream.
struct EventLines {
    struct Event {
        var name: String
        var data: [UInt8]
    }
    private var line: [UInt8] = []
    private var event = Event(name: "", data: [])

    /// The events that a piece completes.
    mutating func add(_ bytes: some Sequence<UInt8>) -> [Event] {
        var out: [Event] = []
        for b in bytes {
            guard b == 10 else {
                line.append(b)
                continue
            }
            if line.last == 13 { line.removeLast() }
            if line.isEmpty {
                if !event.data.isEmpty { out.append(event) }
                event = Event(name: "", data: [])
            } else if let colon = line.firstIndex(of: 58) {
                var value = line[(colon + 1)...]
                if value.first == 32 { value = value.dropFirst() }
                switch String(decoding: line[..<colon], as: UTF8.self) {
                case "event": event.name = String(decoding: value, as: UTF8.self)
                case "data": event.data += (event.data.isEmpty ? [] : [10]) + value
                default: break
                }
            }
            line.removeAll(keepingCapacity: true)
        }
        return out
    }
}

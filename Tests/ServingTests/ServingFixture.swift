import Alerting
import CityModel
import Foundation
import HubAPI
import Logging
import ServiceLifecycle
import Store
import Testing

@testable import Contracts
@testable import Serving

let minute: Int64 = 60_000
/// The wall clock of every test, and the newest event time of most, ms.
let present: Int64 = 1_700_000_040_000

/// A small city: 甲区 with streets 1 and 2, 乙区 with street 1.
enum City {
    static let code: UInt64 = 440_100_000_000
    static let east: UInt64 = 440_106_000_000
    static let west: UInt64 = 440_105_000_000
    static let eastStreets: [UInt64] = [440_106_001_000, 440_106_002_000]
    static let westStreet: UInt64 = 440_105_001_000

    static func places() throws -> PlaceTree {
        func p(_ code: UInt64, _ level: PlaceLevel, _ name: String, _ en: String, _ parent: UInt64?) -> Place {
            Place(code: code, level: level, name: name, nameEn: en, parent: parent, lon: parent == nil ? 113.26 : nil)
        }
        return try PlaceTree([
            p(code, .city, "广州市", "Guangzhou", nil), p(east, .district, "天河区", "Tianhe District", code),
            p(west, .district, "海珠区", "Haizhu District", code),
            p(eastStreets[1], .street, "石牌街道", "Shipai Subdistrict", east),
            p(eastStreets[0], .street, "五山街道", "Wushan Subdistrict", east),
            p(westStreet, .street, "赤岗街道", "Chigang Subdistrict", west),
        ])
    }

    static func theme(_ name: String, _ measures: [(name: String, display: String)]) -> ThemeDef {
        let windows = [
            WindowDef(name: "1m", sizeMs: minute, everyMs: minute),
            WindowDef(name: "5m", sizeMs: 5 * minute, everyMs: minute),
        ]
        return ThemeDef(
            name: name, version: 1, title: ["zh": "主题", "en": name.capitalized], topics: ["readings"], paneMs: minute,
            windows: windows,
            measures: measures.map {
                MeasureDef(
                    name: $0.name, title: ["zh": "量", "en": $0.name], source: .kind($0.name), unit: "u",
                    windows: ["1m", "5m"],
                    aggregates: [$0.display], display: $0.display)
            })
    }

    static func catalogue() throws -> Catalogue {
        let contract = TopicContract(
            name: "readings", topic: "city.readings", format: .kapokJSON, owner: "o", partitions: 2, config: [:],
            outOfOrdernessMs: 0, allowedLatenessMs: 0, maxFutureMs: 0, idleAfterMs: 0, maxBytes: 1000, dedupHorizon: 0,
            kinds: ["speed", "smoke"].map {
                KindRule(name: $0, unit: "u", range: 0...100, conversions: ["u": 1], owner: "o")
            }, fields: [], objectClasses: [:])
        var emergency = theme("emergency", [("smoke", "max"), ("rain", "sum")])
        emergency.sessions = [SessionDef(name: "storm", gapMs: 30 * minute, reachMs: 1440 * minute)]
        emergency.measures[1].windows = []
        emergency.measures[1].sessions = ["storm"]
        return Catalogue(
            root: "", contracts: [contract],
            themes: [emergency, theme("traffic", [("speed", "mean"), ("flow", "sum")])],
            outputs: [], places: try places(),
            sensors: [
                Sensor(id: "l2", kind: "speed", device: "loop", street: eastStreets[1], unit: "u", intervalSeconds: 10, owner: "Police"),
                Sensor(id: "l1", kind: "speed", device: "loop", street: eastStreets[0], unit: "u", intervalSeconds: 10, owner: "Police"),
                Sensor(id: "s1", kind: "smoke", device: "smoke", street: eastStreets[0], unit: "u", intervalSeconds: 60, owner: "Fire"),
                Sensor(id: "s2", kind: "smoke", device: "smoke", street: westStreet, unit: "u", intervalSeconds: 60, owner: "Fire"),
            ])
    }
}

func summary(
    _ place: UInt64, _ measure: String = "speed", theme: String = "traffic", window: String = "1m", start: Int64,
    status: WindowStatus = .complete, value: Double? = 30, severity: Severity = .normal, level: PlaceLevel = .street
) -> Summary {
    Summary(
        place: String(place), level: level, theme: theme, measure: measure, window: window, start: EventTime(ms: start),
        end: EventTime(ms: start + (window == "5m" ? 5 : 1) * minute), status: status, revision: 0, unit: "u",
        value: value,
        values: value.map { ["mean": $0] } ?? [:], severity: value == nil ? .unknown : severity,
        count: value == nil ? 0 : 5, expected: 2, reporting: value == nil ? 0 : 1, coverage: value == nil ? 0 : 50,
        late: 0,
        digest: "d")
}

func health(
    clock: Int64? = present, idle: [Bool] = [false, true], broker: Health.BrokerState = .up, since: Int64 = 0,
    at: Int64 = present
) -> Health {
    Health(
        status: broker == .up ? "ok" : "degraded",
        broker: .init(state: broker, since: EventTime(ms: since), error: broker == .up ? nil : "_TRANSPORT"),
        partitions: idle.enumerated().map { i, idle in
            .init(
                topic: "city.readings", partition: i, firstOffset: 10, nextOffset: 30, accepted: 12, late: 3,
                duplicate: 2,
                deadLettered: 1, gap: 2, lag: i == 0 ? 7 : nil, watermark: i == 0 ? EventTime(ms: present - 5500) : nil,
                idle: idle)
        },
        themes: ["emergency", "traffic"].map { .init(theme: $0, clock: clock.map { EventTime(ms: $0) }) },
        deadLetters: ["malformed": 1, "weird\"\\\nreason": 2], commits: 9, lastCommitMs: 12.5, at: EventTime(ms: at),
        version: "1.2.3")
}

/// A hub's serving side on a free port, with an empty store and a feed that has said nothing.
final class Served: Sendable {
    let server: HubServer
    let store: HubStore
    let feed = LiveFeed()
    let port: Int
    private let group: ServiceGroup
    private let running: Task<Void, any Error>
    private let folder: String

    private init(
        _ catalogue: Catalogue, slidingLimit: Int, actOn: @escaping @Sendable (AlertAction) async -> AlertActionAnswer
    ) async throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("kapok-serving-\(UUID().uuidString)").path
        store = try HubStore(path: folder + "/hub.db")
        server = HubServer(
            catalogue: catalogue, store: store, feed: feed, now: { present }, slidingLimit: slidingLimit, actOn: actOn)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let (ports, told) = AsyncStream.makeStream(of: Int.self)
        let app = server.application(host: "127.0.0.1", port: 0, logger: logger) { told.yield($0) }
        group = ServiceGroup(configuration: .init(services: [.init(service: app)], logger: logger))
        running = Task { [group] in
            defer { told.finish() }
            try await group.run()
        }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { throw CocoaError(.featureUnsupported) }
        self.port = port
    }

    /// Ends the feed, as the hub does, and the server; returns when it has stopped.
    func stop() async throws {
        feed.finish()
        await group.triggerGracefulShutdown()
        try await running.value
    }

    static func with(
        _ summaries: [Summary] = [], _ health: Health? = nil, partitions: [Commit.Partition] = [],
        catalogue: Catalogue? = nil, slidingLimit: Int = HubServer.slidingPartials, alerts: [AlertEffect] = [],
        actOn: @escaping @Sendable (AlertAction) async -> AlertActionAnswer = { _ in .gone },
        _ work: (Served) async throws -> Void
    ) async throws {
        let s = try await Served(try catalogue ?? City.catalogue(), slidingLimit: slidingLimit, actOn: actOn)
        var c = Commit()
        c.summaries = summaries
        c.partitions = partitions
        c.alerts = alerts
        if !c.isEmpty { try s.store.commit(c) }
        if let health { s.feed.publish(.health(health)) }
        do {
            try await work(s)
        } catch {
            try? await s.stop()
            throw error
        }
        try await s.stop()
        try s.store.close()
        try FileManager.default.removeItem(atPath: s.folder)
    }

    func get(_ target: String, method: String = "GET") async throws -> RawResponse {
        try await raw("\(method) \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    }
    func raw(_ request: String) async throws -> RawResponse {
        let c = try await RawClient(port)
        defer { c.close() }
        try await c.send(request)
        return RawResponse(await c.readAll())
    }
    func decode<T: Decodable>(_ type: T.Type, _ target: String) async throws -> T {
        let r = try await get(target)
        try #require(r.status == 200, "\(target): \(r.text)")
        return try JSONDecoder().decode(type, from: Data(r.body))
    }
}

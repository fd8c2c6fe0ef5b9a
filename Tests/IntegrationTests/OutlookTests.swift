import CityModel
import Foundation
import HubAPI
import KafkaIO
import TestSupport
import Testing

/// Forecasts and anomalies of a running hub, as its neighbours see them.
@Suite(.serialized, .enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct OutlookTests {
    @Test func `a running hub forecasts, finds what is odd, and says the same after it was killed`() throws {
        let city = try TinyCity(
            ["themes/city.yaml": TinyCity.outlookTheme],
            replacing: ["max_future:": "partitions: 1\nmax_future:", "idle_after: 30s": "idle_after: 1h"])
        let broker = try TestBroker()
        try createTopics(
            city.catalogue.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) },
            broker)
        // Ten hours of a reading a minute; in the last twenty minutes loop-1 has an accident before it.
        let now = EventTime(ms: Int64(Date().timeIntervalSince1970 * 1000)).floored(to: 300_000).ms
        let producer = try Producer(KafkaConfig(bootstrapServers: broker.bootstrapServers), environment: environment())
        var rng = SplitMix64(state: 7)
        var sent: Int64 = 0
        func send(_ text: String) throws {
            try producer.produce(
                topic: "t.sensors", key: nil, value: Array(text.utf8),
                timestampMs: Int64(Date().timeIntervalSince1970 * 1000))
            sent += 1
        }
        for m in 0..<600 as Range<Int64> {
            let ts = now - (600 - m) * 60_000 + 1000
            let speed = m >= 580 ? 3 : 40 + Int.random(in: -2...2, using: &rng)
            try send(#"{"sensor":"loop-1","kind":"speed","value":\#(speed),"unit":"km/h","ts":\#(ts)}"#)
            try send(#"{"sensor":"gauge-2","kind":"water_level","value":0.12,"unit":"m","ts":\#(ts)}"#)
        }
        try send(#"{"sensor":"loop-1","kind":"speed","value":3,"unit":"km/h","ts":\#(now + 6000)}"#)
        #expect(producer.flush(timeoutMs: 30_000) == 0)

        let db = broker.folder.file("hub.db")
        func start() throws -> RunningHub {
            try RunningHub(bootstrap: broker.bootstrapServers, topics: city.path, db: db, folder: broker.folder)
        }
        /// All rows, once the newest window is in.
        func rows(_ hub: RunningHub) throws -> [OutlookRow] {
            try eventually("the newest window: \(hub.process.log.suffix(2000))") { () throws -> [OutlookRow]? in
                let all = (try hub.get("/v1/forecasts") as ForecastsResponse).forecasts
                return all.first?.asOf == EventTime(ms: now) ? all : nil
            }
        }
        let hub = try start()
        try hub.waitForRecords(sent)
        let first = try rows(hub)
        let street = try #require(first.first { $0.place == TinyCity.streets[2] && $0.measure == "speed" })
        #expect(street.state == .ready && street.value == 3 && street.history == 120 && street.name == "东一街道")
        #expect(street.forecasts.map(\.minutes) == [15, 30, 60])
        for f in street.forecasts {
            #expect(f.error > 0 && f.lastValueError > 0 && f.low <= f.value && f.value <= f.high)
        }
        let episode = try #require(street.episode)
        #expect(episode.ongoing && episode.start.ms == now - 1_200_000 && episode.expected > 30)
        let water = try #require(first.first { $0.place == TinyCity.streets[1] && $0.measure == "water_level" })
        #expect(water.severity == .blue && water.reach == nil)
        #expect(water.forecasts.count == 3 && water.forecasts.allSatisfy { abs($0.value - 0.12) < 0.01 })
        #expect(first.first { $0.place == TinyCity.streets[0] }?.state == .silent)
        // Its district and the city have rows of their own.
        let odd: AnomaliesResponse = try hub.get("/v1/anomalies?theme=city&measure=speed&place=\(TinyCity.districts[1])")
        #expect(Set(odd.anomalies.map(\.place)) == [TinyCity.streets[2], TinyCity.districts[1]])

        let port = try String(contentsOf: hub.portPath, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let address = ["--hub", "http://127.0.0.1:\(port)"]
        func run(_ arguments: [String]) throws -> [String] {
            let r = try KapokProcess.run(arguments + address, folder: broker.folder)
            #expect(r.exitCode == 0, "\(r.errors)")
            return r.output.split(separator: "\n").map(String.init)
        }
        let text = try run(["forecasts", "--place", "East One", "--lang", "en"])
        #expect(text.first?.hasPrefix("East One · Speed 5m · 3.00 km/h until ") == true, "\(text)")
        #expect(text.count { $0.hasPrefix("  +") && $0.contains("last value's ") } == 3, "\(text)")
        let zh = try run(["anomalies", "--lang", "zh"])
        #expect(zh.first?.contains("仍在继续") == true && zh.contains { $0.contains("东一街道 · 车速 5m") }, "\(zh)")
        let json = try run(["forecasts", "--level", "street", "--measure", "water_level", "--format", "json"])
        let decoded = try json.map { try JSONDecoder().decode(OutlookRow.self, from: Data($0.utf8)) }
        #expect(decoded.map(\.place) == [TinyCity.streets[0], TinyCity.streets[1]])
        let frame = try run([
            "dashboard", "--frame", "--size", "120x40", "--place", "East One", "--theme", "city", "--lang", "en",
            "--color", "never",
        ])
        #expect(frame.contains { $0.contains("!  Speed 5m") && $0.contains("odd: score") }, "\(frame)")

        hub.process.signal(SIGKILL)
        _ = try hub.process.wait(seconds: 60)
        let again = try start()
        #expect(try rows(again) == first)
        #expect(try again.interrupt() == 0)
    }
}

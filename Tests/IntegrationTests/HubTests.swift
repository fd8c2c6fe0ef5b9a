import CityModel
import Contracts
import Foundation
import HubAPI
import KafkaIO
import TestSupport
import Testing

/// The running hub as its neighbours see it.
@Suite(.serialized, .enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct HubTests {
    @Test func `bad records reach the dead-letter topic with their bytes, key and reason, and good ones are served`() throws {
        let catalogue = try Catalogue.load(Repo.root.appendingPathComponent("Topics").path)
        let broker = try TestBroker()
        try createTopics(
            catalogue.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) }, broker)
        let sensor = try #require(catalogue.sensors.first { $0.kind == "speed" && $0.device == "loop" })
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        func reading(_ id: String, _ value: String, _ ms: Int64, sensor id2: String? = nil) -> String {
            #"{"id":"\#(id)","sensor":"\#(id2 ?? sensor.id)","kind":"speed","value":\#(value),"unit":"\#(sensor.unit)","ts":"\#(EventTime(ms: ms).rfc3339)"}"#
        }
        let minute = EventTime(ms: now - 600_000).floored(to: 60_000).ms
        let bad: [(String, String)] = [
            ("{\"id\":\u{0}", "malformed"), (reading("b1", "900", minute), "out-of-range"),
            (reading("b2", "30", minute, sensor: "nobody"), "unplaced"), (reading("b3", "30", now + 3_600_000), "future"),
        ]
        let good = [reading("g1", "30", minute + 1000), reading("g2", "50", minute + 2000), reading("g2", "50", minute + 2000),
            reading("g3", "40", minute + 300_000)]
        let producer = try Producer(KafkaConfig(bootstrapServers: broker.bootstrapServers), environment: environment())
        let topic = try #require(catalogue.contract("sensor-readings")).topic
        let key = Array(String(sensor.street).utf8)
        for text in bad.map(\.0) + good {
            try producer.produce(
                topic: topic, key: key, value: Array(text.utf8), timestampMs: now, headers: [Header("trace", Array("t1".utf8))])
        }
        #expect(producer.flush(timeoutMs: 30_000) == 0)

        let hub = try RunningHub(bootstrap: broker.bootstrapServers, db: broker.folder.file("hub.db"), folder: broker.folder)
        try hub.waitForRecords(Int64(bad.count + good.count))
        let h: Health = try hub.get("/v1/health")
        #expect(h.partitions.reduce(0) { $0 + $1.accepted } == 3)
        #expect(h.partitions.reduce(0) { $0 + $1.duplicate } == 1)
        #expect(h.deadLetters == ["malformed": 1, "out-of-range": 1, "unplaced": 1, "future": 1])
        let answer: SummariesResponse = try hub.get(
            "/v1/summaries?place=\(sensor.street)&theme=traffic&measure=speed&window=1m&from=\(minute)&to=\(minute + 60_000)")
        let s = try #require(answer.summaries.first)
        #expect(s.count == 2 && s.value == 40 && s.values["min"] == 30 && s.values["max"] == 50)
        #expect(s.reporting == 1)
        // Its parents are exact merges; the pane five minutes later closed it.
        let city: SummariesResponse = try hub.get(
            "/v1/summaries?place=440100000000&theme=traffic&measure=speed&window=1m&from=\(minute)&to=\(minute + 60_000)")
        #expect(city.summaries.first?.count == 2 && city.summaries.first?.value == 40)
        let (status, metrics) = try hub.raw("/metrics")
        #expect(status == 200)
        #expect(String(decoding: metrics, as: UTF8.self).contains("kapok_dead_letters_total{reason=\"unplaced\"} 1"))
        #expect(try hub.interrupt() == 0)

        let dlq = try #require(catalogue.output("dead-letters"))
        let letters = try readAll(dlq.topic(for: topic), partitions: Int32(dlq.partitions), broker)
        #expect(letters.count == bad.count)
        for (text, reason) in bad {
            let letter = try #require(letters.first { $0.value == Array(text.utf8) }, "\(reason)")
            let headers = Dictionary(letter.headers.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) }) { $1 }
            #expect(letter.key == key)
            #expect(headers["kapok-reason"] == reason)
            #expect(headers["kapok-source-topic"] == topic)
            #expect(headers["trace"] == "t1")
            #expect(Int64(headers["kapok-source-offset"] ?? "") != nil && headers["kapok-detail"]?.isEmpty == false)
        }
    }

    @Test func `a hub that starts before its topics exist waits for them`() throws {
        let catalogue = try Catalogue.load(Repo.root.appendingPathComponent("Topics").path)
        let broker = try TestBroker()
        let hub = try RunningHub(
            bootstrap: broker.bootstrapServers, db: broker.folder.file("hub.db"), folder: broker.folder,
            more: ["--kafka-config", "topic.metadata.refresh.interval.ms=500", "--kafka-config", "allow.auto.create.topics=false"])
        _ = try eventually("the hub is up without topics") { () throws -> Bool? in
            let h: Health = try hub.get("/v1/health")
            return h.broker.state == .up && h.partitions.isEmpty ? true : nil
        }
        let created = try KapokProcess.run(
            ["topics", "create", "--bootstrap", broker.bootstrapServers], folder: broker.folder)
        #expect(created.exitCode == 0 && created.output.contains("city.sensor-readings: created, 8 partitions"))
        _ = try eventually("the partitions are assigned") { () throws -> Bool? in
            (try hub.get("/v1/health") as Health).partitions.count == 14 ? true : nil
        }
        let again = try KapokProcess.run(["topics", "create", "--bootstrap", broker.bootstrapServers], folder: broker.folder)
        #expect(again.exitCode == 0 && again.output.contains("city.sensor-readings: there already"))
        #expect(try hub.interrupt() == 0)
        _ = catalogue
    }
}

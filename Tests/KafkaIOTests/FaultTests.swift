import CRdkafka
import Foundation
import KafkaIO
import Synchronization
import TestSupport
import Testing

/// What goes wrong, against librdkafka's mock cluster.
@Suite struct FaultTests {
    let mock: MockCluster
    init() throws { mock = try MockCluster() }

    @Test func `requests that fail are tried again, and each record is stored and read once`() throws {
        try mock.createTopic("t", partitions: 2)
        mock.fail(
            .produce,
            [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION.rawValue, RD_KAFKA_RESP_ERR__TRANSPORT.rawValue,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT.rawValue,
            ])
        let deliveries = Deliveries()
        let p = try makeProducer(config(mock.bootstrapServers, ["retry.backoff.ms": "10"]), deliveries)
        for i in 0..<200 {
            try p.produce(topic: "t", partition: Int32(i % 2), key: nil, value: bytes("\(i)"), token: UInt64(i))
        }
        #expect(p.flush(timeoutMs: 60_000) == 0)
        #expect(deliveries.errors.isEmpty)
        #expect(deliveries.tokens.sorted() == Array(0..<200))

        mock.fail(
            .fetch,
            [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION.rawValue, RD_KAFKA_RESP_ERR__TRANSPORT.rawValue,
                RD_KAFKA_RESP_ERR_UNKNOWN.rawValue,
            ])
        mock.fail(.findCoordinator, [RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE.rawValue])
        let owner = Owner()
        let c = try Consumer(
            consumerConfig(mock.bootstrapServers), source: .group(id: "g", topics: ["t"]),
            environment: environment(), handlers: owner.handlers)
        try c.start()
        try until({ owner.seen.count >= 200 }) { owner.poll(c) }
        #expect(owner.surprises.isEmpty)
        #expect(Set(owner.seen.compactMap(\.value)).count == 200)
        c.close()
    }

    @Test func `a broker that goes down is told as down, and consumption goes on when it is back`() throws {
        try mock.createTopic("t", partitions: 1)
        try fill(mock.bootstrapServers, "t", partitions: 1, count: 100)
        let states = States()
        let owner = Owner()
        let c = try Consumer(
            consumerConfig(mock.bootstrapServers), source: .partitions(partitions("t", 1)),
            environment: environment { s in states.all.withLock { $0.append(s.state) } }, handlers: owner.handlers)
        try c.start()
        try until({ owner.seen.count == 100 && c.control.status.state == .up }) { owner.poll(c) }
        try mock.setDown()
        try until({ c.control.status.state == .down }) { owner.poll(c) }
        #expect(c.control.status.lastError?.isRetriable == true)
        try mock.setUp()
        // Without traffic too: only the statistics tell it.
        try until({ c.control.status.state == .up }) { owner.poll(c) }
        try fill(mock.bootstrapServers, "t", partitions: 1, from: 100, count: 100)
        try until({ owner.seen.count >= 200 }) { owner.poll(c) }
        #expect(owner.surprises.isEmpty)
        #expect(states.all.withLock { Array($0.prefix(3)) } == [.up, .down, .up])
        c.close()
    }

    @Test func `a full queue is a typed error that ends when there is room again`() throws {
        try mock.createTopic("t", partitions: 1)
        try mock.setDown()
        let deliveries = Deliveries()
        let p = try makeProducer(config(mock.bootstrapServers, ["queue.buffering.max.messages": "10"]), deliveries)
        var accepted = 0
        let e = #expect(throws: KafkaError.self) {
            for _ in 0..<100 {
                try p.produce(topic: "t", key: nil, value: [1], token: UInt64(accepted))
                accepted += 1
            }
        }
        #expect(accepted == 10 && p.queued >= 10)
        #expect(e?.isQueueFull == true && e?.isRetriable == true && e?.isFatal == false)
        try mock.setUp()
        var isSent = false
        try until({ isSent }) {
            do {
                try p.produce(topic: "t", key: nil, value: [2], token: 10)
                isSent = true
            } catch let error as KafkaError where error.isQueueFull {
                p.poll(timeoutMs: 50)
            }
        }
        #expect(p.flush(timeoutMs: 60_000) == 0)
        #expect(deliveries.errors.isEmpty && deliveries.tokens.sorted() == Array(0...10))
    }

    @Test func `flush tells what is left, and close gives each record a fate`() throws {
        try mock.createTopic("t", partitions: 1)
        try mock.setDown()
        let deliveries = Deliveries()
        let p = try makeProducer(config(mock.bootstrapServers), deliveries)
        for i in 0..<5 { try p.produce(topic: "t", key: nil, value: [1], token: UInt64(i)) }
        #expect(p.flush(timeoutMs: 10) == 5)
        p.close()
        #expect(deliveries.tokens.sorted() == Array(0..<5))
        #expect(deliveries.errors.count == 5)
        let e = #expect(throws: KafkaError.self) { try p.produce(topic: "t", key: nil, value: [1]) }
        #expect(e?.code == KafkaError.stateCode)
        p.close()
        #expect(p.poll() == 0 && p.flush(timeoutMs: 0) == 0 && p.queued == 0)
    }

    @Test func `the same key goes where Java's partitioner puts it`() throws {
        // murmur2("21") & 0x7fffffff and so on, as in Kafka's own UtilsTest, modulo 7.
        let hashes: [(String, Int32)] = [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ]
        try mock.createTopic("t", partitions: 7)
        let deliveries = Deliveries()
        let p = try makeProducer(config(mock.bootstrapServers), deliveries)
        for (i, h) in hashes.enumerated() {
            try p.produce(topic: "t", key: bytes(h.0), value: [1], token: UInt64(i))
        }
        #expect(p.flush(timeoutMs: 30_000) == 0)
        let placed = deliveries.all.withLock { $0.sorted { $0.token < $1.token }.map(\.partition) }
        #expect(placed == hashes.map { ($0.1 & 0x7fff_ffff) % 7 })
    }

    @Test func `a broker that cannot be reached is told, with what to do, and goes to the log`() throws {
        let port = try FreePort.find()
        let logs = LogLines()
        let owner = Owner()
        let c = try Consumer(
            consumerConfig("127.0.0.1:\(port)"), source: .group(id: "g", topics: ["t"]),
            environment: environment(logs: logs), handlers: owner.handlers)
        try c.start()
        try until({ c.control.status.state == .down }) { owner.poll(c) }
        let e = try #require(c.control.status.lastError)
        #expect(e.isRetriable && !e.isFatal && !e.mend.isEmpty)
        #expect(owner.events.contains { $0.kind == .connection })
        c.close()
        #expect(logs.lines.withLock { $0.contains { $0.0 >= .error && $0.1.contains("127.0.0.1") } })
        let admin = try Admin(config("127.0.0.1:\(port)"), environment: environment())
        let late = #expect(throws: KafkaError.self) { try admin.topics(timeoutMs: 50) }
        #expect(late?.isRetriable == true)
    }

    @Test func `a topic that does not exist is an event, not a silence`() throws {
        mock.setTopicError("gone", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue)
        let owner = Owner()
        let c = try Consumer(
            consumerConfig(mock.bootstrapServers, ["topic.metadata.propagation.max.ms": "0"]),
            source: .group(id: "g", topics: ["gone"]), environment: environment(), handlers: owner.handlers)
        try c.start()
        try until({ owner.events.contains { $0.kind == .unknownTopic } }) { owner.poll(c) }
        c.close()
    }
}

import Foundation
import KafkaIO
import TestSupport
import Testing

/// Against the real test broker; skipped where it is not installed.
@Suite(.enabled(if: TestBroker.isInstalled, "scripts/broker.sh installs the test broker"), .serialized)
struct BrokerTests {
    func topic(_ broker: TestBroker, partitions: Int) throws -> String {
        let name = "t-\(UUID().uuidString.prefix(8))"
        let admin = try Admin(config(broker.bootstrapServers), environment: environment())
        #expect(try admin.createTopics([TopicSpec(name, partitions: partitions)]) == [.created])
        return name
    }

    @Test func `topics are created with partitions and settings, and what is there already is no error`() throws {
        let b = try TestBroker.shared()
        let admin = try Admin(config(b.bootstrapServers), environment: environment())
        let name = "created-\(UUID().uuidString.prefix(8))"
        let spec = TopicSpec(name, partitions: 3, replicationFactor: 1, config: ["retention.ms": "-1"])
        #expect(try admin.createTopics([spec]) == [.created])
        #expect(try admin.createTopics([spec, TopicSpec("bad/name", partitions: 1)]).first == .alreadyExists)
        let d = try #require(try admin.describe(name))
        #expect(d.partitions == [0, 1, 2] && d.replicationFactor == 1)
        #expect(d.config.map { $0["retention.ms"] == "-1" } ?? true)
        #expect(try admin.topics().contains { $0.name == name })
        #expect(try admin.describe("absent-\(UUID().uuidString)") == nil)
        #expect(try admin.watermarks(TopicPartition(name, 2)) == Watermarks(low: 0, high: 0))
        guard case .failed(let e) = try admin.createTopics([TopicSpec("x", partitions: 0)])[0] else {
            Issue.record("no partitions were accepted")
            return
        }
        #expect(!e.isRetriable)
    }

    @Test func `watermarks and offsets for times`() throws {
        let b = try TestBroker.shared()
        let name = try topic(b, partitions: 2)
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let p = try makeProducer(config(b.bootstrapServers))
        for i in 0..<100 {
            try p.produce(topic: name, partition: 0, key: nil, value: bytes("\(i)"), timestampMs: now + Int64(i) * 10)
        }
        #expect(p.flush(timeoutMs: 30_000) == 0)
        let admin = try Admin(config(b.bootstrapServers), environment: environment())
        let zero = TopicPartition(name, 0)
        #expect(try admin.watermarks(zero) == Watermarks(low: 0, high: 100))
        let times = [(zero, now + 255), (TopicPartition(name, 1), now)]
        #expect(try admin.offsets(forTimes: times) == [26, nil])
        #expect(try admin.offsets(forTimes: [(zero, now + 100_000)]) == [nil])
        #expect(try admin.offsets(forTimes: []) == [])
        let owner = Owner()
        let c = try Consumer(
            consumerConfig(b.bootstrapServers), source: .partitions([zero]), environment: environment(),
            handlers: owner.handlers)
        #expect(try c.offsets(forTimes: [(zero, now)]) == [0])
        #expect(try c.watermarks(zero).high == 100)
        c.close()
    }

    /// Not "cooperative-sticky": this broker forgets to answer a member's join when another joins again at once.
    @Test func `two members share the partitions, and one that leaves loses and doubles nothing`() throws {
        let b = try TestBroker.shared()
        try shareAndLeave(b.bootstrapServers, topic: try topic(b, partitions: 4), strategy: "range")
    }

    @Test func `a broker stopped and started again: status down and up, consumption goes on where it was`() throws {
        let b = try TestBroker()
        let name = try topic(b, partitions: 2)
        try fill(b.bootstrapServers, name, partitions: 2, count: 200)
        let states = States()
        let owner = Owner()
        let c = try Consumer(
            consumerConfig(b.bootstrapServers, ["fetch.min.bytes": "1"]),
            source: .group(id: "g", topics: [name], instanceID: "hub-1"),
            environment: environment { s in states.all.withLock { $0.append(s.state) } }, handlers: owner.handlers)
        try c.start()
        try until({ owner.seen.count == 200 && c.control.status.state == .up }) { owner.poll(c) }
        // Not killed: this broker loses what it acknowledged in its last second then.
        b.stop()
        try until({ c.control.status.state == .down }) { owner.poll(c) }
        try b.restart()
        try fill(b.bootstrapServers, name, partitions: 2, from: 200, count: 200)
        try until({ owner.seen.count >= 400 && c.control.status.state == .up }) { owner.poll(c) }
        #expect(owner.surprises.isEmpty)
        #expect(Set(owner.seen.compactMap(\.value)).count == 400)
        #expect(states.all.withLock { Array($0.prefix(3)) } == [.up, .down, .up])
        c.close()
        b.stop()
    }
}

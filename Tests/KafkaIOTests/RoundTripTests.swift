import Foundation
import KafkaIO
import Synchronization
import TestSupport
import Testing

/// Against librdkafka's mock cluster.
@Suite struct RoundTripTests {
    let mock: MockCluster
    init() throws { mock = try MockCluster() }

    func consumer(
        _ owner: Owner, _ source: ConsumerSource, _ more: KeyValuePairs<String, String> = [:],
        onStatus: (@Sendable (BrokerStatus) -> Void)? = nil
    ) throws -> Consumer {
        let c = try Consumer(
            consumerConfig(mock.bootstrapServers, more), source: source, environment: environment(onStatus: onStatus),
            handlers: owner.handlers)
        try c.start()
        return c
    }

    @Test func `an empty value and a tombstone keep their headers`() throws {
        try mock.createTopic("t", partitions: 1)
        let p = try makeProducer(config(mock.bootstrapServers), Deliveries())
        let values: [[UInt8]?] = [bytes("v"), [], nil, [], bytes("w")]
        for v in values {
            try p.produce(topic: "t", partition: 0, key: nil, value: v, headers: [Header("reason", bytes("empty"))])
        }
        #expect(p.flush(timeoutMs: 30_000) == 0)
        let owner = Owner()
        let c = try consumer(owner, .partitions(partitions("t", 1)))
        var found: [[Header]] = []
        try until({ found.count >= values.count }) {
            c.poll { (batch: borrowing RecordBatch) in
                for i in 0..<batch.runCount { found += batch.run(i).map { $0.headers() } }
            }
        }
        #expect(found == values.map { _ in [Header("reason", bytes("empty"))] })
        c.close()
    }

    @Test func `keys, values, headers and times come back, in order in each partition`() throws {
        try mock.createTopic("t", partitions: 3)
        let deliveries = Deliveries()
        let p = try makeProducer(config(mock.bootstrapServers), deliveries)
        let headers = [Header("ce_id", bytes("e1")), Header("empty", []), Header("ce_id", bytes("e2"))]
        for i in 0..<900 {
            try p.produce(
                topic: "t", partition: Int32(i % 3), key: bytes("k\(i)"), value: bytes("v\(i)"),
                timestampMs: 1_700_000_000_000 + Int64(i), headers: i == 0 ? headers : [], token: UInt64(i))
        }
        try p.produce(topic: "t", partition: 0, key: bytes("k900"), value: nil, token: 900)
        try p.produce(topic: "t", partition: 1, key: nil, value: [], token: 901)
        try p.produce(topic: "t", partition: 2, key: [], value: bytes("x"), token: 902)
        #expect(p.flush(timeoutMs: 30_000) == 0)
        #expect(deliveries.errors.isEmpty && Set(deliveries.tokens) == Set(0..<903))

        let owner = Owner()
        let c = try consumer(owner, .partitions(partitions("t", 3)))
        #expect(owner.assigned == [partitions("t", 3).enumerated().map { Assigned(slot: $0, partition: $1) }])
        try until({ owner.seen.count >= 903 }) { owner.poll(c) }
        #expect(owner.surprises.isEmpty)
        for partition in 0..<3 as Range<Int32> {
            let got = owner.seen.filter { $0.partition == partition }
            #expect(got.map(\.offset) == Array(0..<301))
            for (n, r) in got.prefix(300).enumerated() {
                let i = n * 3 + Int(partition)
                #expect(r.key == "k\(i)" && r.value == "v\(i)" && r.timestamp == 1_700_000_000_000 + Int64(i))
            }
        }
        let last = owner.seen.filter { $0.offset == 300 }.sorted { $0.partition < $1.partition }
        #expect(last.map(\.key) == ["k900", nil, ""])
        #expect(last.map(\.value) == [nil, "", "x"])
        c.close()
        #expect(owner.revoked.count == 1 && owner.held.isEmpty)

        var found: [Header] = []
        var byName: [String?] = []
        var without = -1
        let again = Owner()
        let d = try consumer(again, .partitions([TopicPartition("t", 0)]))
        try until({ !found.isEmpty }) {
            d.poll(max: 2) { batch in
                guard let first = batch.run(0).first, first.offset == 0 else { return }
                found = first.headers()
                byName = [first.header("ce_id"), first.header("empty"), first.header("none")].map {
                    $0.map { String(decoding: $0, as: UTF8.self) }
                }
                without = batch.run(0).dropFirst().reduce(0) { $0 + $1.headers().count }
            }
        }
        #expect(found == headers)
        #expect(byName == ["e2", "", nil])
        #expect(without == 0)
        d.close()
    }

    @Test func `the start offset that the owner gives is kept, per partition`() throws {
        try mock.createTopic("t", partitions: 3)
        try fill(mock.bootstrapServers, "t", partitions: 3, count: 300)
        let owner = Owner()
        owner.next = [TopicPartition("t", 0): 40, TopicPartition("t", 1): 99]
        let c = try consumer(owner, .partitions(partitions("t", 3)))
        try until({ owner.seen.count >= 60 + 1 + 100 }) { owner.poll(c) }
        #expect(owner.surprises.isEmpty)
        #expect((0..<3).map { p in owner.seen.first { $0.partition == p }?.offset } == [40, 99, 0])
        c.close()
    }

    @Test func `latest begins behind what is there`() throws {
        try mock.createTopic("t", partitions: 1)
        try fill(mock.bootstrapServers, "t", partitions: 1, count: 10)
        let owner = Owner()
        let c = try consumer(owner, .partitions(partitions("t", 1)), ["auto.offset.reset": "latest"])
        try until({ owner.events.contains { $0.kind == .endOfPartition } }) { owner.poll(c) }
        try fill(mock.bootstrapServers, "t", partitions: 1, from: 10, count: 1)
        try until({ !owner.seen.isEmpty }) { owner.poll(c) }
        #expect(owner.seen.map(\.offset) == [10])
        c.close()
    }

    @Test func `an offset that is gone is a typed event when the policy is error`() throws {
        try mock.createTopic("t", partitions: 1)
        try fill(mock.bootstrapServers, "t", partitions: 1, count: 10)
        let owner = Owner()
        owner.next = [TopicPartition("t", 0): 5_000]
        let c = try consumer(owner, .partitions(partitions("t", 1)), ["auto.offset.reset": "error"])
        try until({ owner.events.contains { $0.kind == .offsetOutOfRange } }) { owner.poll(c) }
        let e = try #require(owner.events.first { $0.kind == .offsetOutOfRange })
        #expect(e.partition == TopicPartition("t", 0) && e.slot == 0 && !e.error.isRetriable)
        c.close()
    }

    @Test func `the end of a partition is told after its records, with the next offset`() throws {
        try mock.createTopic("t", partitions: 1)
        try fill(mock.bootstrapServers, "t", partitions: 1, count: 50)
        let owner = Owner()
        var seenAtEnd = -1
        var handlers = owner.handlers
        handlers.event = { e in
            if e.kind == .endOfPartition && seenAtEnd < 0 { seenAtEnd = owner.seen.count }
            owner.events.append(e)
        }
        let c = try Consumer(
            consumerConfig(mock.bootstrapServers), source: .partitions(partitions("t", 1)), environment: environment(),
            handlers: handlers)
        try c.start()
        try until({ seenAtEnd >= 0 }) { owner.poll(c) }
        #expect(seenAtEnd == 50)
        #expect(owner.events.first { $0.kind == .endOfPartition }?.offset == 50)
        #expect(c.cachedWatermarks(TopicPartition("t", 0))?.high == 50)
        #expect(c.lag(TopicPartition("t", 0), nextOffset: 20) == 30)
        #expect(try c.watermarks(TopicPartition("t", 0)) == Watermarks(low: 0, high: 50))
        c.close()
    }

    @Test func `pause, resume and seek lose and double nothing`() throws {
        try mock.createTopic("t", partitions: 2)
        try fill(mock.bootstrapServers, "t", partitions: 2, count: 4000)
        let owner = Owner()
        let c = try consumer(owner, .partitions(partitions("t", 2)))
        try until({ owner.seen.count >= 300 }) { owner.poll(c, max: 50) }
        let zero = TopicPartition("t", 0)
        try c.pause([zero])
        let before = owner.next[zero]
        try until({ owner.next[TopicPartition("t", 1)] == 2000 }) { owner.poll(c, max: 50) }
        #expect(owner.next[zero] == before)
        try c.resume([zero])
        try until({ owner.seen.count >= 4000 }) { owner.poll(c, max: 50) }
        #expect(owner.surprises.isEmpty)

        owner.seen = []
        owner.next[zero] = 1990
        try c.seek([(zero, 1990)])
        try until({ owner.seen.count >= 10 }) { owner.poll(c) }
        #expect(owner.seen.map(\.offset) == Array(1990..<2000))
        #expect(owner.surprises.isEmpty)
        c.close()
    }

    @Test func `a group member commits, and another takes over from there`() throws {
        try mock.createTopic("t", partitions: 2)
        try fill(mock.bootstrapServers, "t", partitions: 2, count: 100)
        let owner = Owner()
        owner.start = .committed
        let c = try consumer(owner, .group(id: "g", topics: ["t"]))
        try until({ owner.seen.count >= 100 }) { owner.poll(c) }
        let offsets = [(TopicPartition("t", 0), Int64(30)), (TopicPartition("t", 1), Int64(50))]
        try c.commit(offsets)
        try until({ !owner.commits.isEmpty }) { owner.poll(c) }
        #expect(owner.commits == [Dictionary(uniqueKeysWithValues: offsets)])
        #expect(try c.committed(partitions("t", 2)) == [30, 50])
        c.close()
        #expect(owner.held.isEmpty && !owner.revoked.isEmpty)

        let second = Owner()
        second.start = .committed
        let d = try consumer(second, .group(id: "g", topics: ["t"]))
        try until({ second.seen.count >= 20 }) { second.poll(d) }
        #expect(second.seen.map(\.offset) == Array(30..<50))
        #expect(second.seen.allSatisfy { $0.partition == 0 })
        d.close()
    }

    @Test(.timeLimit(.minutes(2))) func `another thread can end a long wait`() throws {
        try mock.createTopic("t", partitions: 1)
        let owner = Owner()
        let c = try consumer(owner, .partitions(partitions("t", 1)))
        let control = c.control
        // A wake-up that comes before the wait counts too.
        control.wakeUp()
        owner.poll(c, timeoutMs: 3_600_000)
        Thread.detachNewThread { control.requestStop() }
        // Each wait is far beyond the time limit: only the wake-up can end it.
        while !control.isStopRequested { owner.poll(c, timeoutMs: 3_600_000) }
        c.close()
        control.wakeUp()
        #expect(c.poll(timeoutMs: 3_600_000) { _ in } == 0)
        #expect(throws: KafkaError.self) { try c.seek([(TopicPartition("t", 0), 0)]) }
        #expect(throws: KafkaError.self) { try c.start() }
    }

    @Test func `a closure that throws ends the poll, and the rest of the batch is not delivered again`() throws {
        struct Full: Error {}
        try mock.createTopic("t", partitions: 1)
        try fill(mock.bootstrapServers, "t", partitions: 1, count: 100)
        let owner = Owner()
        let c = try consumer(owner, .partitions(partitions("t", 1)))
        var count = 0
        #expect(throws: Full.self) {
            try until({ false }) {
                try c.poll(max: 10) { batch in
                    count += batch.count
                    throw Full()
                }
            }
        }
        try until({ count + owner.seen.count >= 100 }) { owner.poll(c) }
        #expect(owner.seen.first?.offset == Int64(count))
        c.close()
    }
}

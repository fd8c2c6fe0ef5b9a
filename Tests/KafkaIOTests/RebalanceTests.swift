import CRdkafka
import TestSupport
import Testing

@testable import KafkaIO

@Suite struct RebalanceTests {
    /// librdkafka hands out records that lie before a revocation in its queue in the same call that revokes. The
    /// owner has committed by then, so that they must not reach it.
    @Test func `records fetched before a revocation in the same poll are not delivered`() throws {
        let mock = try MockCluster()
        try mock.createTopic("t", partitions: 2)
        let count = 500
        try fill(mock.bootstrapServers, "t", partitions: 2, count: count)
        let one = Owner()
        let two = Owner()
        func member(_ owner: Owner) throws -> Consumer {
            let c = try Consumer(
                consumerConfig(
                    mock.bootstrapServers,
                    [
                        "partition.assignment.strategy": "range", "enable.partition.eof": "false",
                        "statistics.interval.ms": "0", "heartbeat.interval.ms": "50",
                    ]),
                source: .group(id: "g", topics: ["t"]), environment: environment(), handlers: owner.handlers)
            try c.start()
            return c
        }
        let first = try member(one)
        try until({ one.seen.count == 1 }) { one.poll(first, max: 1, timeoutMs: 5) }
        let early = one.seen.count
        let second = try member(two)
        try until({ rd_kafka_queue_length(first.queue) > count - early }) { two.poll(second, timeoutMs: 5) }
        one.poll(first, max: 10_000)
        #expect(one.revoked.count == 1)
        #expect(one.seen.count == early)
        try until({ one.held.count == 1 && two.held.count == 1 }) {
            one.poll(first)
            two.poll(second)
        }
        try until({ one.seen.count + two.seen.count >= count }) {
            one.poll(first)
            two.poll(second)
        }
        #expect(one.surprises.isEmpty && two.surprises.isEmpty)
        second.close()
        first.close()
    }

    @Test(arguments: ["cooperative-sticky", "roundrobin"])
    func `two members share the partitions, and one that leaves loses and doubles nothing`(strategy: String) throws {
        let mock = try MockCluster()
        try mock.createTopic("t", partitions: 4)
        try shareAndLeave(mock.bootstrapServers, topic: "t", strategy: strategy)
    }
}

import CRdkafka
import TestSupport
import Testing

@testable import KafkaIO

@Suite struct RebalanceTests {
    @Test(arguments: ["cooperative-sticky", "roundrobin"])
    func `two members share the partitions, and one that leaves loses and doubles nothing`(strategy: String) throws {
        let mock = try MockCluster()
        try mock.createTopic("t", partitions: 4)
        try shareAndLeave(mock.bootstrapServers, topic: "t", strategy: strategy)
    }
}

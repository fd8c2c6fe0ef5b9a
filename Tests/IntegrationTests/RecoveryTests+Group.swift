import Foundation
import HubAPI
import KafkaIO
import TestSupport
import Testing

/// Partitions move between hubs, or become more.
@Suite(.enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct GroupRecoveryTests {
    private func waitForPartitions(_ n: Int, _ hub: RunningHub) throws {
        _ = try eventually("\(n) partitions: \(hub.process.log.suffix(2000))") { () throws -> Bool? in
            (try hub.get("/v1/health") as Health).partitions.count == n ? true : nil
        }
    }

    @Test func `a hub that takes over from one that was killed says what a hub says that had all from the start`() throws {
        let stream = try TinyStream(seed: 14)
        // All partitions are the first one's, then they are shared, and windows are completed with half of them each.
        let first = try stream.hub("first")
        try stream.send(6000)
        try first.waitForRecords(stream.sent)
        let second = try stream.hub("second")
        try waitForPartitions(2, second)
        try waitForPartitions(2, first)
        try stream.send(9000)
        for hub in [first, second] {
            _ = try eventually("its share is read") { () throws -> Bool? in
                let h: Health = try hub.get("/v1/health")
                return h.partitions.count == 2 && h.partitions.allSatisfy { $0.lag == 0 && $0.nextOffset > 0 }
                    && h.pendingWindows == 0 ? true : nil
            }
        }
        second.process.signal(SIGKILL)
        try second.process.wait()
        // This broker keeps a member that is gone until it restarts; others drop it after `session.timeout.ms`.
        try stream.stopBroker(holding: first)
        try stream.broker.restart()
        try waitForPartitions(4, first)
        try stream.sendRest()
        try stream.close()
        try stream.finish(first)
        try stream.expectCleanRun(stream.db("first"))
        // The one that was killed comes back to all of them, at offsets of its own.
        let again = try stream.hub("second", group: "alone")
        try stream.finish(again)
        try stream.expectSame(stream.db("second"), stream.db("clean"))
    }

    @Test func `a topic with more partitions than before is read whole`() throws {
        let stream = try TinyStream(seed: 15)
        let soon = ["--kafka-config", "topic.metadata.refresh.interval.ms=500"]
        let hub = try stream.hub("hub", more: soon)
        try stream.send(6000)
        try hub.waitForRecords(stream.sent)
        try stream.admin.createPartitions("t.sensors", total: 5)
        try waitForPartitions(7, hub)
        try stream.send(6000)
        // Once more while the hub is away.
        hub.process.signal(SIGKILL)
        try hub.process.wait()
        try stream.admin.createPartitions("t.video", total: 3)
        try stream.sendRest()
        let again = try stream.hub("hub", more: soon)
        try waitForPartitions(8, again)
        try stream.close()
        try stream.finish(again)
        try stream.expectCleanRun(stream.db("hub"))
    }
}

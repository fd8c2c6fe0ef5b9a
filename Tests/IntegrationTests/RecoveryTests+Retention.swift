import Foundation
import HubAPI
import KafkaIO
import Store
import TestSupport
import Testing

/// Records are gone before the hub has read them.
@Suite(.enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct RetentionRecoveryTests {
    @Test func `records that retention took before they were read are told and counted as gap, the others once`() throws {
        let stream = try TinyStream(seed: 16)
        let first = try stream.hub("hub")
        try stream.send(4000)
        try first.waitForRecords(stream.sent)
        #expect(try first.interrupt() == 0)
        let stored = try stream.ledgers(stream.db("hub")).mapValues(\.next)
        try stream.send(4000)
        // A part of what is new goes; and in one partition all of it, so that no record tells of it.
        var gone: [TopicPartition: Int64] = [:]
        var to: [(TopicPartition, Int64)] = []
        for (i, tp) in stored.keys.sorted().enumerated() {
            let (next, high) = (try #require(stored[tp]), try stream.admin.watermarks(tp).high)
            let cut = i == 0 ? high : next + (high - next) / 2
            gone[tp] = cut - next
            to.append((tp, cut))
        }
        try stream.admin.deleteRecords(before: to)
        let hub = try stream.hub("hub")
        let h = try eventually("the gap is counted: \(hub.process.log.suffix(2000))") { () throws -> Health? in
            let h: Health = try hub.get("/v1/health")
            return h.partitions.count == gone.count && RunningHub.counted(h) == stream.sent ? h : nil
        }
        for p in h.partitions { #expect(p.gap == gone[TopicPartition(p.topic, Int32(p.partition))]) }
        let metrics = String(decoding: try hub.raw("/metrics").1, as: UTF8.self)
        for (tp, cut) in to {
            let (n, from) = (try #require(gone[tp]), try #require(stored[tp]))
            #expect(n > 0)
            let line = hub.process.log.split(separator: "\n").first { $0.contains("retention") && $0.contains("partition=\(tp)") }
            for part in ["from=\(from)", "to=\(cut)", "records=\(n)", "counted as gap"] {
                #expect(line?.contains(part) == true, "\(part) in \(line ?? "no line")")
            }
            #expect(
                metrics.split(separator: "\n").contains {
                    $0.contains("outcome=\"gap\"") && $0.contains(tp.topic) && $0.contains("\"\(tp.partition)\"")
                        && $0.hasSuffix(" \(n)")
                }, "\(tp) in /metrics")
        }
        try stream.sendRest()
        try stream.close()
        try stream.finish(hub)
        // A clean run lacks what was read before: from two minutes behind the cut on, all that they say is the same.
        let cut = stream.start + 8000 * 1000 / 25
        try stream.expectCleanRun(stream.db("hub"), gone: to.reduce(0) { $0 + $1.1 }, from: cut + 120_000)
        #expect(try stream.ledgers(stream.db("hub")).mapValues(\.gap) == gone)
    }
}

import Contracts
import Foundation
import KafkaIO

/// What the topics hold after a run: the truth about the order of records, whatever the hub has made of them.
struct TopicReader {
    let kafka: KafkaConfig
    let environment: ClientEnvironment
    let admin: Admin

    struct Entry {
        var partition: TopicPartition
        var offset: Int64
        var time: Int64
        var value: [UInt8]
        var headers: [Header]
        func header(_ name: String) -> String? {
            headers.last { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
        }
    }

    /// Everything in a topic, by partition and offset.
    /// - Throws: `ChaosError` where it is not read to its end in a minute.
    func all(_ topic: String) throws -> [Entry] {
        let partitions = try admin.topics().first { $0.name == topic }?.partitions ?? []
        var ended: Set<Int32> = []
        var out: [Entry] = []
        let consumer = try Consumer(
            kafka, source: .partitions(partitions.map { TopicPartition(topic, $0) }, groupID: "chaos-reader"),
            environment: environment,
            handlers: .init(
                assigned: { $0.map { _ in .earliest } },
                event: { if $0.kind == .endOfPartition, let p = $0.partition { ended.insert(p.partition) } }))
        try consumer.start()
        let deadline = Date().addingTimeInterval(60)
        while ended.count < partitions.count, Date() < deadline {
            consumer.poll(timeoutMs: 100) { (batch: borrowing RecordBatch) in
                for i in 0..<batch.runCount { Self.take(batch.run(i), topic, &out) }
            }
        }
        consumer.close()
        guard ended.count == partitions.count else { throw ChaosError("\(topic) could not be read to its end") }
        return out.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    private static func take(_ run: Run, _ topic: String, _ out: inout [Entry]) {
        for i in 0..<run.count {
            let r = run[i]
            out.append(
                Entry(
                    partition: TopicPartition(topic, r.partition), offset: r.offset, time: r.timestampMs, value: Array(r.value),
                    headers: r.headers()))
        }
    }
}

/// A run that could not be brought to its end: nothing is said about the hub then.
public struct ChaosError: Error, CustomStringConvertible {
    public var description: String
    init(_ what: String) { description = "chaos: \(what)" }
}

import CityModel
import HubAPI
import Pipeline
import Wire

extension HubCore {
    /// What the hub says of itself.
    /// - Parameters:
    ///   - now: the clock that `commit` is given, ms.
    ///   - at: wall clock.
    ///   - outboxMessages: what Kafka has not confirmed.
    ///   - lag: records not yet read, by slot; nil while unknown.
    public func health(
        now: Int64, at: EventTime, broker: Health.Broker, outboxMessages: Int = 0, version: String,
        edge: Health.Edge? = nil, presence: (Int) -> Presence, lag: (Int) -> Int64?
    ) -> Health {
        var partitions: [Health.Partition] = []
        var deadLetters: [String: Int64] = [:]
        for slot in members.indices {
            guard let m = members[slot] else { continue }
            let l = m.processor.ledger
            for reason in DeadLetterReason.allCases where l.dead[Int(reason.rawValue)] > 0 {
                deadLetters[reason.name, default: 0] += l.dead[Int(reason.rawValue)]
            }
            let wm = m.processor.watermark.value
            partitions.append(
                .init(
                    topic: m.processor.topic, partition: Int(m.processor.partition), firstOffset: l.first,
                    nextOffset: l.next, accepted: l.accepted, late: l.late, duplicate: l.duplicate,
                    deadLettered: l.deadLettered, gap: l.gap, lag: m.processor.isMirror ? nil : lag(m.slot),
                    watermark: wm == .min ? nil : EventTime(ms: wm),
                    idle: isIdle(m, now, broker.state == .up, presence(m.slot))))
        }
        partitions.sort { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
        return Health(
            status: broker.state == .down || edge?.centre.state == .down ? "degraded" : broker.state == .up && !partitions.isEmpty ? "ok" : "starting",
            broker: broker, partitions: partitions,
            themes: themes.map {
                .init(theme: $0.plan.def.name, clock: $0.clock.value == .min ? nil : EventTime(ms: $0.clock.value))
            }, deadLetters: deadLetters, commits: commits, lastCommitMs: lastCommitMs, pendingWindows: backlog, outboxMessages: outboxMessages, at: at,
            version: version, edge: edge)
    }

    /// Whether a partition that is ours is idle: see `commit`.
    func isIdle(
        _ topic: String, _ partition: Int32, _ now: Int64, _ brokerUp: Bool, presence: (Int) -> Presence
    ) -> Bool {
        members.contains { m in
            m.map {
                $0.processor.topic == topic && $0.processor.partition == partition
                    && isIdle($0, now, brokerUp, presence($0.slot))
            } ?? false
        }
    }
}

import CityModel
import KafkaIO

/// Partitions that come and go, and what else the consumer tells.
extension HubLoop {
    func assigned(_ all: [Assigned]) -> [StartPosition] {
        defer { if began == nil { began = (.now, cpuSeconds()) } }
        // Whether they were paused when they were last ours does not count: `balance` looks anew, `rest` lets them go.
        paused = false
        resting += all.map(\.partition).filter { !resting.contains($0) }
        return all.map { a in
            while names.count <= a.slot {
                names.append(nil)
                atEnd.append(false)
                fresh.append(true)
            }
            names[a.slot] = a.partition
            atEnd[a.slot] = false
            fresh[a.slot] = true
            do {
                let stored = try core.assign(
                    slot: a.slot, topic: a.partition.topic, partition: a.partition.partition, now: hub.now())
                let start = try start(a, stored)
                hub.logger.info(
                    "partition assigned", metadata: ["partition": "\(a.partition)", "offset": "\(start)"])
                return start
            } catch {
                failure = error
                return .policy
            }
        }
    }

    /// Where to begin: at the stored offset; in a new partition at its first record.
    ///
    /// The offsets are asked from the broker here: librdkafka would wait half a second before it asks itself. A topic
    /// that ends before our offset was made anew: going on would drop its records without a word.
    func start(_ a: Assigned, _ stored: Int64?) throws -> StartPosition {
        let tp = a.partition
        guard let consumer, let w = try? consumer.watermarks(tp, timeoutMs: 2000) else { return StartPosition(stored) }
        guard let stored else {
            return hub.options.kafka["auto.offset.reset"] == nil ? .offset(w.low) : .policy
        }
        guard w.high >= stored else {
            throw KapokError(
                "topic-recreated", "\(tp) ends at offset \(w.high), but \(stored) records of it were counted before",
                mend: "The topic was made anew, or the broker lost records (unclean leader election): start with a new --db")
        }
        guard w.low <= stored else {
            // Told and counted now: it may be long until the next record comes.
            warnOfGap(tp, stored, w.low)
            core.skip(slot: a.slot, to: w.low)
            fresh[a.slot] = false
            return .offset(w.low)
        }
        return .offset(stored)
    }

    func revoked(_ all: [Assigned], lost: Bool) {
        hub.logger.info("partitions revoked", metadata: ["count": "\(all.count)", "lost": "\(lost)"])
        commit(hub.now())
        for a in all {
            core.revoke(slot: a.slot)
            names[a.slot] = nil
        }
    }

    func event(_ e: ConsumerEvent) {
        switch e.kind {
        case .endOfPartition:
            guard let slot = e.slot, atEnd.indices.contains(slot) else { return }
            atEnd[slot] = true
            guard hub.options.idleFetchMs > 0, let tp = e.partition, !resting.contains(tp), let consumer else { return }
            do {
                try consumer.pause([tp])
                if resting.isEmpty { restUntil = hub.now() + hub.options.idleFetchMs }
                resting.append(tp)
            } catch { hub.logger.debug("no rest for \(tp): \(error)") }
        case .fatal:
            failure = e.error
        case .connection:
            break  // told by the status
        default:
            hub.logger.warning("kafka: \(e.error)")
        }
    }
}

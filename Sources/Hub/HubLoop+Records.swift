import CityModel
import KafkaIO
import Wire

/// From what was polled to the core.
extension HubLoop {
    func process(_ batch: borrowing KafkaIO.RecordBatch) {
        guard failure == nil else { return }
        runs.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        for i in 0..<batch.runCount {
            let run = batch.run(i)
            note(run)
            for start in stride(from: 0, to: run.count, by: HubCore.Piece.limit) {
                let end = min(start + HubCore.Piece.limit, run.count)
                pieces.append(.init(slot: run.slot, run: i, records: start..<end))
            }
            if edge != nil { for j in 0..<run.count { rawBytes += Int64(run[j].value.count + run[j].key.count) } }
            runs.append(run)
        }
        core.process(pieces, now: hub.now()) { [runs] piece, batch in
            Self.fill(batch, runs[piece.run], piece.records)
        } extra: { [runs] piece, i in
            let r = runs[piece.run][piece.records.lowerBound + i]
            return (r.hasKey ? Array(r.key) : nil, r.headers().map { .init($0.name, $0.value) })
        }
        // They are views into the batch's memory.
        runs.removeAll(keepingCapacity: true)
    }

    func note(_ run: Run) {
        let slot = run.slot
        atEnd[slot] = false
        guard fresh[slot], let first = run.first else { return }
        fresh[slot] = false
        if let next = core.next(slot: slot), let tp = names[slot], first.offset > next {
            warnOfGap(tp, next, first.offset)
        }
    }

    func warnOfGap(_ tp: TopicPartition, _ from: Int64, _ to: Int64) {
        hub.logger.warning(
            "records were gone from the topic (retention) before they were read; counted as gap",
            metadata: ["partition": "\(tp)", "from": "\(from)", "to": "\(to)", "records": "\(to - from)"])
    }

    static func fill(_ batch: Wire.RecordBatch, _ run: Run, _ range: Range<Int>) {
        for i in range {
            let r = run[i]
            if i + prefetchAhead < range.upperBound { run[i + prefetchAhead].prefetch() }
            var meta = Wire.RecordBatch.Meta(offset: r.offset, recordTime: r.timestampMs >= 0 ? r.timestampMs : .max)
            if let id = r.header("ce_id") {
                meta.headerID = wireHash(id)
                if let t = r.header("ce_time") {
                    meta.headerTime = EventTime(rfc3339: String(decoding: t, as: UTF8.self))?.ms ?? .min
                }
            }
            _ = batch.lend(r.value.baseAddress, r.value.count, meta)
        }
    }
}

import Pipeline
import Store
import Wire

extension HubCore {
    /// At most so many records of one partition that follow each other; what one thread decodes in one go.
    public struct Piece: Sendable {
        public static let limit = 1024
        public var slot: Int
        /// Which of the caller's records these are: `run` is for the caller alone.
        public var run: Int
        public var records: Range<Int>
        public init(slot: Int, run: Int, records: Range<Int>) {
            self.slot = slot
            self.run = run
            self.records = records
        }
    }

    /// Key and headers of a record, as its dead letter keeps them.
    public typealias Extra = (key: [UInt8]?, headers: [Commit.Message.Header])

    /// Decodes pieces, on several threads where it is worth it, and counts them in order.
    /// - Parameters:
    ///   - fill: puts a piece's records into an empty batch of `Piece.limit` records. Called from any of the threads,
    ///     for different pieces at once; lent records stay until this returns.
    ///   - extra: of one record of a piece, by its place in the piece. Called from one thread at a time.
    public func process(
        _ pieces: [Piece], now: Int64, fill: (Piece, RecordBatch) -> Void, extra: (Piece, Int) -> Extra
    ) {
        // Looked up here: the members change while other threads decode.
        let decoders = pieces.map { self.decoders(ofSlot: $0.slot) }
        let carried = pieces.map { isCarrier(slot: $0.slot) }
        crew.run(
            pieces.count, records: pieces.reduce(0) { $0 + $1.records.count },
            decode: { i, thread, lane in
                guard let mine = decoders[i] else { return }
                fill(pieces[i], lane.batch)
                // Partials are read where they are counted: they are few, and no JSON.
                guard !carried[i] else { return }
                mine[thread].decode(lane.batch, into: &lane.decoded)
            },
            count: { i, lane in
                if carried[i] {
                    takePartials(pieces[i].slot, lane.batch, now) { extra(pieces[i], $0) }
                } else {
                    count(pieces[i].slot, lane.batch, lane.decoded, now) { extra(pieces[i], $0) }
                }
            })
    }

    private func decoders(ofSlot slot: Int) -> [RecordDecoder]? {
        guard let i = place(slot), let c = members[i]?.contract else { return nil }
        return sources[c].decoders
    }

    private func count(
        _ callerSlot: Int, _ batch: RecordBatch, _ decoded: DecodedBatch, _ now: Int64, extra: (Int) -> Extra
    ) {
        guard let slot = place(callerSlot), let c = members[slot]?.contract else { return }
        dead.removeAll(keepingCapacity: true)
        let before = members[slot]!.processor.ledger.usable
        members[slot]!.processor.process(batch, decoded, dead: &dead)
        // A device with a bad clock, or one that sends rubbish, must not hold its themes' clocks (rule 4).
        if members[slot]!.processor.ledger.usable != before { members[slot]!.lastRecord = now }
        members[slot]!.changed = true
        for d in dead {
            var v = decoded.verdicts[d.record]
            v.reason = d.reason
            deadLetter(
                slot, batch.bytes(d.record), extra(d.record), reason: d.reason,
                detail: sources[c].decoders[0].detail(v, offset: d.offset), offset: d.offset)
        }
    }

    /// Notes a record that could not be taken for the dead-letter topic, bytes intact.
    /// - Parameter place: index into `members`.
    func deadLetter(
        _ place: Int, _ bytes: [UInt8], _ extra: Extra, reason: DeadLetterReason, detail: String, offset: Int64
    ) {
        guard let m = members[place] else { return }
        let headers =
            extra.headers
            + [
                ("kapok-reason", reason.name), ("kapok-detail", detail), ("kapok-source-topic", m.processor.topic),
                ("kapok-source-partition", String(m.processor.partition)), ("kapok-source-offset", String(offset)),
            ].map { Commit.Message.Header($0.0, Array($0.1.utf8)) }
        pendingBytes += bytes.count + 256
        messages.append(
            Commit.Message(topic: deadLetterTopic[m.contract], key: extra.key, value: bytes, headers: headers))
    }
}

import CityModel
import Pipeline
import Store
import Wire

/// The centre's side of edges: each of their partitions is a member whose cells come whole, in records of the partials
/// topic, and are put in the place of what was there.
extension HubCore {
    func isCarrier(slot: Int) -> Bool { carrier != nil && place(slot).flatMap { members[$0]?.contract } == carrier }

    /// Counts records of partials in order.
    func takePartials(_ slot: Int, _ batch: RecordBatch, _ now: Int64, extra: (Int) -> Extra) {
        guard let at = place(slot) else { return }
        for i in 0..<batch.count {
            let offset = batch.metas[i].offset
            guard let next = members[at]?.processor.ledger.next, next < 0 || offset >= next else { continue }
            let bytes = batch.bytes(i)
            let (outcome, detail) = take(bytes, slot, now)
            _ = members[at]?.processor.carry(offset) { outcome }
            members[at]?.changed = true
            if case .refused(let reason) = outcome {
                deadLetter(at, bytes, extra(i), reason: reason, detail: detail, offset: offset)
            }
        }
    }

    private func take(_ bytes: [UInt8], _ slot: Int, _ now: Int64) -> (CarriedOutcome, detail: String) {
        guard let b = PartialBundle(bytes) else { return (.refused(.malformed), "these are no partials of an edge") }
        guard let c = source(of: b.topic), let configuration = configurations[c] else {
            return (.refused(.otherConfiguration), "no contract of the hub has the topic \(b.topic)")
        }
        if let why = configuration.mismatch(b) { return (.refused(.otherConfiguration), why) }
        do {
            let i = try mirrorPlace(c, b, slot, now)
            guard var m = members[i] else { return (.known, "") }
            members[i] = nil  // alone with its tables: they are changed in place
            defer { members[i] = m }
            var log = m.log ?? BundleLog()
            let (isKnown, isNewest) = log.note(run: b.run, sequence: b.sequence)
            if isKnown { return (.known, "") }
            let usable = m.processor.ledger.usable
            guard let isNews = m.processor.apply(b, isNewest: isNewest) else {
                return (.refused(.malformed), "they name places or inputs that the configuration has not")
            }
            m.log = log
            m.changed = true
            if isNews, b.themes.contains(where: { !$0.cells.isEmpty }) || m.processor.ledger.usable != usable {
                m.lastRecord = now
            }
            return (.taken, "")
        } catch {
            partialsFailure = error
            return (.known, "")
        }
    }

    /// The member of an edge's partition, made or brought here where it is not.
    private func mirrorPlace(_ c: Int, _ b: PartialBundle, _ slot: Int, _ now: Int64) throws -> Int {
        let topic = EdgeTopic.name(b.topic, edge: b.edge)
        func isIt(_ m: Member) -> Bool { m.processor.topic == topic && m.processor.partition == b.partition }
        if let i = members.firstIndex(where: { $0.map(isIt) ?? false }) {
            members[i]?.slot = slot
            return i
        }
        if let i = away.firstIndex(where: isIt) {
            var m = away.remove(at: i)
            (m.slot, m.lastRecord) = (slot, now)
            return insert(m)
        }
        return insert(
            Member(
                contract: c, slot: slot, log: BundleLog(), processor: try restored(c, topic, b.partition),
                lastRecord: now))
    }

    /// Edges' partitions that come by a carrier that is assigned.
    func takeMirrors(_ slot: Int, _ topic: String, _ partition: Int32, _ now: Int64) throws {
        for s in try store.mirrors() where s.carrierTopic == topic && s.carrierPartition == partition {
            guard
                let i = away.firstIndex(where: {
                    $0.processor.topic == s.topic && $0.processor.partition == s.partition
                })
            else { continue }
            var m = away.remove(at: i)
            (m.slot, m.lastRecord) = (slot, now)
            _ = insert(m)
        }
    }

    /// What the store keeps of an edge's partition; nil for others.
    func mirror(_ i: Int) -> StoredMirror? {
        guard let m = members[i], let log = m.log, let carrier = place(m.slot).flatMap({ members[$0] }) else { return nil }
        return StoredMirror(
            topic: m.processor.topic, partition: m.processor.partition, carrierTopic: carrier.processor.topic,
            carrierPartition: carrier.processor.partition, log: log)
    }
}

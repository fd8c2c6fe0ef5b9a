import CityModel
import HubAPI
import KafkaIO
import Store
import Wire

/// The hub's thread: poll, process, commit, deliver.
final class HubLoop {
    /// Records taken by one poll.
    static let pollSize = 10_000
    /// Dead letters waiting for a commit are bounded: beyond this it does not wait for its interval.
    static let pendingLimit = 32 << 20

    /// How many records ahead a value is brought near while a batch is filled: enough to hide a trip to memory.
    static let prefetchAhead = 16

    let hub: Hub
    let core: HubCore
    private(set) var consumer: Consumer?
    private var outbox: OutboxPump
    private var edge: EdgeLink?
    /// Bytes of keys and values read, where this is an edge.
    private var rawBytes: Int64 = 0
    /// Of the poll under way.
    private var runs: [Run] = []
    private var pieces: [HubCore.Piece] = []
    private var failure: (any Error)?
    private var lastCommit: Int64
    private var lastHealth = Int64.min
    /// The outlook as last told; -1: never.
    private var toldOutlook = -1
    /// By slot: everything was read when last looked; its partition's name; whether no record has come yet.
    private var atEnd: [Bool] = []
    private var names: [TopicPartition?] = []
    private var fresh: [Bool] = []
    private var paused = false
    /// Partitions that were read to their end and rest until `restUntil` (`HubOptions.idleFetchMs`).
    private var resting: [TopicPartition] = []
    private var restUntil: Int64 = 0
    private var counted: Int64 = 0
    private var began: (wall: ContinuousClock.Instant, cpu: Double)?
    private(set) var drained: Hub.Drained?

    init(_ hub: Hub) throws {
        self.hub = hub
        core = try HubCore(
            catalogue: hub.catalogue, store: hub.store, pseudonym: hub.pseudonym,
            publishSummaries: hub.options.publishSummaries, partials: hub.options.partials,
            inbox: hub.inbox)
        lastCommit = hub.now()
        let environment = ClientEnvironment(logger: hub.logger, clock: hub.wall) { [logger = hub.logger] status in
            switch status.state {
            case .up: logger.info("broker up")
            case .down:
                logger.warning(
                    "broker down, trying again", metadata: ["error": "\(status.lastError.map { "\($0)" } ?? "")"])
            case .connecting: logger.info("connecting to the broker")
            }
        }
        outbox = try OutboxPump(
            hub.store, hub.options.kafka, ClientEnvironment(logger: hub.logger, clock: hub.wall), now: hub.now)
        if let (options, kafka) = hub.options.edge {
            core.publisher = try EdgePublisher(hub.store, hub.catalogue, options, now: hub.wall())
            edge = try EdgeLink(hub, options, kafka)
        }
        consumer = try Consumer(
            hub.options.kafka,
            source: .group(id: hub.options.group, topics: core.inputTopics, instanceID: hub.options.instanceID),
            environment: environment,
            handlers: .init(
                assigned: { [unowned self] in self.assigned($0) },
                revoked: { [unowned self] in self.revoked($0, lost: $1) },
                event: { [unowned self] in self.event($0) }))
    }

    func run() throws {
        guard let consumer else { return }
        defer {
            outbox.close()
            edge?.close()
        }
        try consumer.start()
        while !hub.isStopRequested, failure == nil {
            counted += Int64(
                consumer.poll(max: Self.pollSize, timeoutMs: 50) { (batch: borrowing KafkaIO.RecordBatch) in
                    self.process(batch)
                })
            if let until = hub.options.untilRecords, counted >= until { break }
            let now = hub.now()
            if now - lastCommit >= hub.options.commitIntervalMs || core.pendingBytes > Self.pendingLimit
                || core.backlog > 0
            {
                commit(now)
            }
            outbox.pump()
            handOn(now)
            rest(consumer, now)
            balance(consumer)
        }
        if failure == nil { commit(hub.now()) }
        if failure == nil { handOn(hub.now()) }
        if hub.options.untilRecords != nil, let began {
            drained = .init(
                records: counted, seconds: (ContinuousClock.now - began.wall) / .seconds(1),
                cpuSeconds: cpuSeconds() - began.cpu)
        }
        outbox.flush(timeoutMs: 5000)
        edge?.flush(timeoutMs: 5000)
        // Revokes, which commits once more: nothing has come since.
        consumer.close()
        if let failure { throw failure }
    }

    /// An edge tells the centre what is due.
    private func handOn(_ now: Int64) {
        guard edge != nil, failure == nil, let consumer else { return }
        let up = consumer.control.status.state == .up
        do {
            try edge?.pump(core, now) { core.isIdle($0, $1, now, up, presence: presence) }
        } catch {
            failure = error
            hub.logger.error("partials cannot be handed on; stopping, nothing is lost", metadata: ["error": "\(error)"])
        }
    }

    // MARK: records

    private func process(_ batch: borrowing KafkaIO.RecordBatch) {
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

    private func note(_ run: Run) {
        let slot = run.slot
        atEnd[slot] = false
        guard fresh[slot], let first = run.first else { return }
        fresh[slot] = false
        if let next = core.next(slot: slot), let tp = names[slot], first.offset > next {
            warnOfGap(tp, next, first.offset)
        }
    }

    private func warnOfGap(_ tp: TopicPartition, _ from: Int64, _ to: Int64) {
        hub.logger.warning(
            "records were gone from the topic (retention) before they were read; counted as gap",
            metadata: ["partition": "\(tp)", "from": "\(from)", "to": "\(to)", "records": "\(to - from)"])
    }

    private static func fill(_ batch: Wire.RecordBatch, _ run: Run, _ range: Range<Int>) {
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

    // MARK: commits

    private func commit(_ now: Int64) {
        guard failure == nil, let consumer else { return }
        lastCommit = now
        let up = consumer.control.status.state == .up
        do {
            let before = core.queued
            let summaries = try core.commit(now: now, brokerUp: up, presence: presence)
            outbox.added(core.queued - before)
            if !summaries.isEmpty { hub.onCommit(summaries) }
            if toldOutlook != core.outlookTurn {
                toldOutlook = core.outlookTurn
                hub.onOutlook(core.outlooks)
            }
            let notices = core.tellAlerts()
            if !notices.isEmpty { hub.onNotices(notices) }
        } catch {
            failure = error
            hub.logger.error("commit failed; stopping, nothing is lost", metadata: ["error": "\(error)"])
            return
        }
        // For those who watch the group from outside; the store's offsets are the ones that count.
        let offsets = names.indices.compactMap { slot -> (TopicPartition, Int64)? in
            guard let tp = names[slot], let next = core.next(slot: slot) else { return nil }
            return (tp, next)
        }
        if up {
            do { try consumer.commit(offsets) } catch { hub.logger.debug("group offsets not committed: \(error)") }
        }
        report(now)
    }

    private func report(_ now: Int64) {
        guard let consumer else { return }
        let broker = Hub.broker(consumer.control.status)
        hub.onHealth(
            core.health(
                now: now, at: EventTime(ms: hub.wall()), broker: broker, outboxMessages: outbox.backlog,
                version: hub.options.version,
                edge: core.publisher.flatMap { p in edge.map { $0.health(p, rawBytes: rawBytes) } },
                presence: presence) { self.lag($0) })
    }

    private func lag(_ slot: Int) -> Int64? {
        guard let tp = names[slot] else { return nil }
        return consumer?.lag(tp, nextOffset: core.next(slot: slot) ?? 0)
    }

    private func presence(_ slot: Int) -> HubCore.Presence {
        HubCore.Presence(caughtUp: atEnd.indices.contains(slot) && (atEnd[slot] || lag(slot) == 0))
    }

    /// Ends the rest of partitions that were read to their end (`HubOptions.idleFetchMs`).
    private func rest(_ consumer: Consumer, _ now: Int64) {
        guard !resting.isEmpty, now >= restUntil, !paused else { return }
        let mine = Set(consumer.assignment.map(\.partition))
        let back = resting.filter(mine.contains)
        do {
            if !back.isEmpty { try consumer.resume(back) }
            resting = []
        } catch { hub.logger.warning("partitions rest on: \(error)") }
    }

    /// Stops reading while the outbox cannot be delivered, so that it stays bounded.
    private func balance(_ consumer: Consumer) {
        do {
            let isFull = core.publisher?.isFull ?? false
            if !paused, outbox.backlog > OutboxPump.pauseAbove || isFull {
                try consumer.pause(consumer.assignment.map(\.partition))
                paused = true
                hub.logger.warning(
                    "the outbox cannot be delivered; reading pauses",
                    metadata: ["messages": "\(outbox.backlog)", "unsent": "\(core.publisher?.unsent ?? 0)"])
            } else if paused, outbox.backlog < OutboxPump.resumeBelow, !isFull {
                try consumer.resume(consumer.assignment.map(\.partition))
                paused = false
                hub.logger.info("reading goes on")
            }
        } catch { hub.logger.warning("back-pressure: \(error)") }
    }

    // MARK: the group

    private func assigned(_ all: [Assigned]) -> [StartPosition] {
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
    private func start(_ a: Assigned, _ stored: Int64?) throws -> StartPosition {
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

    private func revoked(_ all: [Assigned], lost: Bool) {
        hub.logger.info("partitions revoked", metadata: ["count": "\(all.count)", "lost": "\(lost)"])
        commit(hub.now())
        for a in all {
            core.revoke(slot: a.slot)
            names[a.slot] = nil
        }
    }

    private func event(_ e: ConsumerEvent) {
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

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
    var edge: EdgeLink?
    /// Bytes of keys and values read, where this is an edge.
    var rawBytes: Int64 = 0
    /// Of the poll under way.
    var runs: [Run] = []
    var pieces: [HubCore.Piece] = []
    var failure: (any Error)?
    private var lastCommit: Int64
    /// The outlook as last told; -1: never.
    private var toldOutlook = -1
    /// By slot: everything was read when last looked; its partition's name; whether no record has come yet.
    var atEnd: [Bool] = []
    var names: [TopicPartition?] = []
    var fresh: [Bool] = []
    var paused = false
    /// Partitions that were read to their end and rest until `restUntil` (`HubOptions.idleFetchMs`).
    var resting: [TopicPartition] = []
    var restUntil: Int64 = 0
    private var counted: Int64 = 0
    var began: (wall: ContinuousClock.Instant, cpu: Double)?
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

    func commit(_ now: Int64) {
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
}

import HubAPI
import KafkaIO
import Logging
import Pipeline
import Store

/// An edge's way to the centre: the outbox of partials and its broker.
struct EdgeLink {
    private var outbox: OutboxPump
    private let name: String
    private let logger: Logger
    private var isPaused = false
    private var toldGone: Int64 = 0

    init(_ hub: Hub, _ options: EdgeOptions, _ kafka: KafkaConfig) throws {
        name = options.name
        logger = hub.logger
        let environment = ClientEnvironment(logger: hub.logger, clock: hub.wall) { [logger = hub.logger] status in
            if status.state == .up { logger.info("centre's broker up") }
            if status.state == .down {
                logger.warning("centre's broker down; the edge goes on, partials wait")
            }
        }
        outbox = try OutboxPump(hub.store, queue: .centre, kafka, environment, now: hub.now)
    }

    /// Makes the bundles that are due and sends what waits.
    mutating func pump(
        _ core: HubCore, _ now: Int64, idle: (_ topic: String, _ partition: Int32) -> Bool
    ) throws {
        if core.publisher?.isDue(now) == true {
            let made = try core.publisher?.publish(now: now, waiting: outbox.backlog, idle: idle) ?? 0
            outbox.added(Int64(made))
            if let p = core.publisher, p.gone > toldGone {
                logger.warning(
                    "partials were no longer kept, or no longer known to the configuration: not handed on",
                    metadata: ["cells": "\(p.gone - toldGone)"])
                toldGone = p.gone
            }
        }
        outbox.pump()
    }

    mutating func flush(timeoutMs: Int) { outbox.flush(timeoutMs: timeoutMs) }
    func close() { outbox.close() }

    func health(_ p: EdgePublisher, rawBytes: Int64) -> Health.Edge {
        .init(
            name: name, centre: Hub.broker(outbox.status), unsent: p.unsent,
            oldestUnsent: p.oldest.map { .init(ms: $0) }, messages: outbox.backlog, bundles: p.bundles,
            rawBytes: rawBytes, partialBytes: p.bytes)
    }
}

extension Hub {
    static func broker(_ s: BrokerStatus) -> Health.Broker {
        Health.Broker(
            state: s.state == .up ? .up : s.state == .down ? .down : .connecting, since: .init(ms: s.sinceMs),
            error: s.state == .up ? nil : s.lastError.map { "\($0)" })
    }
}

import CityModel
import KafkaIO
import Logging
import Store
import Synchronization

/// Delivers the outbox to Kafka in order, and forgets a message when the broker has confirmed it: at least once.
struct OutboxPump {
    static let pauseAbove = 200_000
    static let resumeBelow = 100_000
    static let chunk = 500
    static let retryAfterMs: Int64 = 5000

    private let store: HubStore
    private let queue: HubStore.Queue
    private var producer: Producer
    private let makeProducer: () throws -> Producer
    private let reports: Reports
    private let logger: Logger
    private let now: @Sendable () -> Int64
    /// Messages in the store.
    private(set) var backlog: Int
    private var lastSent: Int64 = 0
    private var inFlight: Set<Int64> = []
    private var retryAt: Int64?

    /// Delivery reports on their way from the producer's callback to `pump`.
    private final class Reports: Sendable {
        let all = Mutex<[Producer.Delivery]>([])
    }

    init(
        _ store: HubStore, queue: HubStore.Queue = .own, _ kafka: KafkaConfig, _ environment: ClientEnvironment, now: @escaping @Sendable () -> Int64
    ) throws {
        self.store = store
        self.queue = queue
        self.now = now
        logger = environment.logger
        let reports = Reports()
        self.reports = reports
        var kafka = kafka
        // A dead letter is its record and some headers: what the broker let in there must not be stopped here.
        if kafka["message.max.bytes"] == nil { kafka.set("message.max.bytes", String(64 << 20)) }
        makeProducer = { [kafka] in
            try Producer(kafka, environment: environment, onDelivery: { d in reports.all.withLock { $0.append(d) } })
        }
        producer = try makeProducer()
        backlog = try store.outboxCount(queue)
    }

    mutating func added(_ n: Int64) { backlog += Int(n) }

    /// Sends what is new, takes reports, forgets what was delivered. Never waits for the broker.
    mutating func pump() {
        guard backlog > 0 else { return }
        do {
            try send()
            producer.poll()
            try settle()
        } catch {
            logger.warning("outbox: \(error)")
            retryAt = now() + Self.retryAfterMs
            if (error as? KafkaError)?.isFatal == true { startAgain() }
        }
    }

    /// A producer that has met a fatal error (a broker that lost records, say) sends nothing more: another one takes
    /// its place, and what was not confirmed is sent again.
    private mutating func startAgain() {
        do {
            let new = try makeProducer()
            producer.close()
            producer = new
            try settle()
            inFlight = []
        } catch { logger.warning("outbox: \(error)") }
    }

    private mutating func send() throws {
        if let at = retryAt {
            guard now() >= at else { return }
            retryAt = nil
            lastSent = 0
        }
        guard inFlight.count < 10 * Self.chunk, inFlight.count < backlog else { return }
        var later = false
        defer { if later { retryAt = now() + Self.retryAfterMs } }
        for (id, m) in try store.outbox(queue, after: lastSent, limit: Self.chunk) {
            if !inFlight.contains(id) {
                do {
                    try producer.produce(
                        topic: m.topic, key: m.key, value: m.value,
                        headers: m.headers.map { Header($0.name, $0.value) }, token: UInt64(id))
                    inFlight.insert(id)
                } catch {
                    if error.isQueueFull { return }
                    if error.isFatal { throw error }
                    // It must not hold up those behind it; it stays in the store and is tried again with the others.
                    logger.warning("message \(id) to \(m.topic) cannot be sent, trying again: \(error)")
                    later = true
                }
            }
            lastSent = id
        }
    }

    private mutating func settle() throws {
        let done = reports.all.withLock { r in
            defer { r = [] }
            return r
        }
        guard !done.isEmpty else { return }
        var delivered: [Int64] = []
        for d in done {
            inFlight.remove(Int64(d.token))
            if let e = d.error {
                if retryAt == nil { logger.warning("not delivered, trying again: \(e)") }
                retryAt = now() + Self.retryAfterMs
            } else {
                delivered.append(Int64(d.token))
            }
        }
        try store.delivered(delivered, of: queue)
        backlog -= delivered.count
    }

    /// Gives the rest up to `timeoutMs` to be delivered; what is left stays in the store.
    mutating func flush(timeoutMs: Int) {
        pump()
        producer.flush(timeoutMs: backlog > 0 ? timeoutMs : 0)
        do { try settle() } catch { logger.warning("outbox: \(error)") }
    }

    var status: BrokerStatus { producer.status }

    func close() { producer.close() }
}

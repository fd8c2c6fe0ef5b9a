import CityModel
import Contracts
import Foundation
import HubAPI
import KafkaIO
import Logging
import Store
import Synchronization
import Wire

/// How a hub is run.
public struct HubOptions: Sendable {
    public var kafka: KafkaConfig
    /// Consumer group, and the static member's name where there is one.
    public var group: String
    public var instanceID: String?
    /// ms between commits.
    public var commitIntervalMs: Int64
    /// Whether complete summaries go to the summaries topic.
    public var publishSummaries: Bool
    /// A partition read to its end rests so long before it is fetched again; 0: never. Only for brokers that answer an
    /// empty fetch at once instead of letting it wait, which would keep a core busy.
    public var idleFetchMs: Int64
    /// End by itself when this many records have been counted and committed; nil: never.
    public var untilRecords: Int64?
    public var version: String
    /// Read the partials of edges too.
    public var partials = false
    /// This hub is an edge: it hands its partials on, and where to.
    public var edge: (options: EdgeOptions, kafka: KafkaConfig)?
    public init(
        kafka: KafkaConfig, group: String = "kapok", instanceID: String? = nil, commitIntervalMs: Int64 = 1000,
        publishSummaries: Bool = true, idleFetchMs: Int64 = 0, untilRecords: Int64? = nil, version: String
    ) {
        self.kafka = kafka
        self.group = group
        self.instanceID = instanceID
        self.commitIntervalMs = commitIntervalMs
        self.publishSummaries = publishSummaries
        self.idleFetchMs = idleFetchMs
        self.untilRecords = untilRecords
        self.version = version
    }
}

/// The running hub: consumes, commits and delivers on the one thread that calls `run`.
public final class Hub: Sendable {
    public let options: HubOptions
    let catalogue: Catalogue
    let store: HubStore
    let pseudonym: Pseudonym?
    let logger: Logger
    /// Wall clock, ms since the epoch: for what people are told.
    let wall: @Sendable () -> Int64
    /// The wall clock of the start, running on steadily, ms: commits and silences do not jump when a clock is set.
    let now: @Sendable () -> Int64
    let onCommit: @Sendable ([Summary]) -> Void
    let onHealth: @Sendable (Health) -> Void
    let inbox: AlertInbox
    let onNotices: @Sendable ([AlertNotice]) -> Void
    let onOutlook: @Sendable ([OutlookRow]) -> Void
    private struct State {
        var stop = false
        var control: ConsumerControl?
        var drained: Drained?
    }
    private let state = Mutex(State())

    /// - Parameters:
    ///   - now: wall clock, ms since the epoch.
    ///   - onCommit: gets the summaries of each commit, once it is on disk. Called on the hub's thread; must not block.
    ///   - onHealth: gets a report at least every commit interval.
    ///   - onOutlook: gets all forecasts and scores at the start, and when they have changed, once that is on disk.
    ///   - inbox: what people ask of alerts; closed when `run` ends.
    ///   - onNotices: gets what people are to be told of alerts, once it is on disk.
    public init(
        _ options: HubOptions, catalogue: Catalogue, store: HubStore, pseudonym: Pseudonym?, logger: Logger,
        now: @escaping @Sendable () -> Int64, onCommit: @escaping @Sendable ([Summary]) -> Void,
        onHealth: @escaping @Sendable (Health) -> Void, onOutlook: @escaping @Sendable ([OutlookRow]) -> Void = { _ in },
        inbox: AlertInbox = AlertInbox(), onNotices: @escaping @Sendable ([AlertNotice]) -> Void = { _ in }
    ) {
        self.inbox = inbox
        self.onNotices = onNotices
        self.options = options
        self.catalogue = catalogue
        self.store = store
        self.pseudonym = pseudonym
        self.logger = logger
        wall = now
        let (start, began) = (now(), ContinuousClock.now)
        self.now = { start + Int64((ContinuousClock.now - began) / .milliseconds(1)) }
        self.onCommit = onCommit
        self.onHealth = onHealth
        self.onOutlook = onOutlook
    }

    /// How long `untilRecords` took, from the assignment of the partitions to the commit of the last record.
    public struct Drained: Sendable {
        public var records: Int64
        public var seconds: Double
        /// CPU time of the whole process in between.
        public var cpuSeconds: Double
    }
    /// Set once `run` has ended by `untilRecords`.
    public var drained: Drained? { state.withLock { $0.drained } }

    /// Asks `run` to commit and return. From any thread.
    public func requestStop() {
        state.withLock {
            $0.stop = true
            $0.control?.wakeUp()
        }
    }
    var isStopRequested: Bool { state.withLock { $0.stop } }

    /// Runs until `requestStop`, then commits, delivers what it can within 5 s and leaves the group.
    /// - Throws: `KafkaError` for a wrong configuration or a fatal client error; `KafkaError`s of a broker that is away
    ///   are not thrown but reported and tried again. `KapokError` where the store cannot be written, or where a topic
    ///   no longer fits what was stored of it. Nothing committed is lost then.
    public func run() throws {
        defer { inbox.close() }
        let loop = try HubLoop(self)
        state.withLock { $0.control = loop.consumer?.control }
        defer { state.withLock { $0.control = nil } }
        try loop.run()
        let drained = loop.drained
        state.withLock { $0.drained = drained }
    }

    /// Runs on a thread of its own.
    public func runOnThread() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (c: CheckedContinuation<Void, any Error>) in
                let thread = Thread { c.resume(with: Result { try self.run() }) }
                thread.name = "kapok-hub"
                thread.start()
            }
        } onCancel: {
            requestStop()
        }
    }
}

import CityModel
import Contracts
import Hub
import HubAPI
import KafkaIO
import Logging
import Serving
import ServiceLifecycle
import Store
import Wire

/// A hub with its store and server, wired: what `kapok hub` and `kapok demo` run.
struct HubRunner {
    let hub: Hub
    private let store: HubStore
    private let services: ServiceGroup
    private let address: String
    private let isServing: StopFlag

    /// - Parameters:
    ///   - staticMembership: the member's name is the database's where the options give none.
    ///   - onServing: told the port once the server listens.
    init(
        _ options: HubOptions, staticMembership: Bool = true, catalogue: Catalogue, db: String, host: String, port: Int,
        pseudonym: Pseudonym?, logger: Logger, onServing: @escaping @Sendable (Int) -> Void
    ) throws {
        address = "\(host):\(port)"
        let isServing = StopFlag()
        self.isServing = isServing
        let store = try HubStore(path: db)
        var options = options
        if staticMembership, options.instanceID == nil { options.instanceID = "kapok-" + (try store.identity()) }
        let feed = LiveFeed()
        let inbox = AlertInbox()
        let hub = Hub(
            options, catalogue: catalogue, store: store, pseudonym: pseudonym, logger: logger, now: wallClockMs,
            onCommit: { feed.publish(.summaries($0)) }, onHealth: { feed.publish(.health($0)) },
            onOutlook: { feed.publish(.outlook($0)) }, inbox: inbox, onNotices: { feed.publish(.notices($0)) })
        let server = HubServer(
            catalogue: catalogue, store: store, feed: feed, now: wallClockMs, actOn: { await inbox.perform($0) })
        let app = server.application(host: host, port: port, logger: logger) {
            isServing.set()
            onServing($0)
        }
        self.hub = hub
        self.store = store
        // The hub decides when all ends; the server follows, once its streams are closed.
        services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: HubService(hub: hub, feed: feed), successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: app, failureTerminationBehavior: .gracefullyShutdownGroup),
                ], logger: logger))
    }

    /// Runs until the hub is asked to stop or fails.
    /// - Throws: what `Hub.run` throws; `cannot-serve`.
    func run() async throws {
        do { try await services.run() } catch
            where !isServing.isSet && !(error is KapokError) && !(error is KafkaError)
        {
            throw KapokError(
                "cannot-serve", "the hub cannot listen on \(address): \(error)",
                mend: "Free the port, or choose another with --port (0 takes a free one) and --host")
        }
        try store.close()
    }
}

private struct HubService: Service {
    let hub: Hub
    let feed: LiveFeed
    func run() async throws {
        defer { feed.finish() }
        try await cancelWhenGracefulShutdown { try await hub.runOnThread() }
    }
}

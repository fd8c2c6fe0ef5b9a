import ArgumentParser
import CityModel
import Contracts
import Dashboard
import Foundation
import Hub
import HubAPI
import KafkaIO
import LocalBroker
import Logging
import Simulator
import Store

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "A local broker, a simulated city, a hub and the dashboard, in one go.",
        discussion: """
            The city has a crash within seconds, then a flood, a gas leak, a crowd, a wrong-way driver and a fire. Without \
            a terminal it prints frames as text and ends by itself. `make demo` \
            installs the broker and runs this.
            Example: kapok demo --lang zh
            """)

    @OptionGroup var catalogue: CatalogueOptions
    @OptionGroup var screen: ScreenOptions
    @Option(help: "Folder of the demo's data; emptied at the start.") var dir = ".kapok/demo"
    @Option(help: "The broker's program.") var broker = ".kapok/venv/bin/noida-db"
    @Option(help: "Seed of the city.") var seed: UInt64 = 7
    @Option(help: "Events a second.") var rate: Double = 300
    @Option(help: "How much of the past the city brings along.") var backfill = DurationArgument(ms: 20 * 60_000)
    @Option(help: "Without a terminal: frames to print, 15 s apart.") var frames = 6

    func validate() throws {
        guard (2...1000).contains(frames) else { throw ValidationError("--frames must be from 2 to 1000") }
    }

    func run() async throws {
        do { try await demo() } catch { throw report(error) }
    }

    private func demo() async throws {
        let c = try catalogue.load()
        let lock = try lockFolder()
        defer { lock.release() }
        let folder = try freshFolder()
        let logger = try FileLog.logger("kapok.demo", file: folder.appendingPathComponent("demo.log").path)
        let stop = StopFlag()
        // Before the broker starts: a demo that is stopped then must not leave it behind.
        let signals = StopSignals { stop.set() }
        defer { withExtendedLifetime(signals) {} }
        fail("starting the broker ...")
        let broker = try startBroker(folder)
        defer { broker.stop() }
        let kafka = KafkaConfig(bootstrapServers: broker.bootstrapServers)
        let admin = try Admin(kafka, environment: .init(logger: logger, clock: wallClockMs))
        let specs = c.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) }
        for case .failed(let e) in try admin.createTopics(specs) { throw e }

        let ports = AsyncStream.makeStream(of: Int.self)
        let runner = try HubRunner(
            HubOptions(kafka: kafka, idleFetchMs: 200, version: kapokVersion), catalogue: c,
            db: folder.appendingPathComponent("hub.db").path, host: "127.0.0.1", port: 0, pseudonym: nil, logger: logger
        ) { ports.continuation.yield($0) }
        let hub = runner.hub
        stop.whenSet { hub.requestStop() }
        let serving = Task {
            defer { ports.continuation.finish() }
            try await runner.run()
        }
        let sending = startCity(c, kafka, logger, stop)
        var port: Int?
        for await p in ports.stream { port = p; break }
        do {
            if let port {
                fail("the hub serves http://127.0.0.1:\(port), the log is \(folder.path)/demo.log")
                try await show(port, stop, c)
            }
        } catch {
            stop.set()
            _ = try? await serving.value
            throw error
        }
        stop.set()
        try await serving.value
        try await sending.value
    }

    /// On a terminal the dashboard until the user quits; else frames, and an error where no incident was seen. Ends
    /// early once `stop` is set.
    private func show(_ port: Int, _ stop: StopFlag, _ c: Catalogue) async throws {
        let options = screen.options(hub: "http://127.0.0.1:\(port)", size: Size(columns: 110, rows: 34))
        let isTerminal = isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
        let showing = Task {
            if isTerminal { try await runDashboard(options) } else { try await printFrames(options, c) }
        }
        stop.whenSet { showing.cancel() }
        do { try await showing.value } catch where stop.isSet {
            // It was asked to end.
        }
    }

    private func printFrames(_ options: DashboardOptions, _ c: Catalogue) async throws {
        let crash = Incident.demo(c).first.flatMap { c.places.place($0.street)?.parent }.map(String.init)
        let watch = IncidentWatch(hub: options.hub)
        try await caughtUp(HubReader(options.hub))
        for i in 0..<frames {
            try await Task.sleep(for: .seconds(i == 0 ? 10 : 15))
            // In turn: the city's traffic, the district of the crash, the city's emergencies, its air.
            let (place, theme) = [(nil, "traffic"), (crash, "traffic"), (nil, "emergency"), (nil, "ecology")][i % 4]
            print(try await printFrame(options, place: place, theme: theme))
            try await watch.look()
        }
        print(watch.verdict)
        if !watch.seen { throw ExitCode(1) }
    }

    /// Another demo in the same folder would lose its broker's and its hub's files while it runs.
    private func lockFolder() throws -> FileLock {
        let path = dir.hasSuffix("/") ? String(dir.dropLast()) : dir
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            return try FileLock(database: path)
        } catch let e as KapokError where e.code == "database-busy" {
            throw KapokError("demo-busy", "another demo runs in \(dir)", mend: "Quit it, or name another --dir")
        }
    }

    /// Waits, at most a minute, until the hub has read the city's past: a frame from the middle of it would say little.
    private func caughtUp(_ hub: HubReader) async throws {
        for _ in 0..<120 {
            if let h: Health = try? await hub.get("/v1/health"), !h.partitions.isEmpty, h.pendingWindows == 0,
                h.partitions.reduce(0, { $0 + ($1.lag ?? Int64.max / 1000) }) < Int64(rate * 10)
            {
                return
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func freshFolder() throws -> URL {
        let url = URL(fileURLWithPath: dir)
        do {
            if FileManager.default.fileExists(atPath: url.path) { try FileManager.default.removeItem(at: url) }
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw KapokError(
                "demo-folder", "\(dir) cannot be made anew: \(error.localizedDescription)", mend: "Name another --dir")
        }
        return url
    }

    private func startBroker(_ folder: URL) throws -> LocalBroker {
        do {
            return try LocalBroker(executable: URL(fileURLWithPath: broker), port: try FreePort.find(), folder: folder)
        } catch let e as LocalBroker.Failure {
            throw KapokError("demo-broker", "\(e)", mend: "Run: make demo")
        }
    }

    private func startCity(
        _ c: Catalogue, _ kafka: KafkaConfig, _ logger: Logger, _ stop: StopFlag
    ) -> Task<Void, any Error> {
        let (seed, rate, backfill) = (seed, rate, backfill.ms)
        return Task.detached {
            var config = SimulatorConfig(
                seed: seed, rate: rate, start: EventTime(ms: wallClockMs() - backfill), durationMs: 24 * 3_600_000)
            config.incidents = Incident.demo(c).map { i in
                var i = i
                i.startMs += backfill
                return i
            }
            // What is measured over hours is seen only if it has begun in the past.
            config.configured = ConfiguredIncident.demo(c, except: Set(config.incidents.map(\.street)))
            let made = try CitySimulator(catalogue: c, config: config)
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                // It blocks in the producer: a thread of its own.
                let thread = Thread {
                    var city = made
                    let sender = CitySender(kafka: kafka, logger: logger)
                    done.resume(with: Result { try sender.send(&city, c, stop: stop) })
                }
                thread.start()
            }
        }
    }
}

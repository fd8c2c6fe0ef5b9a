import ArgumentParser
import CityModel
import Contracts
import Foundation
import Hub
import KafkaIO
import Wire

struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "Consume the input topics, keep summaries and serve them.",
        discussion: """
            Ctrl-C commits, delivers and leaves the group; a hub that was killed goes on from its last commit.
            Example: kapok hub --bootstrap 127.0.0.1:9092 --db .kapok/hub.db --port 8080
            """)

    @OptionGroup var catalogue: CatalogueOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var log: LogOptions
    @Option(help: "Consumer group.") var group = "kapok"
    @Option(help: "Static membership: this member's group.instance.id; default: a name kept in the database.")
    var groupInstance: String?
    @Flag(inversion: .prefixedNo, help: "Keep this hub's partitions for it while it restarts.")
    var staticMembership = true
    @Option(help: "Database file.") var db = ".kapok/hub.db"
    @Option(help: "Address to serve on.") var host = "127.0.0.1"
    @Option(help: "Port to serve on; 0 takes a free one.") var port = 8080
    @Option(help: "Write the port to this file once the hub serves.") var portFile: String?
    @Option(help: "Milliseconds between commits.") var commitInterval: Int64 = 1000
    @Option(
        help: "Let a partition that was read to its end rest so many ms; for brokers that answer empty fetches at once.")
    var idleFetch: Int64 = 0
    @Option(help: "Key file for pseudonyms; without it, fields to be replaced are dropped.") var pseudonymKey: String?
    @Flag(inversion: .prefixedNo, help: "Write complete summaries to the summaries topic.") var publish = true
    @Flag(help: "Read the partials of edges (kapok edge) too, from the topic of outputs/partials.yaml.") var partials = false
    @Option(help: "End by itself when this many records have been counted (for benchmarks).") var untilRecords: Int64?

    func validate() throws {
        guard (10...60_000).contains(commitInterval) else {
            throw ValidationError("--commit-interval must be from 10 to 60000 ms")
        }
        guard (0...10_000).contains(idleFetch) else { throw ValidationError("--idle-fetch must be from 0 to 10000 ms") }
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
    }

    func run() async throws {
        do { try await serve() } catch { throw report(error) }
    }

    private func serve() async throws {
        keepFreedMemory()
        let c = try catalogue.load()
        let logger = try log.logger("kapok.hub")
        var options = HubOptions(
            kafka: try kafka.config(), group: group, instanceID: groupInstance, commitIntervalMs: commitInterval,
            publishSummaries: publish, idleFetchMs: idleFetch, untilRecords: untilRecords, version: kapokVersion)
        options.partials = partials
        let portFile = portFile
        let host = host
        let runner = try HubRunner(
            options, staticMembership: staticMembership, catalogue: c, db: db, host: host, port: port,
            pseudonym: try pseudonymKey.map { try Pseudonym(keyFile: $0) }, logger: logger
        ) { port in
            logger.info("serving", metadata: ["url": "http://\(host):\(port)"])
            if let portFile {
                do { try "\(port)\n".write(toFile: portFile, atomically: true, encoding: .utf8) } catch {
                    logger.error("--port-file cannot be written: \(error)")
                }
            }
        }
        let hub = runner.hub
        let signals = StopSignals { hub.requestStop() }
        defer { withExtendedLifetime(signals) {} }
        try await runner.run()
        if untilRecords != nil, let done = hub.drained {
            let s = DrainStats(
                events: done.records, wallSeconds: done.seconds, cpuSeconds: done.cpuSeconds,
                maxResidentKiB: maxResidentKiB())
            fail(String(decoding: try LineWriter.encoder.encode(s), as: UTF8.self))
        }
    }
}

private struct DrainStats: Encodable {
    var events: Int64
    var wallSeconds, cpuSeconds: Double
    var maxResidentKiB: Int
}

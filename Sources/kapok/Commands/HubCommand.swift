import ArgumentParser
import CityModel
import Contracts
import Foundation
import Hub
import KafkaIO

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
    @OptionGroup var serving: ServeOptions
    @Option(help: "Consumer group.") var group = "kapok"
    @Option(help: "Static membership: this member's group.instance.id; default: a name kept in the database.")
    var groupInstance: String?
    @Flag(inversion: .prefixedNo, help: "Keep this hub's partitions for it while it restarts.")
    var staticMembership = true
    @Option(help: "Database file.") var db = ".kapok/hub.db"
    @Option(help: "Port to serve on; 0 takes a free one.") var port = 8080
    @Flag(inversion: .prefixedNo, help: "Write complete summaries to the summaries topic.") var publish = true
    @Flag(help: "Read the partials of edges (kapok edge) too, from the topic of outputs/partials.yaml.") var partials = false
    @Option(help: "End by itself when this many records have been counted (for benchmarks).") var untilRecords: Int64?

    func validate() throws { try ServeOptions.check(port: port) }

    func run() async throws {
        do { try await serve() } catch { throw report(error) }
    }

    private func serve() async throws {
        keepFreedMemory()
        let c = try catalogue.load()
        let logger = try log.logger("kapok.hub")
        var options = HubOptions(
            kafka: try kafka.config(), group: group, instanceID: groupInstance, commitIntervalMs: serving.commitInterval,
            publishSummaries: publish, idleFetchMs: serving.idleFetch, untilRecords: untilRecords, version: kapokVersion)
        options.partials = partials
        let hub = try await serving.serve(
            options, staticMembership: staticMembership, catalogue: c, db: db, port: port, logger: logger)
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

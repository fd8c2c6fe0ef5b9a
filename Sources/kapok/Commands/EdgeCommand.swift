import ArgumentParser
import CityModel
import Contracts
import Foundation
import Hub
import KafkaIO
import Pipeline

struct EdgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge", abstract: "Run the windows beside the sensors and send the centre partials, not events.",
        discussion: """
            An edge is a hub of its own, with database, dashboard and API; the centre's hub reads what it sends with
            --partials. Both need the same Topics/: the centre refuses partials made under other contracts, themes or
            registries. It goes on while the centre is away.
            Example: kapok edge --name north --bootstrap 127.0.0.1:9092 --centre-bootstrap kafka.centre:9092
            """, subcommands: [Run.self, Traffic.self], defaultSubcommand: Run.self)

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the edge (the default).",
            discussion: "Example: kapok edge --name north --bootstrap 127.0.0.1:9092 --centre-bootstrap kafka.centre:9092")

        @Option(help: "The edge's name at the centre, of a-z, 0-9 and -; no two edges share one.") var name: String
        @OptionGroup var catalogue: CatalogueOptions
        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var log: LogOptions
        @OptionGroup var serving: ServeOptions
        @Option(help: "The centre's brokers, host:port,host:port.") var centreBootstrap: String
        @Option(name: .customLong("centre-kafka-config"), help: "A librdkafka setting for the centre, key=value; repeat.")
        var centreSettings: [String] = []
        @Option(help: "File of librdkafka settings for the centre, key=value lines.") var centreKafkaConfigFile: String?
        @Option(help: "Seconds between what is told of one partition; at most a third of its idle_after.")
        var interval = 10.0
        @Flag(help: "Tell open panes too: the centre shows provisional windows sooner, for more traffic.") var live = false
        @Flag(help: "Tell everything that is kept (a day) once more: for a centre that starts with a new database.")
        var resend = false
        @Option(help: "Consumer group.") var group = "kapok-edge"
        @Option(help: "Database file.") var db = ".kapok/edge.db"
        @Option(help: "Port to serve on; 0 takes a free one.") var port = 8081
        @Flag(inversion: .prefixedNo, help: "Write complete summaries to the local summaries topic.") var publish = false

        func validate() throws {
            guard EdgeTopic.isEdgeName(name) else {
                throw ValidationError("--name must be 1 to 40 of a-z, 0-9 and -: `\(name)`")
            }
            guard (0.05...3600).contains(interval) else {
                throw ValidationError("--interval must be from 0.05 to 3600 s")
            }
            try ServeOptions.check(port: port)
        }

        func run() async throws {
            do { try await serve() } catch { throw report(error) }
        }

        private func serve() async throws {
            keepFreedMemory()
            let c = try catalogue.load()
            let logger = try log.logger("kapok.edge")
            var options = HubOptions(
                kafka: try kafka.config(), group: group, commitIntervalMs: serving.commitInterval,
                publishSummaries: publish, idleFetchMs: serving.idleFetch, version: kapokVersion)
            var centre = KafkaConfig(bootstrapServers: centreBootstrap)
            if let centreKafkaConfigFile { try centre.load(propertiesFile: URL(fileURLWithPath: centreKafkaConfigFile)) }
            for s in centreSettings { try centre.set(pair: s, origin: "--centre-kafka-config") }
            try centre.validate()
            options.edge = (
                EdgeOptions(name: name, intervalMs: Int64(interval * 1000), live: live, resend: resend), centre
            )
            _ = try await serving.serve(options, catalogue: c, db: db, port: port, logger: logger)
        }
    }
}

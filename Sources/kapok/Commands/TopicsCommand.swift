import ArgumentParser
import CityModel
import Contracts
import KafkaIO

struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Create and look at the topics that the contracts name.",
        discussion: "Example: kapok topics create --bootstrap 127.0.0.1:9092",
        subcommands: [Create.self, List.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create every topic of inputs/ and outputs/ that is not there yet.",
            discussion: "Example: kapok topics create --bootstrap 127.0.0.1:9092")
        @OptionGroup var catalogue: CatalogueOptions
        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var log: LogOptions
        @Option(help: "Replicas of each partition.") var replicas = 1

        func run() async throws {
            do {
                let admin = try Admin(
                    try kafka.config(),
                    environment: .init(logger: try log.logger("kapok.topics"), clock: wallClockMs))
                let wanted = try catalogue.load().topicsToCreate().map {
                    TopicSpec($0.topic, partitions: $0.partitions, replicationFactor: replicas, config: $0.config)
                }
                var failed = false
                for (spec, outcome) in zip(wanted, try admin.createTopics(wanted)) {
                    switch outcome {
                    case .created: print("\(spec.name): created, \(spec.partitions) partitions")
                    case .alreadyExists: print("\(spec.name): there already")
                    case .failed(let e):
                        fail("\(spec.name): \(e)")
                        failed = true
                    }
                }
                if failed { throw ExitCode(1) }
            } catch { throw report(error) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show partitions and offsets of the contracts' topics.",
            discussion: "Example: kapok topics list --bootstrap 127.0.0.1:9092")
        @OptionGroup var catalogue: CatalogueOptions
        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var log: LogOptions

        func run() async throws {
            do {
                let admin = try Admin(
                    try kafka.config(),
                    environment: .init(logger: try log.logger("kapok.topics"), clock: wallClockMs))
                for name in try catalogue.load().topicsToCreate().map(\.topic) {
                    guard let t = try admin.describe(name) else {
                        print("\(name): missing; create it with: kapok topics create")
                        continue
                    }
                    print("\(name): \(t.partitions.count) partitions")
                    for p in t.partitions {
                        let w = try admin.watermarks(TopicPartition(name, p))
                        print("  \(p)\t\(w.low)..<\(w.high)")
                    }
                }
            } catch { throw report(error) }
        }
    }
}

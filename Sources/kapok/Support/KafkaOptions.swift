import ArgumentParser
import Foundation
import KafkaIO
import Logging

/// Options of every command that talks to Kafka.
struct KafkaOptions: ParsableArguments {
    @Option(help: "Brokers, host:port,host:port.")
    var bootstrap = "127.0.0.1:9092"
    @Option(name: .customLong("kafka-config"), help: "Any librdkafka setting, key=value; repeat for several.")
    var settings: [String] = []
    @Option(help: "File of librdkafka settings, key=value lines (for secrets: it does not show in the process list).")
    var kafkaConfigFile: String?

    func config() throws -> KafkaConfig {
        var c = KafkaConfig(bootstrapServers: bootstrap)
        if let kafkaConfigFile { try c.load(propertiesFile: URL(fileURLWithPath: kafkaConfigFile)) }
        for s in settings { try c.set(pair: s) }
        try c.validate()
        return c
    }
}

/// Options of every command that logs. Logs go to standard error.
struct LogOptions: ParsableArguments {
    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    func logger(_ label: String) throws -> Logger {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError(
                "--log-level: `\(logLevel)` is none of trace, debug, info, notice, warning, error, critical")
        }
        var l = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        l.logLevel = level
        return l
    }
}

/// Wall clock, ms since the epoch.
@Sendable func wallClockMs() -> Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded()) }

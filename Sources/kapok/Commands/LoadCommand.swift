import ArgumentParser
import CityModel
import Contracts
import Foundation
import KafkaIO

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Send a file of records to a contract's topic.",
        discussion: """
            One record a line, sent as it stands, keyed by its street (the registry's where it names none). The record \
            time is the line's "_ts" where it has one, else now. Of a line beyond 512 KiB (or max_bytes, if that is \
            more) the beginning is sent.
            Example: kapok load --contract sensor-readings --input day.jsonl --bootstrap 127.0.0.1:9092
            """)

    @OptionGroup var catalogue: CatalogueOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var log: LogOptions
    @Option(help: "Contract of the records.") var contract: String
    @Option(help: "Input file; - is standard input.") var input: String

    func run() async throws {
        do { try load() } catch { throw report(error) }
    }

    /// What the key and time are taken from; all else passes unread.
    private struct Line: Decodable {
        struct Sensor: Decodable { var id: String }
        var street: String?
        var sensor: String?
        var sensorId: String?
        var time: Int64?
        enum Keys: String, CodingKey { case street, sensor, sensorId, time = "_ts" }
        init(from decoder: any Decoder) throws {
            let c = try decoder.container(keyedBy: Keys.self)
            street = try? c.decode(String.self, forKey: .street)
            sensor = (try? c.decode(String.self, forKey: .sensor)) ?? (try? c.decode(Sensor.self, forKey: .sensor))?.id
            sensorId = try? c.decode(String.self, forKey: .sensorId)
            time = try? c.decode(Int64.self, forKey: .time)
        }
    }

    private func load() throws {
        let c = try catalogue.load()
        let contract = try c.required(contract)
        let topic = contract.topic
        let streets = Dictionary(c.sensors.map { ($0.id, String($0.street)) }, uniquingKeysWith: { a, _ in a })
        let failures = DeliveryFailures()
        let producer = try Producer(
            try kafka.config(), environment: .init(logger: try log.logger("kapok.load"), clock: wallClockMs),
            onDelivery: { if let e = $0.error { failures.add(e) } })
        // Within what a broker takes by default, whose limit is 1 MB.
        let reader = try LineReader(input, capacity: max(512 << 10, contract.maxBytes + 2))
        var n = 0
        while try reader.next({ line in
            // A malformed line goes too: what becomes of it is the hub's to say.
            let parsed = try? JSONDecoder().decode(Line.self, from: Data(line))
            let key = parsed.flatMap { p in p.street ?? (p.sensor ?? p.sensorId).flatMap { streets[$0] } }
            try producer.patiently {
                try producer.produce(
                    topic: topic, key: key.map { Array($0.utf8) }, value: Array(line), timestampMs: parsed?.time)
            }
            n += 1
        }) { reader.compact() }
        let left = producer.flush(timeoutMs: 60_000)
        producer.close()
        if let e = failures.first { throw e }
        guard left == 0 else {
            throw KapokError(
                "not-delivered", "\(left) records were not delivered", mend: "Check the broker and run again")
        }
        if reader.cut > 0 {
            fail("\(reader.cut) lines were too long to be sent whole: the hub will dead-letter them as oversized")
        }
        fail("\(n) records sent to \(topic)")
    }
}

extension Catalogue {
    /// - Throws: `unknown-contract` naming those that there are.
    func required(_ contract: String) throws -> TopicContract {
        guard let c = self.contract(contract) else {
            throw KapokError(
                "unknown-contract", "there is no contract `\(contract)`",
                mend: "One of: \(contracts.map(\.name).joined(separator: ", "))")
        }
        return c
    }
}

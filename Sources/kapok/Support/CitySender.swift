import CityModel
import Contracts
import KafkaIO
import Logging
import Simulator

/// Sends a simulated city to Kafka, with the wall clock or as fast as it goes.
struct CitySender {
    let kafka: KafkaConfig
    let logger: Logger
    /// Do not wait for the wall clock.
    var fast = false

    /// Blocks until the run is over or `stop` is set; then waits for what is under way.
    /// - Throws: `KafkaError` of the first record that could not be delivered; `not-delivered`.
    func send(_ city: inout CitySimulator, _ catalogue: Catalogue, stop: StopFlag) throws {
        let failures = DeliveryFailures()
        let producer = try Producer(
            kafka, environment: .init(logger: logger, clock: wallClockMs),
            onDelivery: { if let e = $0.error { failures.add(e) } })
        let topics = catalogue.contracts.map(\.topic)
        var batch = Simulator.RecordBatch()
        var more = true
        while more, !stop.isSet {
            more = city.next(untilMs: fast ? .max : wallClockMs(), into: &batch)
            for r in batch.records where !stop.isSet {
                try batch.payload(r).withUnsafeBytes { value in
                    try r.key.withUnsafeBytes { key in
                        try producer.patiently {
                            try producer.produce(
                                topic: topics[r.contract], key: key, value: value, timestampMs: r.timestampMs)
                        }
                    }
                }
            }
            // Nothing is due: the next tenth of a second will have something.
            producer.poll(timeoutMs: more && batch.records.isEmpty ? 100 : 0)
        }
        let left = producer.flush(timeoutMs: 30_000)
        producer.close()
        if let e = failures.first, !stop.isSet { throw e }
        if left > 0, !stop.isSet {
            throw KapokError(
                "not-delivered", "\(left) records were not delivered", mend: "Check the broker and run again")
        }
    }
}

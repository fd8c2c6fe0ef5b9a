import CityModel
import Contracts
import Foundation
import KafkaIO
import Simulator
import Synchronization

/// Sends the seeded city, with poison among it, at a steady rate on a thread of its own, and keeps the list of what the
/// broker has acknowledged. Each record carries its number in the list as a header.
final class Sender: Sendable {
    static let header = "chaos"

    private struct State {
        /// By record: made so that no decoder may accept it; acknowledged.
        var spoiled: [Bool] = []
        var acknowledged: [Bool] = []
        var burst = 0
        var poison = 0
        var stop = false
        var pause = false
        /// The newest record time of the city's records, ms.
        var newest: Int64 = 0
        var error: (any Error)?
    }
    private final class Book: Sendable {
        private let state = Mutex(State())
        func with<T>(_ work: (inout State) -> sending T) -> sending T { state.withLock { work(&$0) } }
    }
    private let book: Book
    private let done = DispatchSemaphore(value: 0)
    private let producer: Producer
    private let topics: [String]

    init(_ catalogue: Catalogue, _ kafka: KafkaConfig, _ environment: ClientEnvironment) throws {
        topics = catalogue.contracts.map(\.topic)
        var kafka = kafka
        // A broker that restarts forgets an idempotent producer: a record sent again may be there twice, with one id.
        for (key, value) in [("enable.idempotence", "false"), ("message.timeout.ms", "300000"), ("linger.ms", "5")] {
            kafka.set(key, value)
        }
        let book = Book()
        self.book = book
        producer = try Producer(
            kafka, environment: environment,
            onDelivery: { d in if d.error == nil { book.with { $0.acknowledged[Int(d.token)] = true } } })
    }

    func burst(_ n: Int) { book.with { $0.burst += n } }
    func poison(_ n: Int) { book.with { $0.poison += n } }

    /// Sends `city` until `stop`, `rate` records a second.
    func start(_ city: CitySimulator, rate: Double, seed: UInt64) {
        let thread = Thread {
            do { try self.run(city, rate, SeededRandom(state: seed)) } catch { self.book.with { $0.error = error } }
            self.done.signal()
        }
        thread.name = "chaos-sender"
        thread.start()
    }

    private func run(_ city: CitySimulator, _ rate: Double, _ random: SeededRandom) throws {
        var (city, random) = (city, random)
        var batch = Simulator.RecordBatch()
        let began = ContinuousClock.now
        var regular = 0.0
        while !book.with({ $0.stop }) {
            if book.with({ $0.pause }) {
                producer.poll(timeoutMs: 20)
                continue
            }
            let due = (ContinuousClock.now - began) / .seconds(1) * rate
            let (burst, poison) = book.with { s in
                defer { (s.burst, s.poison) = (0, 0) }
                return (s.burst, s.poison)
            }
            let n = max(0, Int(due - regular)) + burst
            regular += max(0, (due - regular).rounded(.down))
            if n > 0 { _ = city.next(max: n, into: &batch) }
            let newest = n > 0 ? batch.records.map(\.timestampMs).max() ?? 0 : 0
            book.with { $0.newest = max($0.newest, newest) }
            for r in n > 0 ? batch.records : [] {
                try send(
                    topics[r.contract], key: r.key, Array(batch.payload(r)), time: r.timestampMs, spoiled: r.nature == .malformed)
            }
            for _ in 0..<poison {
                let topic = topics[Int.random(in: 0..<topics.count, using: &random)]
                try send(topic, key: nil, Self.poison(&random), time: city.config.start.ms, spoiled: true)
            }
            producer.poll(timeoutMs: 20)
        }
    }

    /// Bytes that are no record of any contract.
    private static func poison(_ random: inout SeededRandom) -> [UInt8] {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: []
        case 1: (0..<200).map { _ in UInt8.random(in: 128...255, using: &random) }
        case 2: Array(String(repeating: "[", count: 2000).utf8)
        case 3: Array(#"{"id":"p","sensor":null,"value":1e999}"#.utf8)
        case 4: Array("{}".utf8)
        default: Array(repeating: 32, count: 70_000)
        }
    }

    /// Blocks while the local queue is full.
    func send(_ topic: String, partition: Int32? = nil, key: [UInt8]?, _ value: [UInt8], time: Int64, spoiled: Bool) throws {
        let number = book.with { s in
            s.spoiled.append(spoiled)
            s.acknowledged.append(false)
            return s.spoiled.count - 1
        }
        while true {
            do {
                return try producer.produce(
                    topic: topic, partition: partition, key: key, value: value, timestampMs: time,
                    headers: [Header(Self.header, Array("\(number)".utf8))], token: UInt64(number))
            } catch {
                guard error.isQueueFull else { throw error }
                producer.poll(timeoutMs: 50)
            }
        }
    }

    /// Nothing is on its way to the broker while `work` runs.
    func paused(_ work: () throws -> Void) rethrows {
        book.with { $0.pause = true }
        defer { book.with { $0.pause = false } }
        settle(seconds: 30)
        try work()
    }

    /// Ends the city's thread. Records sent after that are the caller's.
    func stop() throws {
        book.with { $0.stop = true }
        done.wait()
        if let e = book.with({ $0.error }) { throw e }
    }

    /// Waits until every record has its fate, at most `seconds`.
    func settle(seconds: Int) { producer.flush(timeoutMs: seconds * 1000) }

    var newest: Int64 { book.with { $0.newest } }
    var spoiled: [Bool] { book.with { $0.spoiled } }
    var acknowledged: [Bool] { book.with { $0.acknowledged } }
}

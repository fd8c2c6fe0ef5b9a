import Foundation
import FoundationNetworking
import HubAPI
import KafkaIO
import Logging
import Store
import TestSupport
import Testing

/// A `kapok hub` process and what a test asks of it.
final class RunningHub {
    let process: KapokProcess
    private let portFile: URL
    var portPath: URL { portFile }

    /// - Parameters:
    ///   - command: `hub` or `edge`.
    ///   - topics: the Topics folder.
    ///   - db: the database; a hub that was killed goes on with the same.
    init(
        _ command: String = "hub", bootstrap: String, topics: String = "Topics", db: URL, folder: TempFolder,
        group: String = "kapok", more: [String] = []
    ) throws {
        portFile = folder.file("port-\(UUID().uuidString)")
        process = try KapokProcess(
            [
                command, "--bootstrap", bootstrap, "--topics", topics, "--db", db.path, "--port", "0", "--port-file",
                portFile.path, "--group", group, "--commit-interval", "100", "--idle-fetch", "50",
                // A killed member is noticed sooner than by default; the test broker's answers are large.
                "--kafka-config", "session.timeout.ms=6000", "--kafka-config", "heartbeat.interval.ms=500",
                "--kafka-config", "receive.message.max.bytes=500000000", "--kafka-config", "fetch.wait.max.ms=20",
            ] + more, folder: folder)
    }

    func get<T: Decodable>(_ path: String) throws -> T {
        let (status, data) = try raw(path)
        guard status == 200 else { throw KapokProcess.NoSuccess("\(path): \(status)") }
        return try JSONDecoder().decode(T.self, from: data)
    }

    /// What the hub says of itself, once it has said anything.
    func health() throws -> Health {
        try eventually("the hub tells its health: \(process.log.suffix(2000))") { try get("/v1/health") }
    }

    func raw(_ path: String) throws -> (Int, Data) {
        let port = try eventually("the hub serves: \(process.log)") { () throws -> String? in
            guard process.isRunning else { throw KapokProcess.NoSuccess("the hub ended: \(process.log)") }
            let t = try? String(contentsOf: portFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            return t.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else {
            throw KapokProcess.NoSuccess("not a path: \(path)")
        }
        final class Box: @unchecked Sendable { var value: Result<(Int, Data), any Error>? }
        let box = Box()  // written before the semaphore is signalled, read after
        let done = DispatchSemaphore(value: 0)
        URLSession.shared.dataTask(with: url) { data, response, error in
            if let error { box.value = .failure(error) } else {
                box.value = .success(((response as? HTTPURLResponse)?.statusCode ?? 0, data ?? Data()))
            }
            done.signal()
        }.resume()
        done.wait()
        guard let value = box.value else { throw KapokProcess.NoSuccess("no answer") }
        return try value.get()
    }

    /// Waits until so many records of all partitions are counted and committed.
    func waitForRecords(_ n: Int64, seconds: Double = 120) throws {
        _ = try eventually("\(n) records; the log says: \(process.log.suffix(3000))", seconds: seconds) { () throws -> Bool? in
            let h: Health = try get("/v1/health")
            return Self.counted(h) >= n ? true : nil
        }
    }

    static func counted(_ h: Health) -> Int64 {
        h.partitions.reduce(0) { $0 + ($1.firstOffset < 0 ? 0 : $1.nextOffset - $1.firstOffset) }
    }

    /// Ctrl-C, and the exit code.
    func interrupt() throws -> Int32 {
        process.signal(SIGINT)
        return try process.wait(seconds: 60).exitCode
    }
}

func quietLogger() -> Logger {
    var l = Logger(label: "test")
    l.logLevel = .critical
    return l
}

func environment() -> ClientEnvironment {
    ClientEnvironment(logger: quietLogger(), clock: { Int64(Date().timeIntervalSince1970 * 1000) })
}

/// Creates topics; fails where one cannot be created.
func createTopics(_ specs: [TopicSpec], _ broker: TestBroker) throws {
    let admin = try Admin(KafkaConfig(bootstrapServers: broker.bootstrapServers), environment: environment())
    for case .failed(let e) in try admin.createTopics(specs) { throw e }
}

private func take(_ run: Run, _ out: inout [(Int32, Int64, [UInt8], [UInt8], [Header])]) {
    for i in 0..<run.count {
        let r = run[i]
        out.append((r.partition, r.offset, Array(r.key), Array(r.value), r.headers()))
    }
}

/// Everything in a topic, in partition and offset order.
func readAll(_ topic: String, partitions: Int32, _ broker: TestBroker) throws -> [(key: [UInt8], value: [UInt8], headers: [Header])] {
    var ended: Set<Int32> = []
    var out: [(Int32, Int64, [UInt8], [UInt8], [Header])] = []
    let consumer = try Consumer(
        KafkaConfig(bootstrapServers: broker.bootstrapServers, settings: ["receive.message.max.bytes": "500000000"]),
        source: .partitions((0..<partitions).map { TopicPartition(topic, $0) }, groupID: "reader"), environment: environment(),
        handlers: .init(
            assigned: { $0.map { _ in .earliest } },
            event: { if $0.kind == .endOfPartition, let p = $0.partition { ended.insert(p.partition) } }))
    try consumer.start()
    let deadline = Date().addingTimeInterval(60)
    while ended.count < Int(partitions), Date() < deadline {
        consumer.poll(timeoutMs: 100) { (batch: borrowing RecordBatch) in
            for i in 0..<batch.runCount { take(batch.run(i), &out) }
        }
    }
    #expect(ended.count == Int(partitions), "the end of \(topic)")
    consumer.close()
    return out.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { ($0.2, $0.3, $0.4) }
}

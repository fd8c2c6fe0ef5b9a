import CityModel
import Foundation
import FoundationNetworking
import HubAPI
import LocalBroker

/// A `kapok hub` process of the same program, on a database of its own.
final class HubChild {
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private let portFile: URL
    let log: URL

    /// - Parameter name: of its database in `folder`; a hub that was killed goes on with the same.
    init(_ name: String, _ o: ChaosOptions, bootstrap: String, group: String = "kapok") throws {
        let run = "\(name)-\(UUID().uuidString.prefix(8))"
        portFile = o.folder.appendingPathComponent(run + ".port")
        log = o.folder.appendingPathComponent(run + ".log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let out = try FileHandle(forWritingTo: log)
        process.executableURL = o.program
        process.arguments = [
            "hub", "--bootstrap", bootstrap, "--topics", o.topics, "--db",
            o.folder.appendingPathComponent(name + ".db").path, "--group", group, "--port", "0", "--port-file",
            portFile.path, "--commit-interval", "100", "--idle-fetch", "50",
            // What the local broker needs; see docs/operations.md.
            "--kafka-config", "receive.message.max.bytes=500000000", "--kafka-config", "session.timeout.ms=6000",
            "--kafka-config", "heartbeat.interval.ms=500", "--kafka-config", "fetch.wait.max.ms=20",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out
        process.standardError = out
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.runWithSignals()
        try? out.close()
    }

    deinit { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }

    /// Sends a signal and waits for the end.
    /// - Returns: the exit code; nil where it had to be killed after 60 s.
    @discardableResult
    func end(_ signal: Int32) -> Int32? {
        if process.isRunning { Foundation.kill(process.processIdentifier, signal) }
        if ended.wait(timeout: .now() + 60) == .timedOut {
            Foundation.kill(process.processIdentifier, SIGKILL)
            ended.wait()
            return nil
        }
        ended.signal()
        return process.terminationStatus
    }

    func signal(_ s: Int32) { if process.isRunning { Foundation.kill(process.processIdentifier, s) } }

    var isRunning: Bool { process.isRunning }

    /// What it says of itself; nil while it does not answer.
    func health() -> Health? {
        guard let port = (try? String(contentsOf: portFile, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines),
            let url = URL(string: "http://127.0.0.1:\(port)/v1/health")
        else { return nil }
        final class Box: @unchecked Sendable { var data: Data? }
        let box = Box()  // written before the semaphore is signalled, read after
        let done = DispatchSemaphore(value: 0)
        let task = URLSession.shared.dataTask(with: url) { data, response, _ in
            if (response as? HTTPURLResponse)?.statusCode == 200 { box.data = data }
            done.signal()
        }
        task.resume()
        guard done.wait(timeout: .now() + 10) == .success else {
            task.cancel()
            return nil
        }
        return box.data.flatMap { try? JSONDecoder().decode(Health.self, from: $0) }
    }
}

extension Health {
    /// Offsets spanned, all partitions.
    var counted: Int64 { partitions.reduce(0) { $0 + ($1.firstOffset < 0 ? 0 : $1.nextOffset - $1.firstOffset) } }
}

import Foundation
import KafkaIO
import Logging
import Synchronization

/// A real broker (noida-db) as a child process, for the demo and for tests: never for production. `scripts/broker.sh`
/// installs it.
public final class LocalBroker: Sendable {
    public enum Failure: Error, CustomStringConvertible {
        case notInstalled(String)
        case noAnswer(String)
        public var description: String {
            switch self {
            case .notInstalled(let path): "\(path) is missing: run scripts/broker.sh"
            case .noAnswer(let log): "the broker did not answer in time; its log:\n\(log)"
            }
        }
    }

    public let port: Int
    /// Holds its data and `broker.log`.
    public let folder: URL
    private let executable: URL
    private let process = Mutex<Running?>(nil)

    public var bootstrapServers: String { "127.0.0.1:\(port)" }

    /// Starts the broker and waits until it answers.
    /// - Parameters:
    ///   - executable: `noida-db`, as `scripts/broker.sh` installs it.
    ///   - folder: an existing folder for its data and log.
    /// - Throws: `Failure`.
    public init(executable: URL, port: Int, folder: URL) throws {
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw Failure.notInstalled(executable.path)
        }
        self.executable = executable
        self.port = port
        self.folder = folder
        try start()
    }

    deinit { kill() }

    private func start() throws {
        let log = folder.appendingPathComponent("broker.log")
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        let p = Process()
        p.executableURL = executable
        p.arguments = [
            "start", "--only", "kafka", "--kafka-port", "\(port)", "--data-dir",
            folder.appendingPathComponent("data").path,
        ]
        p.currentDirectoryURL = folder
        p.standardInput = FileHandle.nullDevice
        p.standardOutput = output
        p.standardError = output
        let running = Running(p)
        p.terminationHandler = { _ in running.ended.signal() }
        try p.runWithSignals()
        try? output.close()
        process.withLock { $0 = running }
        try waitUntilReady(seconds: 30)
    }
    /// `Process` is not Sendable; here only one caller at a time takes it out of the lock.
    private struct Running: @unchecked Sendable {
        let process: Process
        let ended = DispatchSemaphore(value: 0)
        init(_ process: Process) { self.process = process }
    }

    private func waitUntilReady(seconds: Double) throws {
        let deadline = Date().addingTimeInterval(seconds)
        var logger = Logger(label: "local-broker")
        logger.logLevel = .critical
        let admin = try Admin(
            KafkaConfig(bootstrapServers: bootstrapServers),
            environment: ClientEnvironment(logger: logger, clock: { 0 }))
        while Date() < deadline, process.withLock({ $0?.process.isRunning ?? false }) {
            if (try? admin.topics(timeoutMs: 1_000)) != nil { return }
        }
        let log = (try? String(contentsOf: folder.appendingPathComponent("broker.log"), encoding: .utf8)) ?? ""
        kill()
        throw Failure.noAnswer(log)
    }

    /// SIGTERM, and SIGKILL if it has not ended after 10 s.
    public func stop() { end(SIGTERM) }
    /// SIGKILL: as in a crash.
    public func kill() { end(SIGKILL) }

    /// SIGSTOP: its connections stay, and nothing answers until `thaw`.
    public func freeze() { signal(SIGSTOP) }
    public func thaw() { signal(SIGCONT) }

    private func signal(_ s: Int32) {
        guard let pid = process.withLock({ $0?.process.processIdentifier }) else { return }
        for p in Self.descendants(of: pid) { _ = Foundation.kill(p, s) }
    }

    /// Starts it again on the same port and data, and waits until it answers.
    public func restart() throws {
        stop()
        try start()
    }

    private func end(_ signal: Int32) {
        let running: Running? = process.withLock { p in
            defer { p = nil }
            return p
        }
        guard let running, running.process.isRunning else { return }
        // The launcher is not the broker: its child is, and the launcher ends with it. To end the launcher first would
        // leave the port taken.
        let pid = running.process.processIdentifier
        let children = Self.descendants(of: pid)
        for child in children.isEmpty ? [pid] : children { _ = Foundation.kill(child, signal) }
        if running.ended.wait(timeout: .now() + 10) == .timedOut {
            for p in children + [pid] { _ = Foundation.kill(p, SIGKILL) }
            running.ended.wait()
        }
    }

    private static func descendants(of pid: Int32) -> [Int32] {
        let children = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").compactMap { Int32($0) }.flatMap { descendants(of: $0) + [$0] }
    }
}

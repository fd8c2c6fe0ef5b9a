import Foundation
import KafkaIO
import Logging
import Synchronization

/// The real test broker (noida-db) on a free port with its own data folder. `scripts/broker.sh` installs it.
public final class TestBroker: Sendable {
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

    public static var executable: URL { Repo.root.appendingPathComponent(".kapok/venv/bin/noida-db") }
    /// Tests that need the broker are skipped where it is not installed.
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: executable.path) }

    public let port: Int
    public let folder: TempFolder
    private let process = Mutex<Running?>(nil)

    public var bootstrapServers: String { "127.0.0.1:\(port)" }

    /// Starts the broker and waits until it answers.
    public init() throws {
        guard TestBroker.isInstalled else { throw Failure.notInstalled(TestBroker.executable.path) }
        folder = try TempFolder("kapok-broker")
        port = try FreePort.find()
        try start()
    }

    deinit { kill() }

    private static let common = Mutex<Result<TestBroker, any Error>?>(nil)

    /// One broker for all tests of this process that do not harm it; it ends with the process. Use topics of your own.
    public static func shared() throws -> TestBroker {
        try common.withLock { c in
            if let c { return c }
            let made = Result { try TestBroker() }
            c = made
            // Statics are never released, so nothing else would end the broker and remove its folder.
            atexit {
                guard case .success(let broker) = TestBroker.common.withLock({ $0 }) else { return }
                broker.kill()
                try? FileManager.default.removeItem(at: broker.folder.url)
            }
            return made
        }.get()
    }

    private func start() throws {
        let log = folder.file("broker.log")
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        let p = Process()
        p.executableURL = TestBroker.executable
        p.arguments = [
            "start", "--only", "kafka", "--kafka-port", "\(port)", "--data-dir", folder.file("data").path,
        ]
        p.currentDirectoryURL = folder.url
        p.standardInput = FileHandle.nullDevice
        p.standardOutput = output
        p.standardError = output
        let running = Running(p)
        p.terminationHandler = { _ in running.ended.signal() }
        try p.run()
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
        var logger = Logger(label: "test-broker")
        logger.logLevel = .critical
        let admin = try Admin(
            KafkaConfig(bootstrapServers: bootstrapServers), environment: ClientEnvironment(logger: logger, clock: { 0 }))
        while Date() < deadline, process.withLock({ $0?.process.isRunning ?? false }) {
            if (try? admin.topics(timeoutMs: 1_000)) != nil { return }
        }
        let log = (try? String(contentsOf: folder.file("broker.log"), encoding: .utf8)) ?? ""
        kill()
        throw Failure.noAnswer(log)
    }

    /// SIGTERM, and SIGKILL if it has not ended after 10 s.
    public func stop() { end(SIGTERM) }
    /// SIGKILL: as in a crash.
    public func kill() { end(SIGKILL) }

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
        let children = TestBroker.descendants(of: pid)
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

import Foundation
import KafkaIO
import LocalBroker
import Synchronization

/// The real test broker on a free port with its own data folder. `scripts/broker.sh` installs it.
public final class TestBroker: Sendable {
    public static var executable: URL { Repo.root.appendingPathComponent(".kapok/venv/bin/noida-db") }
    /// Tests that need the broker are skipped where it is not installed.
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: executable.path) }

    public let folder: TempFolder
    private let broker: LocalBroker

    public var port: Int { broker.port }
    public var bootstrapServers: String { broker.bootstrapServers }

    /// Starts the broker and waits until it answers.
    public init() throws {
        folder = try TempFolder("kapok-broker")
        broker = try LocalBroker(executable: Self.executable, port: try FreePort.find(), folder: folder.url)
    }

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

    /// SIGTERM, and SIGKILL if it has not ended after 10 s.
    public func stop() { broker.stop() }
    /// SIGKILL: as in a crash.
    public func kill() { broker.kill() }
    /// Starts it again on the same port and data, and waits until it answers.
    public func restart() throws { try broker.restart() }
}

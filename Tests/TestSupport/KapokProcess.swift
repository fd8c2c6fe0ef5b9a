import Foundation
import LocalBroker
import Synchronization

/// The real `kapok` program of the same build, as a child process.
public final class KapokProcess: Sendable {
    /// Beside the test bundle.
    public static var executable: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("kapok")
    }

    public struct Result: Sendable {
        public var exitCode: Int32
        public var output: String
        public var errors: String
    }
    public struct NoSuccess: Error, CustomStringConvertible {
        public var description: String
        public init(_ description: String) { self.description = description }
    }

    private struct Running: @unchecked Sendable {
        // `Process` is not Sendable; it is only asked for its state and signalled here.
        let process = Process()
    }
    private let running = Running()
    private let ended = DispatchSemaphore(value: 0)
    private let output: URL
    private let errors: URL

    /// Starts `kapok` with these arguments; its output goes to files in `folder`.
    public init(_ arguments: [String], folder: TempFolder, environment: [String: String] = [:]) throws {
        let id = UUID().uuidString
        output = folder.file("out-\(id)")
        errors = folder.file("err-\(id)")
        let p = running.process
        p.executableURL = Self.executable
        p.arguments = arguments
        p.currentDirectoryURL = Repo.root
        p.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        p.standardInput = FileHandle.nullDevice
        for (url, isOutput) in [(output, true), (errors, false)] {
            _ = FileManager.default.createFile(atPath: url.path, contents: nil)
            let handle = try FileHandle(forWritingTo: url)
            if isOutput { p.standardOutput = handle } else { p.standardError = handle }
        }
        p.terminationHandler = { [ended] _ in ended.signal() }
        try p.runWithSignals()
    }

    deinit { if running.process.isRunning { Foundation.kill(running.process.processIdentifier, SIGKILL) } }

    public var isRunning: Bool { running.process.isRunning }
    public var log: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Sends a signal, SIGKILL too.
    public func signal(_ s: Int32) { Foundation.kill(running.process.processIdentifier, s) }

    /// Waits for the end.
    /// - Throws: `NoSuccess` where it does not end in time; it is killed then.
    @discardableResult
    public func wait(seconds: Double = 120) throws -> Result {
        if ended.wait(timeout: .now() + seconds) == .timedOut {
            signal(SIGKILL)
            throw NoSuccess("kapok did not end within \(seconds) s:\n\(log)")
        }
        ended.signal()
        return Result(
            exitCode: running.process.terminationStatus, output: (try? String(contentsOf: output, encoding: .utf8)) ?? "",
            errors: log)
    }

    /// Runs to the end.
    public static func run(
        _ arguments: [String], folder: TempFolder, environment: [String: String] = [:], seconds: Double = 120
    ) throws -> Result {
        try KapokProcess(arguments, folder: folder, environment: environment).wait(seconds: seconds)
    }
}

/// Asks again and again until `body` gives a value, up to a generous deadline; nil and errors mean "not yet".
public func eventually<T>(_ what: @autoclosure () -> String, seconds: Double = 90, _ body: () throws -> T?) throws -> T {
    let deadline = Date().addingTimeInterval(seconds)
    var last: (any Error)?
    while Date() < deadline {
        do { if let v = try body() { return v } } catch { last = error }
        usleep(20_000)
    }
    throw KapokProcess.NoSuccess("not within \(seconds) s: \(what())\(last.map { " (\($0))" } ?? "")")
}

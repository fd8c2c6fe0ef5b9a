import CityModel
import Foundation
import Logging
import Synchronization

/// Logs to a file, where the terminal is taken by the dashboard.
enum FileLog {
    /// - Throws: `output` where the file cannot be made.
    static func logger(_ label: String, file: String) throws -> Logger {
        let out = Stream(try FileHandle(emptied: file))
        return Logger(label: label) { _ in Handler(out: out) }
    }

    private final class Stream: Sendable {
        private let handle: Mutex<FileHandle>
        init(_ handle: sending FileHandle) { self.handle = Mutex(handle) }
        func write(_ line: String) {
            // A full disk must not stop the demo: the line is lost.
            handle.withLock { try? $0.write(contentsOf: Data(line.utf8)) }
        }
    }

    private struct Handler: LogHandler {
        let out: Stream
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            let pairs = all.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            out.write("\(EventTime(ms: wallClockMs()).rfc3339) \(event.level) \(event.message) \(pairs)\n")
        }
    }
}

import HubAPI
import Synchronization

/// Remembers what was computed from one commit's summaries, for all who ask before the next.
final class WorstStreets: Sendable {
    private struct Entry {
        var commits: Int64
        var silent: Bool
        var value: [UInt64: Board.Below]
    }
    private let entries = Mutex<[String: Entry]>([:])

    /// The value of that theme and commit; `make` runs where it is not known yet, maybe more than once at a time.
    func value(
        theme: String, commits: Int64, silent: Bool, _ make: () throws -> [UInt64: Board.Below]
    ) rethrows -> [UInt64: Board.Below] {
        if let e = entries.withLock({ $0[theme] }), e.commits == commits, e.silent == silent { return e.value }
        let value = try make()
        entries.withLock { $0[theme] = Entry(commits: commits, silent: silent, value: value) }
        return value
    }
}

import Dispatch
import Foundation
import Synchronization

/// Calls `action` once on the first SIGINT or SIGTERM; a second one ends the program at once.
final class StopSignals: Sendable {
    // Touched only by `init` and `deinit`.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    init(_ action: @escaping @Sendable () -> Void) {
        let count = Counter()
        sources = [SIGINT, SIGTERM].map { s in
            signal(s, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: s, queue: .global())
            source.setEventHandler { if count.increment() == 1 { action() } else { _exit(130) } }
            source.resume()
            return source
        }
    }

    private final class Counter: Sendable {
        private let n = Mutex(0)
        func increment() -> Int { n.withLock { $0 += 1; return $0 } }
    }
}

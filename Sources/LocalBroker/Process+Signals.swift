import Foundation

extension Process {
    /// Like `run()`, with no signal blocked in the child. A child inherits the mask of the thread that starts it, and
    /// the threads of Swift concurrency block nearly all: the child would never see SIGTERM.
    public func runWithSignals() throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}

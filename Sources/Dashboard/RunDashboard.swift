import CityModel
import Foundation
import Synchronization

/// Runs the interactive dashboard until the operator quits, a signal asks to stop or the task is cancelled; the terminal
/// is restored.
///
/// - Throws: `KapokError` where there is no terminal; `ContractsError` for mistakes in the screens' files. A hub that
///   is away is no error: the screen says OFFLINE and goes on trying.
public func runDashboard(_ options: DashboardOptions) async throws {
    let screen = try options.chosenScreen()
    var options = options
    if !Terminal.hasUnicode() {
        options.ascii = true
        options.lang = .en
    }
    let state = options.state(screen)
    let wanted = Wanted()
    let mail = Mailbox()
    let poller = Poller(
        client: options.client, intervalMs: options.intervalMs, trend: options.trend, wanted: wanted,
        report: { mail.put($0) })
    let polling = Task { await poller.run() }
    defer { polling.cancel() }
    let color = options.color.isOn(environment: ProcessInfo.processInfo.environment, isTerminal: true)
    // Curses blocks and knows one thread only, so it gets a thread of its own.
    try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                done.resume(with: Result { try loop(state, color: color, mail: mail, wanted: wanted) })
            }
        }
    } onCancel: {
        mail.close()
    }
}

/// Events on their way from the poller to the screen's thread.
final class Mailbox: Sendable {
    private let events = Mutex<[Event]>([])
    private let closed = Mutex(false)

    /// Nobody wants to see more.
    func close() { closed.withLock { $0 = true } }
    var isClosed: Bool { closed.withLock { $0 } }

    func put(_ e: Event) { events.withLock { $0.append(e) } }
    func take() -> [Event] {
        events.withLock { all in
            defer { all.removeAll() }
            return all
        }
    }
}

/// At most five frames a second; a key is answered within one frame.
private let frameMs: Int64 = 200

private func loop(_ initial: ViewState, color: Bool, mail: Mailbox, wanted: Wanted) throws {
    var state = initial
    var terminal = try Terminal.open(color: color)
    defer { terminal.close() }
    var drawnAt = EventTime.distantPast
    var changed = true
    while Terminal.stoppedBy == nil, !mail.isClosed {
        var effects: [Effect] = []
        guard let keys = terminal.keys(waitMs: 50) else { return }
        for k in keys {
            changed = true
            switch k {
            case .key(let k): effects.append(state.apply(.key(k)))
            case .resized: terminal.forget()
            }
        }
        let news = mail.take()
        effects += news.map { state.apply($0) }
        changed = changed || !news.isEmpty
        if effects.contains(.quit) { return }
        if effects.contains(.fetch) { wanted.want(state.key) }
        let now = wallClock()
        // The clocks on the screen show seconds.
        if now.ms / 1000 != state.now.ms / 1000 { changed = true }
        guard changed, Format.span(now, drawnAt) >= frameMs || now < drawnAt else { continue }
        state.apply(.tick(now))
        let size = terminal.size
        state.pageRows = Frame.pageRows(state, size: size)
        terminal.show(Frame.canvas(state, size: size))
        drawnAt = now
        changed = false
    }
}

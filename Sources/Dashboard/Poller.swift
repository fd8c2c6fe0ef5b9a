import CityModel
import Foundation
import HubAPI
import Synchronization

/// The wall clock, for the shell only.
func wallClock() -> EventTime { EventTime(ms: Int64(Date().timeIntervalSince1970 * 1000)) }

/// What the shell wants from the hub; shared with the poller.
final class Wanted: Sendable {
    private let state = Mutex<(key: BoardKey?, turn: Int)>((nil, 0))

    func want(_ key: BoardKey?) { state.withLock { $0 = (key, $0.turn &+ 1) } }
    var current: (key: BoardKey?, turn: Int) { state.withLock { $0 } }
}

/// Asks the hub for the wanted board and its health, again and again, and tells what came.
struct Poller: Sendable {
    let client: HubClient
    let intervalMs: Int64
    let trend: Int
    let wanted: Wanted
    let report: @Sendable (Event) -> Void

    /// The wait after the n-th failure in a row: 1, 2, 4 ... seconds, at most 15.
    static func backOffMs(_ failures: Int) -> Int64 {
        failures <= 0 ? 0 : min(15_000, 1000 << Int64(min(failures - 1, 10)))
    }

    /// Runs until cancelled.
    func run() async {
        var failures = 0
        var knowsCity = false
        while !Task.isCancelled {
            let turn = wanted.current.turn
            var failed: [HubFailure] = []
            var answered = false
            if !knowsCity {
                do throws(HubFailure) {
                    try await learnCity()
                    knowsCity = true
                    answered = true
                } catch { failed.append(error) }
            }
            if knowsCity {
                let results = await round()
                answered = answered || results.answered
                failed += results.failed
            }
            let isAway = !answered && !failed.isEmpty && failed.allSatisfy(\.isAway)
            failures = failed.isEmpty ? 0 : failures + 1
            let wait = max(intervalMs, Self.backOffMs(failures))
            let now = wallClock()
            for f in failed {
                // One answer proves that the hub is there.
                let told = isAway || !f.isAway ? f : HubFailure(code: .refused, what: f.what)
                report(.failed(told, at: now, retryAt: now + wait))
            }
            await pause(wait, unlessTurnIsAfter: turn, mayHurry: failed.isEmpty)
        }
    }

    private func learnCity() async throws(HubFailure) {
        let places = try await client.places().places
        guard let city = places.first(where: { $0.level == .city }) else {
            throw HubFailure(code: .undecodable, what: "the hub's places have no city")
        }
        // The screens' own themes are enough where the hub does not tell its own.
        if let themes = try? await client.themes().themes {
            report(.themes(themes.map { ($0.name, Words($0.title, fallback: $0.name)) }))
        }
        report(.city(code: city.code, name: Words(city.name, city.nameEn)))
    }

    private func round() async -> (answered: Bool, failed: [HubFailure]) {
        async let health = result { () async throws(HubFailure) in try await client.health() }
        var answered = false
        var failed: [HubFailure] = []
        if let key = wanted.current.key {
            switch await result({ () async throws(HubFailure) in try await client.board(key, trend: trend) }) {
            case .success(let b):
                answered = true
                report(.board(key, b, at: wallClock()))
            case .failure(let f): failed.append(f)
            }
        }
        switch await health {
        case .success(let h):
            answered = true
            report(.health(h, at: wallClock()))
        case .failure(let f): failed.append(f)
        }
        return (answered, failed)
    }

    private func result<T: Sendable>(_ body: () async throws(HubFailure) -> T) async -> Result<T, HubFailure> {
        do throws(HubFailure) { return .success(try await body()) } catch { return .failure(error) }
    }

    /// Waits, in small steps, and ends at once when another board is wanted.
    private func pause(_ ms: Int64, unlessTurnIsAfter turn: Int, mayHurry: Bool) async {
        let end = wallClock() + ms
        while !Task.isCancelled, wallClock() < end, !mayHurry || wanted.current.turn == turn {
            try? await Task.sleep(for: .milliseconds(40))
        }
    }
}

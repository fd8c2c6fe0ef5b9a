import CityModel
import HubAPI

/// One frame from a live hub as text: the place and theme named, the city and the first theme where nil.
///
/// - Throws: `KapokError` where the hub cannot be reached or does not know the place or theme; `ContractsError` for
///   mistakes in the screens' files.
public func printFrame(_ options: DashboardOptions, place: String? = nil, theme: String? = nil) async throws -> String {
    var state = options.state(try options.chosenScreen())
    do {
        try await load(&state, options.client, place: place, theme: theme, trend: options.trend)
    } catch let f as HubFailure {
        throw KapokError(
            f.isAway ? "hub-unreachable" : f.code.rawValue, f.what,
            mend: f.isAway
                ? "Check that a hub runs at \(options.hub)" : "Check the place, the theme and the hub's version")
    }
    return options.text(Frame.canvas(state, size: options.size))
}

/// Frames as text, one each `every` seconds, handed to `print`; for people without a terminal. `count` nil is no end.
///
/// A hub that is away gives OFFLINE frames, not an error.
public func printFrames(
    _ options: DashboardOptions, every seconds: Double, count: Int? = nil, place: String? = nil, theme: String? = nil,
    print: @Sendable (String) -> Void
) async throws {
    var state = options.state(try options.chosenScreen())
    let wait = Int64((seconds * 1000).clamped(100, 86_400_000))
    var n = 0
    while !Task.isCancelled {
        state.apply(.tick(wallClock()))
        do {
            try await load(&state, options.client, place: place, theme: theme, trend: options.trend)
        } catch let f as HubFailure {
            let now = wallClock()
            state.apply(.failed(f, at: now, retryAt: now + wait))
        }
        print(options.text(Frame.canvas(state, size: options.size)))
        n += 1
        if let count, n >= count { return }
        try await Task.sleep(for: .milliseconds(wait))
    }
}

/// Brings a state up to date with the hub, through the same events as the interactive dashboard.
private func load(_ state: inout ViewState, _ client: HubClient, place: String?, theme: String?, trend: Int)
    async throws
{
    if state.path.isEmpty {
        let places = try await client.places().places
        if let themes = try? await client.themes().themes {
            state.apply(.themes(themes.map { ($0.name, Words($0.title, fallback: $0.name)) }))
        }
        state.path = try path(to: place, in: places)
    }
    if let theme {
        guard let i = state.screen.themes.firstIndex(where: { $0.name == theme }) else {
            let names = state.screen.themes.map(\.name).joined(separator: ", ")
            throw KapokError("theme-unknown", "there is no theme \(theme)", mend: "One of: \(names)")
        }
        state.themeIndex = i
    }
    let health = try await client.health()
    state.apply(.health(health, at: wallClock()))
    guard let key = state.key else { return }
    let board = try await client.board(key, trend: trend)
    state.apply(.board(key, board, at: wallClock()))
}

/// The way from the city to a place, named by code or by name.
func path(to place: String?, in all: [PlacesResponse.Item]) throws(KapokError) -> [ViewState.Crumb] {
    let byCode = Dictionary(all.map { ($0.code, $0) }, uniquingKeysWith: { a, _ in a })
    let wanted = place.map { $0.lowercased() }
    let target = all.first { p in
        guard let wanted else { return p.level == .city }
        return p.code == wanted || p.name.lowercased() == wanted || p.nameEn.lowercased() == wanted
    }
    guard var at = target else {
        throw KapokError(
            "place-unknown", "the hub knows no place \(place ?? "of level city")",
            mend: "Give a 12-digit code or a name")
    }
    var path = [ViewState.Crumb(code: at.code, name: Words(at.name, at.nameEn))]
    // Three levels; a file with a ring of parents must not hold us.
    while path.count < 4, let code = at.parent, let parent = byCode[code] {
        path.insert(ViewState.Crumb(code: parent.code, name: Words(parent.name, parent.nameEn)), at: 0)
        at = parent
    }
    return path
}

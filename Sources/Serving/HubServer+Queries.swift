import CityModel
import Contracts
import HubAPI
import Hummingbird
import Pipeline
import Store

extension HubServer {
    /// Without `level`, the place itself; with it, every place of that level at or below the place.
    func summaries(_ q: Query) async throws -> Response {
        try q.allow(["theme", "place", "level", "measure", "window", "from", "to", "limit"])
        let theme = try theme(q)
        let themes = theme.map { [$0] } ?? catalogue.themes
        let level = try q.choice("level", PlaceLevel.self)
        let limit = try q.integer("limit", 10_000, in: 1...100_000)
        var query = SummaryQuery(
            theme: theme?.name, places: try place(q).map { codes(of: $0, level) }, level: level,
            measure: try known(q, "measure", themes.flatMap { $0.measures.map(\.name) }),
            window: try known(q, "window", themes.flatMap { $0.windows.map(\.name) + $0.sessions.map(\.name) }),
            from: try q.time("from"),
            to: try q.time("to"))
        if let from = query.from, let to = query.to, from >= to {
            throw Refusal(.badRequest, "bad-parameter", "`to` must be after `from`", mend: "Mend `from` or `to`")
        }
        // One more than is given out tells whether there is more.
        query.limit = limit + 1
        return try await offLoop { [query] in
            let rows = try store.summaries(query)
            return try json(SummariesResponse(summaries: Array(rows.prefix(limit)), truncated: rows.count > limit))
        }
    }

    func codes(of place: Place, _ level: PlaceLevel?) -> [UInt64] {
        let tree = catalogue.places
        guard let level, let index = tree.index(of: place.code) else { return [place.code] }
        var (found, open) = ([UInt64](), [index])
        while let i = open.popLast() {
            if tree.places[i].level == level { found.append(tree.places[i].code) }
            open += tree.children[i]
        }
        return found
    }

    /// How long the broker may be away before what is on the board is no longer fresh, ms.
    static let awayAfterMs: Int64 = 60_000

    func board(_ q: Query) async throws -> Response {
        try q.allow(["theme", "place", "trend"])
        guard let theme = try theme(q) ?? catalogue.themes.first else {
            throw Refusal(.notFound, "unknown-theme", "there are no themes", mend: "Add one to Topics/themes")
        }
        let place = try place(q) ?? catalogue.places.places[0]
        let trend = try q.integer("trend", 30, in: 0...1440)
        let health = feed.health
        let builder = BoardBuilder(
            theme: theme, places: catalogue.places,
            clock: health?.themes.first { $0.theme == theme.name }?.clock ?? nil, silent: isSilent(theme), trend: trend)
        return try await offLoop {
            let children = catalogue.places.index(of: place.code).map { catalogue.places.children[$0] } ?? []
            let codes = [place.code] + children.map { catalogue.places.places[$0].code }
            var queries: [SummaryQuery] = []
            for w in theme.windows {
                guard let newest = try store.newestStart(theme: theme.name, window: w.name) else { continue }
                let from = builder.from(newest: newest, w)
                // A place at a time: each is one range of the index of places.
                queries += codes.map {
                    SummaryQuery(theme: theme.name, places: [$0], window: w.name, from: from, limit: .max)
                }
            }
            let below = place.level == .city ? try streetsBelow(builder, commits: health?.commits ?? 0) : [:]
            return try json(
                builder.board(place, try store.summaries(all: queries), below: below, outlook: outlook(theme)))
        }
    }

    /// The worst streets of each district, read once a commit however many dashboards ask.
    private func streetsBelow(_ board: BoardBuilder, commits: Int64) throws -> [UInt64: Board.Below] {
        try worst.value(theme: board.theme.name, commits: commits, silent: board.silent) {
            let builder = BoardBuilder(
                theme: board.theme, places: board.places, clock: board.clock, silent: board.silent, trend: 0)
            return builder.below(try store.summaries(all: try newest(builder, level: .street)))
        }
    }

    /// No partition of the theme gives anything new: all are idle, the broker is away, or the hub is stuck.
    func isSilent(_ theme: ThemeDef) -> Bool {
        guard let h = feed.health else { return true }
        let topics = Set(theme.topics.compactMap { catalogue.contract($0)?.topic })
        let now = now()
        return h.partitions.allSatisfy { $0.idle || !topics.contains(EdgeTopic.base($0.topic)) }
            || (h.broker.state != .up && now - h.broker.since.ms > Self.awayAfterMs)
            || now - h.at.ms > Self.stuckAfterMs
    }

    // MARK: names

    func theme(_ q: Query) throws -> ThemeDef? {
        guard let name = q.text("theme") else { return nil }
        guard let t = catalogue.theme(name) else { throw unknown("theme", name, catalogue.themes.map(\.name)) }
        return t
    }

    func place(_ q: Query) throws -> Place? {
        guard let text = q.text("place") else { return nil }
        guard let p = catalogue.places.find(text) ?? catalogue.places.find(text.replacing("+", with: " ")) else {
            throw Refusal(
                .notFound, "unknown-place", "there is no one place `\(text)`",
                mend: "Use a 12-digit code or a whole name; GET /v1/places lists them")
        }
        return p
    }

    func known(_ q: Query, _ parameter: String, _ names: [String]) throws -> String? {
        guard let name = q.text(parameter) else { return nil }
        guard names.contains(name) else { throw unknown(parameter, name, names) }
        return name
    }

    private func unknown(_ what: String, _ name: String, _ names: [String]) -> Refusal {
        Refusal(
            .notFound, "unknown-\(what)", "there is no \(what) `\(name)`",
            mend: "One of: \(Set(names).sorted().joined(separator: ", "))")
    }
}

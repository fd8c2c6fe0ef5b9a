import CityModel
import Contracts
import HubAPI
import Hummingbird
import Store

extension HubServer {
    /// What stands at a level, of the place and all streets below it.
    func response(_ q: Query) async throws -> Response {
        try q.allow(["theme", "place", "limit"])
        let themes = (try theme(q).map { [$0] } ?? catalogue.themes).filter { !$0.runbooks.isEmpty }
        let limit = try q.integer("limit", 100, in: 1...10_000)
        let tree = catalogue.places
        let place = try place(q) ?? tree.places[0]
        let codes = Set(codes(of: place, .street))
        let streets = Set(tree.streets.filter { codes.contains(tree.places[$0].code) })
        let health = feed.health
        let boards = themes.map { t in
            BoardBuilder(
                theme: t, places: tree, clock: health?.themes.first { $0.theme == t.name }?.clock ?? nil,
                silent: isSilent(t), trend: 0)
        }
        return try await offLoop {
            var items: [ResponseList.Item] = []
            for board in boards {
                // All streets: what is near may lie in another district.
                let rows = board.streets(try store.summaries(all: try newest(board, level: .street)))
                items += ResponseBuilder(theme: board.theme, places: tree, rows: rows).items(streets)
            }
            items.sort(by: ResponseBuilder.worstFirst)
            return try json(ResponseList(items: Array(items.prefix(limit)), truncated: items.count > limit))
        }
    }

    /// The newest windows of every place of a level, as a board reads them.
    func newest(_ board: BoardBuilder, level: PlaceLevel) throws -> [SummaryQuery] {
        try board.theme.windows.compactMap { w in
            try store.newestStart(theme: board.theme.name, window: w.name).map {
                SummaryQuery(
                    theme: board.theme.name, level: level, window: w.name, from: board.from(newest: $0, w), limit: .max)
            }
        }
    }
}

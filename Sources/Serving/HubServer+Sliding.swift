import CityModel
import Contracts
import Dispatch
import HubAPI
import Hummingbird
import Pipeline
import Store
import Synchronization
import Windowing

extension HubServer {
    /// Partials that one answer may merge; some seconds of one thread.
    static let slidingPartials = 1_000_000

    /// The merge of the last minutes' panes, for a place and its children.
    func sliding(_ q: Query) async throws -> Response {
        try q.allow(["theme", "place", "measure", "minutes"])
        let named = try theme(q)
        let measure = try known(
            q, "measure", (named.map { [$0] } ?? catalogue.themes).flatMap { $0.measures.map(\.name) })
        let first = catalogue.themes.first { t in measure == nil || t.measures.contains { $0.name == measure } }
        guard let theme = named ?? first, let rows = windowRows[theme.name] else {
            throw Refusal(.notFound, "unknown-theme", "there are no themes", mend: "Add one to Topics/themes")
        }
        let minutes = try q.integer("minutes", 15, in: 1...1440)
        let tree = catalogue.places
        let index = try place(q).flatMap { tree.index(of: $0.code) } ?? 0
        return try await line.run {
            let read = try store.snapshot { try Self.read($0, rows, minutes, measure, index, limit: slidingLimit) }
            guard let read else {
                throw Refusal(
                    .badRequest, "too-many-partials",
                    "these \(minutes) minutes hold more than \(slidingLimit) partials",
                    mend: "Ask for fewer minutes, one measure or a place")
            }
            return try json(
                SlidingResponse(
                    theme: theme.name, minutes: minutes, start: read.panes.map { EventTime(ms: $0.lowerBound) },
                    end: read.panes.map { EventTime(ms: $0.upperBound) }, summaries: read.rows))
        }
    }

    /// Nil where there are more partials than `limit`.
    private static func read(
        _ s: StoreSnapshot, _ rows: WindowRows, _ minutes: Int, _ measure: String?, _ place: Int, limit: Int
    ) throws -> (panes: Range<Int64>?, rows: [Summary])? {
        let plan = rows.plan
        guard let newest = try s.newestPane(theme: plan.def.name) else { return (nil, []) }
        let pane = plan.def.paneMs
        let count = (Int64(minutes) * 60_000 + pane - 1) / pane
        let panes = (newest - (count - 1) * pane)..<(newest + pane)
        var window = SlidingWindow(rows, name: "last-\(minutes)m", panes: panes, measure: measure)
        let streets = place == 0 ? nil : plan.places.streets.filter { isBelow($0, place, plan.places) }
        var left = limit
        for p in try s.partitions() where left >= 0 {
            try s.panes(
                theme: plan.def.name, topic: p.topic, partition: p.partition, range: panes, inputs: window.inputs,
                places: streets?.map { plan.places.places[$0].code }
            ) { c in
                left -= 1
                if let cell = plan.cell(place: c.place, scope: c.scope, start: c.start, input: c.input),
                    let a = Aggregate(c.bytes)
                {
                    window.add(cell, a)
                }
                return left >= 0
            }
        }
        return left < 0 ? nil : (panes, window.summaries(places: [place] + plan.places.children[place]))
    }

    private static func isBelow(_ street: Int, _ place: Int, _ tree: PlaceTree) -> Bool {
        var i = street
        while i >= 0, i != place { i = Int(tree.parentIndex[i]) }
        return i == place
    }
}

/// Long reads stand in line behind each other, so that they take one thread and one connection from all others.
final class WaitingLine: Sendable {
    /// More than so many are told to come back.
    private let longest: Int
    private let queue = DispatchQueue(label: "kapok.sliding")
    private let waiting = Mutex(0)

    init(longest: Int = 16) { self.longest = longest }

    func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        let mayWait = waiting.withLock { n in
            guard n < longest else { return false }
            n += 1
            return true
        }
        guard mayWait else {
            throw Refusal(
                .serviceUnavailable, "busy", "\(longest) requests of this kind are waiting",
                mend: "Try again in a second")
        }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { c in
            queue.async { c.resume(with: Result(catching: work)) }
        }
    }
}

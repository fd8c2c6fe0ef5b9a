import CityModel
import HubAPI
import KafkaIO
import Pipeline
import Store

/// What a hub's database says.
struct Evidence {
    var ledgers: [TopicPartition: Ledger] = [:]
    var counts: [Reference.Cell: Int64] = [:]
    /// Of complete windows with data that every run has closed.
    var digests: [String: String] = [:]

    private struct Kind: Hashable { var theme, measure, window: String }

    /// - Parameters:
    ///   - before: only windows that start before it.
    ///   - closed: digests only of windows that end by then. How many of the later ones a run completes is up to its
    ///     clock, which runs on while partitions are idle.
    ///   - like: counts are taken of these cells' measures, at streets.
    init(_ path: String, before: EventTime, closed: EventTime, like cells: some Collection<Reference.Cell>) throws {
        let kinds = Set(cells.map { Kind(theme: $0.theme, measure: $0.measure, window: $0.window) })
        let store = try HubStore(path: path)
        defer { try? store.close() }
        for (topic, p) in try store.partitions() { ledgers[TopicPartition(topic, p)] = try store.partition(topic, p)?.ledger }
        for s in try store.summaries(SummaryQuery(to: before, limit: .max)) where s.count > 0 || s.late > 0 {
            if s.status != .provisional, s.end <= closed {
                digests["\(s.theme) \(s.window) \(s.start) \(s.place) \(s.measure)"] = s.digest
            }
            guard s.level == .street, s.count > 0, let place = UInt64(s.place),
                kinds.contains(Kind(theme: s.theme, measure: s.measure, window: s.window))
            else { continue }
            counts[.init(theme: s.theme, measure: s.measure, window: s.window, start: s.start.ms, place: place)] = s.count
        }
    }
}

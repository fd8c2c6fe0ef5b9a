import HubAPI
import Windowing

/// The merge of the panes of a stretch of time that need not be one of the theme's windows, for display: its rows are
/// always provisional. Patches do not belong in it, since each is one window's alone.
public struct SlidingWindow: Sendable {
    private let rows: WindowRows
    private let window: WindowAssigner
    private let start: Int64
    private let measures: [ThemePlan.Measure]
    private var cells: [Aggregate?]
    /// Names of the inputs whose partials it needs, besides those of single sensors (`@sensor/kind`). What is flagged is
    /// among them for every kind: it decides who is off in a group of several kinds.
    public let inputs: [String]

    /// - Parameters:
    ///   - name: what its rows say as their window.
    ///   - panes: start of the first pane, end of the last, ms.
    ///   - measure: nil means every measure of the theme.
    public init(_ rows: WindowRows, name: String, panes: Range<Int64>, measure: String?) {
        let plan = rows.plan
        self.rows = rows
        start = panes.lowerBound
        window = WindowAssigner(name: name, sizeMs: panes.upperBound - start, everyMs: plan.def.paneMs)
        measures = plan.measures.filter { measure == nil || $0.def.name == measure }
        inputs = zip(plan.inputs, WindowRows.inputs(of: measures, plan)).filter { input, wanted in
            switch input.role {
            case .readings: wanted
            case .flagged: true
            case .slot: false
            }
        }.map(\.0.name)
        cells = Array(repeating: nil, count: plan.places.streets.count * plan.inputs.count)
    }

    /// Merges a partial in; the order does not matter. What lies outside the table is passed over.
    public mutating func add(_ cell: PaneCell, _ a: Aggregate) {
        let key = Int(cell.street) * rows.plan.inputs.count + Int(cell.input)
        guard cell.scope == 0, cells.indices.contains(key) else { return }
        var merged = cells[key] ?? Aggregate()
        cells[key] = nil
        merged.merge(a)
        cells[key] = merged
    }

    /// The rows of some places, indices into the plan's places, in the order given and then that of the measures.
    public func summaries(places: [Int]) -> [Summary] {
        let merged = MergedWindow(rows.plan, rows.layout, window, start: start, streetCells: cells)
        return places.filter(rows.layout.places.indices.contains).flatMap { p in
            measures.compactMap { merged.summary(p, $0, .provisional) }
        }
    }
}

import CityModel
import HubAPI
import Windowing

/// One theme's windows out of the partitions' tables: a pure function of partials and configuration. `RollUp` shows
/// what it gives, `kapok verify` makes it again and compares.
public struct WindowRows: Sendable {
    public let plan: ThemePlan
    let layout: PlaceLayout
    /// Which inputs each window reads.
    let wanted: [[Bool]]

    public init(_ plan: ThemePlan) {
        self.plan = plan
        layout = PlaceLayout(plan)
        wanted = plan.windows.indices.map { w in
            Self.inputs(of: plan.measures.filter { $0.windows.contains(w) }, plan)
        }
    }

    static func inputs(of measures: [ThemePlan.Measure], _ plan: ThemePlan) -> [Bool] {
        var inputs = [Bool](repeating: false, count: plan.inputs.count)
        for m in plan.leaves(measures) {
            inputs[m.numerator] = true
            if let d = m.denominator { inputs[d] = true }
        }
        for (i, flags) in plan.flagInputs.enumerated() where inputs[i] && flags >= 0 {
            inputs[Int(flags)] = true
            inputs[Int(flags) + 1] = true
        }
        for slot in plan.slotBase..<plan.inputs.count { inputs[slot] = true }
        return inputs
    }

    func merged(window w: Int, start: Int64, tables: [PaneTable]) -> MergedWindow {
        var cells = [Aggregate?](repeating: nil, count: plan.places.streets.count * plan.inputs.count)
        for t in tables { t.merge(window: w, start: start, wanted: wanted[w], into: &cells) }
        return MergedWindow(plan, layout, plan.windows[w], start: start, streetCells: cells)
    }

    /// The rows of window `plan.windows[window]` that starts at `start`, as they are where none has been revised: every
    /// place that expects sensors or has data, in the order of `plan.places` and the measures.
    /// - Parameter tables: what every partition has of the window's panes and patches; their order does not matter.
    public func all(window: Int, start: Int64, tables: [PaneTable], status: WindowStatus) -> [Summary] {
        let merged = merged(window: window, start: start, tables: tables)
        let measures = plan.measures.filter { $0.windows.contains(window) }
        return layout.places.indices.flatMap { p in measures.compactMap { merged.summary(p, $0, status) } }
    }

    /// The windows, as index into `plan.windows` and start, whose rows a cell goes into.
    public func windows(holding cell: PaneCell) -> [(window: Int, start: Int64)] {
        guard cell.scope == 0 else { return [(Int(cell.scope) - 1, cell.start)] }
        return plan.windows.enumerated().flatMap { w, def in
            wanted[w][Int(cell.input)] ? def.starts(containing: cell.start).map { (w, $0) } : []
        }
    }
}

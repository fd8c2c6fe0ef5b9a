import CityModel
import HubAPI

/// Charts of the measures' history, where the terminal has rows to spare.
extension Painter {
    /// Columns for the scale at the left of a chart.
    private static let axis = 10
    private static let rowsWanted = 6...13

    /// As many charts as fit, the worst measure first, each measure once.
    mutating func drawCharts(_ cells: [Board.Cell], top: Int, rows: Int) {
        var seen = Set<String>()
        let known = cells.filter { c in
            c.trend.lazy.compactMap { $0 }.filter { $0.isFinite }.count > 1 && seen.insert(c.measure).inserted
        }
        let across = width >= 100 ? 2 : 1
        let lines = min((known.count + across - 1) / across, rows / Self.rowsWanted.lowerBound)
        guard lines > 0 else { return }
        let each = min(Self.rowsWanted.upperBound, rows / lines)
        let room = (width - 2) / across
        for (i, c) in known.prefix(lines * across).enumerated() {
            drawChart(c, x: 1 + i % across * room, width: room - 1, top: top + i / across * each, rows: each)
        }
    }

    private mutating func drawChart(_ c: Board.Cell, x: Int, width room: Int, top: Int, rows: Int) {
        let plotRows = rows - 2
        let plotWidth = room - Self.axis
        let columns = max(1, min(3, plotWidth / max(1, c.trend.count)))
        let shown = c.trend.suffix(plotWidth / columns).map { v in v.flatMap { $0.isFinite ? $0 : nil } }
        let known = shown.compactMap { $0 }
        guard plotRows > 1, let low = known.min(), let high = known.max() else { return }
        let title =
            "\(glyphs.level(c.severity)) \(measureTitle(c))\(unit(c))\(glyphs.dot)\(shown.count) x \(c.window) "
            + say(.until) + " " + Format.moment(c.end, now: state.now, seconds: false)
        put(title, x: x + 1, y: top + 1, limit: room - 1, style: isOld ? .dimmed : Style(ink: .faint))
        let places = high - low < 10 ? 2 : 0
        for (v, y) in [(high, top + 2), (low, top + 1 + plotRows)] {
            let text = Format.number(v, decimals: places) ?? "?"
            let label = text.utf8.count < Self.axis ? text : Format.compact(v)
            canvas.putRight(label, right: x + Self.axis - 1, y: y, limit: Self.axis - 1, style: .dimmed)
        }
        let steps = glyphs.bars.count
        for (i, v) in shown.enumerated() {
            guard let v else { continue }
            let share = high > low ? (v / 2 - low / 2) / (high / 2 - low / 2) : 0.5
            // The least value keeps one step, so that it differs from a gap.
            let tall = 1 + Int((share * Double(plotRows * steps - 1)).rounded().clamped(0, Double(plotRows * steps)))
            for r in 0..<plotRows {
                let part = min(steps, tall - r * steps)
                guard part > 0 else { break }
                let bar = String(repeating: glyphs.bars[part - 1], count: max(1, columns - 1))
                put(bar, x: x + Self.axis + i * columns, y: top + 1 + plotRows - r, style: trendStyle(c))
            }
        }
    }
}

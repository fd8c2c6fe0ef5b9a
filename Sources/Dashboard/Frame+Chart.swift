import CityModel
import HubAPI

/// A chart of one measure's history, where the terminal has rows to spare.
extension Painter {
    private static let axis = 12

    mutating func drawChart(_ c: Board.Cell, title: String, top: Int, rows count: Int) {
        let plotRows = min(count - 2, 10)
        guard plotRows >= 4 else { return }
        let columns = max(1, min(3, (width - Self.axis - 2) / max(1, c.trend.count)))
        let shown = c.trend.suffix((width - Self.axis - 2) / columns).map { v in v.flatMap { $0.isFinite ? $0 : nil } }
        let known = shown.compactMap { $0 }
        guard let low = known.min(), let high = known.max() else { return }
        let y = top + 1
        let from = "\(title) (\(glyphs.level(c.severity)))\(unit(c))\(glyphs.dot)\(shown.count) x \(c.window) "
        put(from + say(.until) + " " + Format.moment(c.end, now: state.now), x: 2, y: y, limit: width - 4, style: .dimmed)
        let places = high - low < 10 ? 2 : 0
        canvas.putRight(Format.number(high, decimals: places) ?? "?", right: Self.axis - 1, y: y + 1, style: .dimmed)
        canvas.putRight(
            Format.number(low, decimals: places) ?? "?", right: Self.axis - 1, y: y + plotRows, style: .dimmed)
        let steps = glyphs.bars.count
        for (i, v) in shown.enumerated() {
            guard let v else { continue }
            let share = high > low ? (v / 2 - low / 2) / (high / 2 - low / 2) : 0.5
            // The least value keeps one step, so that it differs from a gap.
            let height = 1 + Int((share * Double(plotRows * steps - 1)).rounded().clamped(0, Double(plotRows * steps)))
            for r in 0..<plotRows {
                let part = min(steps, height - r * steps)
                guard part > 0 else { break }
                let bar = String(repeating: glyphs.bars[part - 1], count: max(1, columns - 1))
                put(bar, x: Self.axis + i * columns, y: y + plotRows - r, style: trendStyle(c))
            }
        }
    }
}

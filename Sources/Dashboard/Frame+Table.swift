import CityModel
import HubAPI

/// The table of the places below the current one.
extension Painter {
    /// A column with its place on this terminal.
    private struct Slot {
        enum Content {
            case measure(ColumnDef)
            case coverage, below, age, since
        }
        var content: Content
        var width: Int
        var priority: Int
        var isTrend: Bool { if case .measure(let d) = content { d.isTrend } else { false } }

        init(_ content: Content, width: Int, priority: Int) {
            self.content = content
            self.width = width
            self.priority = priority
            if isTrend { self.width += Painter.trendLead }
        }
    }

    /// A column before a sparkline keeps it off the value's mark.
    private static let trendLead = 1

    /// Where names begin: after the cursor and the level.
    private static let nameX = 5
    private static let nameLimits = 10...24

    mutating func drawTable(top: Int, rows count: Int) {
        let (nameWidth, slots) = plan()
        let heading = Style(ink: .faint, bold: true)
        put(say(.place), x: Self.nameX, y: top, limit: nameWidth, style: heading)
        var x = Self.nameX + nameWidth + 1
        for s in slots {
            let text = slotTitle(s)
            if s.isTrend {
                put(text, x: x + Self.trendLead, y: top, limit: s.width - Self.trendLead, style: heading)
            } else {
                canvas.putRight(text, right: x + s.width, y: top, limit: s.width, style: heading)
            }
            x += s.width + 1
        }
        guard !rows.isEmpty else {
            put(say(.waiting), x: Self.nameX, y: top + 1, style: .dimmed)
            return
        }
        let selected = state.selectedIndex
        let first = max(0, min(selected - count / 2, rows.count - count))
        for (line, i) in (first..<min(rows.count, first + count)).enumerated() {
            drawRow(rows[i], y: top + 1 + line, nameWidth, slots, isSelected: i == selected)
        }
        drawScroll(first: first, count: count, top: top + 1)
    }

    private mutating func drawRow(_ r: Board.Row, y: Int, _ nameWidth: Int, _ slots: [Slot], isSelected: Bool) {
        let plain: Style = isOld ? .dimmed : .plain
        if isSelected { put(glyphs.cursor, x: 0, y: y, style: Style(ink: .accent, bold: true)) }
        put(glyphs.level(r.worst), x: 2, y: y, style: style(r.worst, bold: true))
        put(name(r), x: Self.nameX, y: y, limit: nameWidth, style: plain.with(bold: isSelected))
        var x = Self.nameX + nameWidth + 1
        for s in slots {
            draw(s, r, x: x, y: y, plain: plain)
            x += s.width + 1
        }
        if isSelected { canvas.restyle(x: 1...(width - 2), y: y) { $0.reverse = true } }
    }

    private mutating func draw(_ s: Slot, _ r: Board.Row, x: Int, y: Int, plain: Style) {
        let right = x + s.width
        switch s.content {
        case .coverage:
            let c = coverage(r)
            let text = c.map { "\($0.reporting)/\($0.expected)" } ?? glyphs.missing
            let partial = c.map { $0.reporting < $0.expected } ?? true
            canvas.putRight(text, right: right, y: y, limit: s.width, style: plain.with(bold: partial && !isOld))
        case .below:
            // How many places below are at the worst level: a mean of many streets hides one.
            guard let b = r.below else { return }
            let text = (glyphs.shapes[b.severity] ?? "") + String(b.count)
            canvas.putRight(text, right: right, y: y, limit: s.width, style: style(b.severity, bold: true))
        case .age:
            let text = r.cells.map(\.end).max().map { Format.shortAge(Format.span(state.now, $0)) } ?? glyphs.missing
            canvas.putRight(text, right: right, y: y, limit: s.width, style: plain)
        case .since:
            canvas.putRight(since(r), right: right, y: y, limit: s.width, style: plain)
        case .measure(let def):
            guard let c = cell(def, r) else {
                canvas.putRight(
                    glyphs.missing, right: def.isTrend ? x + Self.trendLead + 1 : right, y: y, style: .dimmed)
                return
            }
            if def.isTrend {
                let w = s.width - Self.trendLead
                put(glyphs.spark(c.trend, width: w), x: x + Self.trendLead, y: y, limit: w, style: trendStyle(c))
                return
            }
            guard let v = fitted(def, c, s.width) else {
                canvas.putRight("?", right: right, y: y, style: style(.unknown))
                return
            }
            // The shape says which measure is bad where colours do not.
            // A level belongs to the value that the theme displays, not to another aggregate beside it.
            let isOwn = def.value == nil
            let shape = isOwn && c.severity > .normal ? glyphs.shapes[c.severity] ?? "" : ""
            let ink = isOwn || c.severity == .unknown ? style(c.severity, c.status) : isOld
                ? Style.dimmed : Style(dim: c.status == .provisional)
            let text = v.utf8.count + CellWidth.of(shape) <= s.width ? shape + v : v
            canvas.putRight(text, right: right, y: y, limit: s.width, style: ink)
            put(mark(c), x: right, y: y, limit: 1, style: ink)
        }
    }

    /// The value, with fewer decimals or in short form where it would not fit: a number is never cut.
    private func fitted(_ def: ColumnDef, _ c: Board.Cell, _ width: Int) -> String? {
        guard let v = value(def, c) else { return nil }
        if v.utf8.count <= width { return v }
        var whole = def
        whole.decimals = 0
        if let t = value(whole, c), t.utf8.count <= width { return t }
        guard let n = def.value.map({ c.values[$0] }) ?? c.value else { return nil }
        let short = Format.compact(n)
        return short.utf8.count <= width ? short : String(repeating: "#", count: width)
    }

    private func slotTitle(_ s: Slot) -> String {
        switch s.content {
        case .measure(let d): title(d)
        case .coverage: say(.coverage)
        case .below: say(.below)
        case .age: say(.age)
        case .since: say(.since)
        }
    }

    /// Chooses the columns that fit, the most important first, and shares out what is left over.
    private func plan() -> (name: Int, slots: [Slot]) {
        var defs = state.theme?.columns ?? []
        if defs.isEmpty {
            defs = (state.board?.value.measures ?? []).enumerated().map {
                ColumnDef(
                    measure: $1.name, window: nil, value: nil, title: nil, width: 9, decimals: 1, isTrend: false,
                    priority: $0 + 1)
            }
        }
        // Coverage and age say how sure a row is: only the two first columns go before them.
        let below = rows.contains { $0.below != nil } ? [Slot(.below, width: 5, priority: 20)] : []
        let all =
            defs.map { Slot(.measure($0), width: $0.width, priority: $0.priority * 10) } + below + [
                Slot(.coverage, width: 7, priority: 21), Slot(.age, width: 4, priority: 22),
                Slot(.since, width: 6, priority: 55),
            ]
        var left = width - 1 - Self.nameX - Self.nameLimits.lowerBound - 1
        var kept = Set<Int>()
        for i in all.indices.sorted(by: { (all[$0].priority, $0) < (all[$1].priority, $1) })
        where all[i].width + 1 <= left {
            kept.insert(i)
            left -= all[i].width + 1
        }
        var slots = all.indices.filter { kept.contains($0) }.map { all[$0] }
        let longest = rows.map { CellWidth.of(name($0)) }.max() ?? 0
        let grow = max(0, min(left, min(longest, Self.nameLimits.upperBound) - Self.nameLimits.lowerBound))
        left -= grow
        for i in slots.indices where slots[i].isTrend {
            let more = min(left, 30 - min(30, slots[i].width))
            slots[i].width += more
            left -= more
        }
        return (Self.nameLimits.lowerBound + grow, slots)
    }

    /// A bar at the right edge that shows where in a long table this page is.
    private mutating func drawScroll(first: Int, count: Int, top: Int) {
        guard rows.count > count else { return }
        let size = max(1, count * count / rows.count)
        let at = first * (count - size) / max(1, rows.count - count)
        for i in 0..<count {
            let isThumb = (at..<(at + size)).contains(i)
            put(
                glyphs == .ascii ? (isThumb ? "#" : "|") : (isThumb ? "█" : "│"), x: width - 1, y: top + i,
                style: .dimmed)
        }
    }
}

import CityModel
import HubAPI

/// The strip that tells all about the selected row, the keys at the foot, and the help.
extension Painter {
    mutating func drawDetail(top: Int, rows count: Int) {
        guard count > 0, let r = state.selectedRow ?? state.board?.value.place else { return }
        canvas.fill(y: top, glyphs.rule, style: .dimmed)
        let s = style(r.worst, bold: true)
        var x = 2
        x += put(" \(glyphs.level(r.worst)) \(name(r))", x: x, y: top, limit: width - 4, style: s)
        let from = since(r)
        let words =
            glyphs.dot + say(Words.severity(r.worst))
            + (r.below.map { glyphs.dot + (state.lang == .zh ? $0.name : $0.nameEn) } ?? "")
            + (from.isEmpty ? "" : glyphs.dot + say(.since) + " " + from) + " "
        put(words, x: x, y: top, limit: width - 2 - x, style: isOld ? .dimmed : .plain)
        guard count > 1 else { return }
        // With little room, the worst measure is the one to see.
        let fits = r.cells.count <= count - 1
        let cells = fits ? r.cells : worstFirst(r.cells)
        let titles = cells.map { measureTitle($0) }
        let titleWidth = min(titles.map { CellWidth.of($0) }.max() ?? 8, width < 100 ? 14 : 22)
        for (i, c) in cells.prefix(count - 1).enumerated() {
            drawCell(c, titles[i], titleWidth, y: top + 1 + i)
        }
        let said = findings(cells)
        let room = max(0, count - 1 - r.cells.count)
        for (i, line) in said.prefix(room).enumerated() {
            put("!", x: 2, y: top + 1 + r.cells.count + i, style: style(.yellow, bold: true))
            put(line, x: Painter.detailX, y: top + 1 + r.cells.count + i, limit: width - Painter.detailX - 1, style: isOld ? .dimmed : .plain)
        }
        var used = 1 + r.cells.count + min(room, said.count)
        for line in advice(r.cells).prefix(max(0, count - used)) {
            put(glyphs.cursor, x: 2, y: top + used, style: style(r.worst, bold: true))
            put(line, x: Painter.detailX, y: top + used, limit: width - Painter.detailX - 1, style: isOld ? .dimmed : .plain)
            used += 1
        }
        for line in outlook(r).prefix(max(0, count - used)) {
            drawOutlook(line, y: top + used)
            used += 1
        }
        drawCharts(worstFirst(r.cells), top: top + used, rows: count - used)
    }

    func worstFirst(_ cells: [Board.Cell]) -> [Board.Cell] {
        cells.enumerated().sorted {
            ($0.element.severity.rank, $1.offset) > ($1.element.severity.rank, $0.offset)
        }.map(\.element)
    }

    func measureTitle(_ c: Board.Cell) -> String {
        let info = state.board?.value.measures.first { $0.name == c.measure }
        return say(Words(info?.title ?? [:], fallback: c.measure)) + " " + c.window
    }

    private mutating func drawCell(_ c: Board.Cell, _ title: String, _ titleWidth: Int, y: Int) {
        let plain: Style = isOld ? .dimmed : .plain
        let own = style(c.severity, c.status, bold: true)
        put(glyphs.level(c.severity), x: 2, y: y, style: own)
        put(title, x: Painter.detailX, y: y, limit: titleWidth, style: plain)
        var x = Painter.detailX + titleWidth + 1
        let decimals = decimals(c.measure)
        let v = Format.number(c.value, decimals: decimals)
        let valueWidth = width < 100 ? 14 : 18
        // Measured, and nothing to tell: a level that is not approached has no time.
        let none = c.severity == .unknown ? "?" : "-"
        let used = put(
            (v ?? none) + mark(c), x: x, y: y, limit: valueWidth,
            style: v == nil && c.severity == .unknown ? style(.unknown) : own)
        put(unit(c) + levelName(c), x: x + used, y: y, limit: max(0, valueWidth - used), style: .dimmed)
        x += valueWidth + 1
        let isNarrow = width < 110
        var pieces = [
            Piece("\(c.reporting)/\(c.expected)", plain, priority: 1),
            Piece(Format.moment(c.end, now: state.now, seconds: !isNarrow), plain, priority: 2),
            Piece(isNarrow ? "" : say(Words.status(c.status)), plain, priority: 50),
        ]
        if let sure = c.certainty {
            pieces.append(Piece(sure.name(state.lang), Style(bold: c.severity > .normal), priority: 2))
        }
        // On a narrow terminal the aggregate that is already shown as the value is not said twice.
        let order = c.values.keys.filter { !isNarrow || c.values[$0] != c.value }
            .sorted { Self.rank($0) < Self.rank($1) }
        for (i, k) in order.enumerated() {
            guard let t = Format.number(c.values[k], decimals: k == "count" ? 0 : decimals) else { continue }
            pieces.append(Piece("\(k) \(t)", plain, priority: 3 + i))
        }
        pieces.append(Piece("n \(Format.compact(c.count))", .dimmed, priority: 90))
        if let q = c.quality, q < 1, c.count > 0 {
            let text = "\(say(.quality)) \(Int((q * 100).rounded(.down)))%"
            pieces.append(Piece(text, Style(ink: Ink(.yellow)), priority: 2))
        }
        if let n = c.flagged, n > 0, c.findings == nil {
            pieces.append(Piece("\(say(.flagged)) \(n)", plain, priority: 4))
        }
        if c.late > 0 { pieces.append(Piece("\(say(.late)) \(Format.compact(c.late))", plain, priority: 60)) }
        putLine(pieces, x: x, y: y)
    }

    static let detailX = 5

    /// Means first, then percentiles in their order, then the rest by name: the same on every frame.
    private static func rank(_ name: String) -> String {
        if name == "mean" || name == "ratio" { return "0" + name }
        if name.hasPrefix("p"), let n = Int(name.dropFirst()) { return "1" + (n < 10 ? "0\(n)" : "\(n)") }
        return "2" + name
    }

    func decimals(_ measure: String) -> Int {
        let defs = (state.theme?.banner ?? []) + (state.theme?.columns ?? [])
        return defs.first { $0.measure == measure && !$0.isTrend }?.decimals ?? 2
    }

    mutating func drawFooter() {
        let y = height - 1
        let position =
            rows.isEmpty
            ? "" : "\(state.selectedIndex + 1)/\(rows.count) " + say(state.worstFirst ? .sortWorst : .sortCode)
        canvas.putRight(position, right: width - 1, y: y, style: .dimmed)
        let end = width - 2 - CellWidth.of(position)
        var x = 1
        for h in Words.hints {
            let what = say(h.what)
            guard x + CellWidth.of(h.keys) + 1 + CellWidth.of(what) <= end else { break }
            x += put(h.keys, x: x, y: y, style: Style(ink: .accent, bold: true)) + 1
            x += put(what, x: x, y: y) + 2
        }
    }

    mutating func drawHelp(top: Int, bottom: Int) {
        canvas.fill(y: top, glyphs.rule, style: .dimmed)
        put(" \(say(.help)) ", x: 2, y: top, style: .heading)
        let close = " \(say(.closeHelp)) "
        canvas.putRight(close, right: width - 2, y: top, style: .dimmed)
        let isWide = width >= 110
        let keyWidth = (Words.keys.map { CellWidth.of($0.keys) }.max() ?? 0) + 2
        var y = top + 1
        for k in Words.keys where y <= bottom {
            put(k.keys, x: 2, y: y, style: Style(ink: .accent, bold: true))
            put(say(k.what), x: 2 + keyWidth, y: y, limit: (isWide ? width / 2 : width) - 3 - keyWidth)
            y += 1
        }
        let x = isWide ? width / 2 + 2 : 2
        if isWide { y = top + 1 }
        if y <= bottom {
            let levels = Severity.allCases.reversed().map {
                Piece("\(glyphs.level($0)) \(say(Words.severity($0)))", Style(ink: Ink($0), bold: true))
            }
            putLine(levels, x: x, y: y)
            y += 1
        }
        for l in Words.legend where y <= bottom {
            put(l.sign, x: x, y: y, style: .heading)
            put(say(l.what), x: x + 8, y: y, limit: width - x - 9)
            y += 1
        }
    }
}

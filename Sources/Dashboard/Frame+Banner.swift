import CityModel
import HubAPI

/// The place itself, above the table of its children.
extension Painter {
    mutating func drawBanner(top: Int) {
        guard let row = state.board?.value.place else {
            put(say(.noData), x: 1, y: top, style: .dimmed)
            return
        }
        let ends = row.cells.map(\.end)
        var pieces = [
            Piece("\(glyphs.level(row.severity)) \(name(row))", style(row.severity, bold: true)),
            Piece(say(Words.severity(row.severity)), style(row.severity), priority: 2),
            Piece(since(row).isEmpty ? "" : "\(say(.since)) \(since(row))", isOld ? .dimmed : .plain, priority: 3),
        ]
        if let c = coverage(row) {
            pieces.append(
                Piece(
                    "\(say(.coverage)) \(c.reporting)/\(c.expected) \(percent(c))", isOld ? .dimmed : .plain,
                    priority: 4))
        }
        if let newest = ends.max() {
            pieces.append(
                Piece(
                    "\(say(.age)) \(Format.age(Format.span(state.now, newest)))", isOld ? .dimmed : .plain, priority: 5)
            )
        }
        putLine(pieces, x: 1, y: top)
        let tiles = (state.theme?.banner ?? []).map { (def: $0, cell: cell($0, row)) }
        if isTall { drawTiles(tiles, top: top + 1) } else { drawTileLine(tiles, y: top + 1) }
    }

    private mutating func drawTileLine(_ tiles: [(def: ColumnDef, cell: Board.Cell?)], y: Int) {
        putLine(
            tiles.enumerated().map { i, t in
                let shown = t.cell.flatMap { value(t.def, $0) }
                let none = t.cell == nil ? glyphs.missing : "?"
                let text = shown.map { $0 + mark(t.cell) + unit(t.cell) + levelName(t.cell) } ?? none
                let severity = t.cell?.severity ?? .unknown
                let level = t.cell == nil || severity == .normal ? "" : glyphs.level(severity) + " "
                return Piece("\(title(t.def)) \(level)\(text)", style(severity, t.cell?.status), priority: i + 1)
            }, x: 1, y: y)
    }

    private mutating func drawTiles(_ tiles: [(def: ColumnDef, cell: Board.Cell?)], top: Int) {
        guard !tiles.isEmpty else { return }
        let shown = tiles.prefix(max(1, (width - 2) / 14))
        let step = (width - 2) / shown.count
        for (i, t) in shown.enumerated() {
            let x = 1 + i * step
            let room = step - 2
            put(title(t.def), x: x, y: top, limit: room, style: .dimmed)
            let s = style(t.cell?.severity ?? .unknown, t.cell?.status, bold: true)
            guard let c = t.cell, let v = value(t.def, c) else {
                put(t.cell == nil ? glyphs.missing : "?", x: x, y: top + 1, limit: room, style: s)
                continue
            }
            let used = put("\(glyphs.level(c.severity)) \(v)\(mark(c))", x: x, y: top + 1, limit: room, style: s)
            put(unit(c) + levelName(c), x: x + used, y: top + 1, limit: room - used, style: .dimmed)
            let spark = glyphs.spark(c.trend, width: min(room, max(c.trend.count, 1)))
            put(spark, x: x, y: top + 2, limit: room, style: trendStyle(c))
        }
    }

    /// The cell that a column shows.
    func cell(_ def: ColumnDef, _ row: Board.Row) -> Board.Cell? {
        row.cells.first { $0.measure == def.measure && (def.window == nil || $0.window == def.window) }
    }

    /// A cell's value as the column wants it; nil where nothing was measured.
    func value(_ def: ColumnDef, _ cell: Board.Cell) -> String? {
        Format.number(def.value.map { cell.values[$0] } ?? cell.value, decimals: def.decimals)
    }

    func title(_ def: ColumnDef) -> String {
        if let t = def.title { return say(t) }
        let info = state.board?.value.measures.first { $0.name == def.measure }
        return say(Words(info?.title ?? [:], fallback: def.measure))
    }

    func trendStyle(_ c: Board.Cell) -> Style {
        isOld || c.severity == .unknown ? .dimmed : Style(ink: .accent)
    }

    /// A space and what the field calls the cell's value or level; nothing where it has no name of its own.
    func levelName(_ cell: Board.Cell?) -> String {
        guard let cell, let m = state.board?.value.measures.first(where: { $0.name == cell.measure }) else { return "" }
        let grade = cell.value.flatMap { v in m.grades?.last { v >= $0.from } }
        guard let name = grade?.name ?? m.levels?[cell.severity.rawValue] else { return "" }
        return " " + say(Words(name, fallback: cell.severity.rawValue))
    }

    /// A space and the unit; nothing for a bare ratio.
    func unit(_ cell: Board.Cell?) -> String {
        guard let u = cell?.unit, !["", "1", "ratio"].contains(u) else { return "" }
        return " " + u
    }

    /// One column after a value: `~` provisional, `+` revised.
    func mark(_ cell: Board.Cell?) -> String {
        switch cell?.status {
        case .provisional: "~"
        case .revised: "+"
        case .complete, nil: ""
        }
    }
}

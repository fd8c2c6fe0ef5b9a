import CityModel
import HubAPI

/// A terminal's size in columns and rows.
public struct Size: Sendable, Hashable {
    public var columns: Int
    public var rows: Int

    /// The least that a screen needs.
    public static let minimum = Size(columns: 60, rows: 20)

    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// From `120x40`; nil where malformed or outside 1 to 1000.
    public init?(_ text: String) {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let c = parts[0], let r = parts[1], (1...1000).contains(c), (1...1000).contains(r)
        else { return nil }
        self.init(columns: c, rows: r)
    }
}

/// Draws a state. A pure function: the same state and size give the same cells.
enum Frame {
    static func canvas(_ state: ViewState, size: Size) -> Canvas {
        var f = Painter(state, Canvas(width: size.columns, height: size.rows))
        f.draw()
        return f.canvas
    }

    /// The frame as text, each row as wide as the size.
    static func render(state: ViewState, size: Size) -> String { canvas(state, size: size).text }

    /// Rows that the table has at this size, for paging.
    static func pageRows(_ state: ViewState, size: Size) -> Int {
        Painter(state, Canvas(width: size.columns, height: size.rows)).layout.table
    }
}

/// A frame in the making. The parts of the screen are its extensions.
struct Painter {
    let state: ViewState
    var canvas: Canvas
    let rows: [Board.Row]
    let standing: Standing
    /// Everything is greyed while it is not the present.
    let isOld: Bool

    init(_ state: ViewState, _ canvas: Canvas) {
        self.state = state
        self.canvas = canvas
        rows = state.rows
        standing = state.standing
        isOld = !(state.isFresh && standing == .live)
    }

    var width: Int { canvas.width }
    var height: Int { canvas.height }
    var isTall: Bool { height >= 30 }
    var glyphs: Glyphs { state.glyphs }
    func say(_ w: Words) -> String { w[state.lang] }

    /// A street, or a place whose parts the hub does not know: the detail takes the table's room.
    var hasNoChildren: Bool { state.board != nil && rows.isEmpty }

    /// Rows given to each part, from the top: header, banner, table (without its heading), detail.
    var layout: (header: Int, banner: Int, table: Int, detail: Int) {
        let header = 3
        let banner = isTall ? 5 : 2
        let left = max(1, height - header - banner - 2)
        let shown = state.selectedRow ?? state.board?.value.place
        let wanted = 2 + (shown?.cells.count ?? 0)
        if hasNoChildren { return (header, banner, 0, left + 1) }
        let table = max(1, min(max(rows.count, 1), left - min(wanted, isTall ? 6 : 3)))
        return (header, banner, table, max(0, left - table))
    }

    mutating func draw() {
        guard width >= Size.minimum.columns, height >= Size.minimum.rows else { return drawTooSmall() }
        drawTitle()
        drawStatus()
        drawVerdict()
        let l = layout
        if state.showsHelp {
            drawHelp(top: l.header, bottom: height - 2)
        } else {
            drawBanner(top: l.header)
            if !hasNoChildren { drawTable(top: l.header + l.banner, rows: l.table) }
            drawDetail(top: height - 1 - l.detail, rows: l.detail)
        }
        drawFooter()
    }

    private mutating func drawTooSmall() {
        let min = Size.minimum
        let lines = [
            say(.tooSmall), "\(width)x\(height)", say(.needs), "\(min.columns)x\(min.rows)", standingWord.text,
        ]
        for (i, l) in lines.enumerated() {
            put(l, x: max(0, (width - CellWidth.of(l)) / 2), y: max(0, (height - lines.count) / 2) + i)
        }
    }

    @discardableResult
    mutating func put(_ text: String, x: Int, y: Int, limit: Int = .max, style: Style = .plain) -> Int {
        canvas.put(text, x: x, y: y, limit: limit, style: style, ellipsis: glyphs.ellipsis)
    }

    /// Writes the pieces one after another; those that do not fit whole are left out, the least important first.
    mutating func putLine(_ pieces: [Piece], x: Int, y: Int, gap: String = "  ", right: Int? = nil) {
        let end = right ?? width - 1
        var kept = pieces.filter { !$0.text.isEmpty }
        let gapWidth = CellWidth.of(gap)
        let total: ([Piece]) -> Int = { p in
            p.reduce(0) { $0 + CellWidth.of($1.text) } + max(0, p.count - 1) * gapWidth
        }
        while kept.count > 1, total(kept) > end - x, let worst = kept.map(\.priority).max(),
            let i = kept.lastIndex(where: { $0.priority == worst })
        {
            kept.remove(at: i)
        }
        var at = x
        for (i, p) in kept.enumerated() {
            if i > 0 { at += put(gap, x: at, y: y, limit: end - at, style: .dimmed) }
            at += put(p.text, x: at, y: y, limit: end - at, style: p.style)
        }
    }

    /// The style of a value: greyed where it is old, dimmed where it is provisional.
    func style(_ s: Severity, _ status: WindowStatus? = nil, bold: Bool = false) -> Style {
        isOld ? .dimmed : Style(ink: Ink(s), bold: bold || s > .normal, dim: status == .provisional)
    }
}

/// A part of a line. Those with the largest priority number are left out first.
struct Piece {
    var text: String
    var style: Style
    var priority: Int

    init(_ text: String, _ style: Style = .plain, priority: Int = 1) {
        self.text = text
        self.style = style
        self.priority = priority
    }
}

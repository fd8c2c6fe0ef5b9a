/// A grid of cells, each one column wide: what a frame looks like before any terminal is involved.
///
/// A wide character takes its cell and a continuation cell to the right; the two are always written and erased
/// together, so that none is ever cut in half.
struct Canvas: Sendable, Equatable {
    struct Cell: Sendable, Hashable {
        /// A base character with its marks; empty in a continuation.
        var text: String
        var style: Style
        var isContinuation: Bool

        static let blank = Cell(text: " ", style: .plain, isContinuation: false)
    }

    let width: Int
    let height: Int
    private(set) var cells: [Cell]

    /// Sizes below one are taken as one; above 1000 as 1000.
    init(width: Int, height: Int) {
        self.width = min(max(width, 1), 1000)
        self.height = min(max(height, 1), 1000)
        cells = Array(repeating: .blank, count: self.width * self.height)
    }

    subscript(x: Int, y: Int) -> Cell? {
        guard x >= 0, x < width, y >= 0, y < height else { return nil }
        return cells[y * width + x]
    }

    /// Writes text from (x, y), clipped to the canvas and to `limit` columns. Returns the columns used.
    ///
    /// What does not fit is cut before a whole character and marked by `ellipsis`.
    @discardableResult
    mutating func put(_ text: String, x: Int, y: Int, limit: Int = .max, style: Style = .plain, ellipsis: String = "…")
        -> Int
    {
        guard y >= 0, y < height, x >= 0, x < width else { return 0 }
        let room = min(limit, width - x)
        var at = 0
        for g in Self.fit(Glyph.split(text), room, ellipsis: ellipsis) {
            set(g, x + at, y, style)
            at += g.width
        }
        return at
    }

    /// Writes text that ends before column `right`.
    mutating func putRight(_ text: String, right: Int, y: Int, limit: Int = .max, style: Style = .plain) {
        let w = min(CellWidth.of(text), limit)
        put(text, x: max(0, right - w), y: y, limit: w, style: style)
    }

    /// Restyles a run of cells and keeps their text.
    mutating func restyle(x: ClosedRange<Int>, y: Int, _ change: (inout Style) -> Void) {
        guard y >= 0, y < height, let x = Self.clamp(x, width) else { return }
        for i in x { change(&cells[y * width + i].style) }
    }

    mutating func fill(x: Int = 0, y: Int, width w: Int? = nil, _ glyph: String = " ", style: Style = .plain) {
        put(String(repeating: glyph, count: max(0, min(w ?? width, width))), x: x, y: y, style: style)
    }

    private static func clamp(_ r: ClosedRange<Int>, _ count: Int) -> ClosedRange<Int>? {
        let low = max(0, r.lowerBound)
        let high = min(count - 1, r.upperBound)
        return low <= high ? low...high : nil
    }

    /// The glyphs that fit into `room` columns, with an ellipsis where some do not.
    static func fit(_ glyphs: [Glyph], _ room: Int, ellipsis: String = "…") -> [Glyph] {
        guard room > 0 else { return [] }
        if glyphs.reduce(0, { $0 + $1.width }) <= room { return glyphs }
        let tail = Glyph.split(ellipsis)
        let tailWidth = tail.reduce(0) { $0 + $1.width }
        var out: [Glyph] = []
        var used = 0
        for g in glyphs {
            if used + g.width > room - tailWidth { break }
            out.append(g)
            used += g.width
        }
        return used + tailWidth <= room ? out + tail : out
    }

    private mutating func set(_ g: Glyph, _ x: Int, _ y: Int, _ style: Style) {
        let row = y * width
        guard x + g.width <= width else { return }
        // A character that loses one half loses the other as well.
        if cells[row + x].isContinuation { cells[row + x - 1].text = " " }
        let next = x + g.width
        if next < width, cells[row + next].isContinuation {
            cells[row + next] = Cell(text: " ", style: cells[row + next].style, isContinuation: false)
        }
        cells[row + x] = Cell(text: g.text, style: style, isContinuation: false)
        if g.width == 2 { cells[row + x + 1] = Cell(text: "", style: style, isContinuation: true) }
    }

    func row(_ y: Int) -> ArraySlice<Cell> {
        guard y >= 0, y < height else { return [] }
        return cells[(y * width)..<((y + 1) * width)]
    }

    /// The rows as text, each as wide as the canvas, ended by a line feed.
    var text: String {
        (0..<height).map { row($0).map(\.text).joined() + "\n" }.joined()
    }

    /// The rows as text without the blanks at their ends.
    var trimmedText: String {
        (0..<height).map { y in
            var r = row(y)
            while let last = r.last, last.text == " " { r.removeLast() }
            return r.map(\.text).joined() + "\n"
        }.joined()
    }

    /// The rows with SGR sequences; `colors` 0 leaves only bold, dim and reverse.
    func ansi(colors: Int) -> String {
        var out = ""
        for y in 0..<height {
            var current = Style.plain
            for c in row(y) where !c.isContinuation {
                if c.style != current {
                    out += Self.sgr(c.style, colors: colors)
                    current = c.style
                }
                out += c.text
            }
            out += current == .plain ? "\n" : "\u{1B}[0m\n"
        }
        return out
    }

    private static func sgr(_ s: Style, colors: Int) -> String {
        var codes = ["0"]
        if s.bold { codes.append("1") }
        if s.dim { codes.append("2") }
        if s.reverse { codes.append("7") }
        if colors > 0 {
            let n = s.ink.number(colors: colors)
            if n >= 0 { codes.append(colors >= 256 ? "38;5;\(n)" : n >= 8 ? "\(82 + n)" : "\(30 + n)") }
        }
        return "\u{1B}[" + codes.joined(separator: ";") + "m"
    }
}

import CNcurses
import CityModel

/// The terminal through ncurses: keys in, canvases out. All calls must come from one thread.
///
/// Colours, bold and the like are what terminfo offers. Curses sends only the cells that changed.
struct Terminal {
    private let screen: UnsafeMutablePointer<WINDOW>
    private let colors: Int
    private var shown: Canvas?

    /// Whether the locale can carry more than ASCII; call once before `open`.
    static func hasUnicode() -> Bool { kapok_utf8_locale() != 0 }

    /// Takes the terminal over.
    ///
    /// - Throws: `KapokError` `no-terminal` where input or output is not a terminal.
    static func open(color: Bool) throws(KapokError) -> Terminal {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw KapokError(
                "no-terminal", "the dashboard needs a terminal",
                mend: "Run it in one, or print a frame with --frame --size 120x40")
        }
        kapok_guard_crashes()
        // initscr would end the process where the terminal is unknown; newterm tells.
        guard let handle = newterm(nil, kapok_stdout(), kapok_stdin()), let window = kapok_screen() else {
            throw KapokError(
                "terminal-unknown", "terminfo does not know this terminal",
                mend: "Set TERM, for example to xterm-256color")
        }
        _ = handle
        return Terminal(screen: window, color: color)
    }

    private init(screen: UnsafeMutablePointer<WINDOW>, color: Bool) {
        self.screen = screen
        kapok_catch_stops()
        cbreak()
        noecho()
        nonl()
        keypad(screen, true)
        wtimeout(screen, 0)
        set_escdelay(25)
        curs_set(0)
        leaveok(screen, true)
        guard color, has_colors(), start_color() == OK else {
            colors = 0
            return
        }
        use_default_colors()
        colors = Int(kapok_colors())
        for ink in Ink.allCases {
            init_pair(Int16(ink.rawValue + 1), Int16(ink.number(colors: colors)), -1)
        }
    }

    var size: Size { Size(columns: Int(getmaxx(screen)), rows: Int(getmaxy(screen))) }

    /// The signal that asks to stop, if one came.
    static var stoppedBy: Int32? {
        let s = kapok_stopped_by()
        return s == 0 ? nil : s
    }

    func close() {
        endwin()
    }

    enum Input {
        case key(Key)
        case resized
    }

    /// Waits at most `ms` for keys and returns all that came; nil when the terminal is gone.
    func keys(waitMs: Int32) -> [Input]? {
        if kapok_wait(waitMs) < 0 { return nil }
        var out: [Input] = []
        // Bounded, so that a flood of input cannot keep the screen from being drawn.
        while out.count < 256 {
            let code = kapok_next_key(screen)
            if code == KAPOK_NO_KEY { break }
            out.append(code == -KEY_RESIZE ? .resized : .key(Self.key(code) ?? .other))
        }
        return out
    }

    /// Curses' codes are negative here, characters positive.
    private static let codes: [Int32: Key] = [
        -KEY_UP: .up, -KEY_DOWN: .down, -KEY_HOME: .top, -KEY_END: .bottom, -KEY_PPAGE: .pageUp, -KEY_NPAGE: .pageDown,
        -KEY_ENTER: .enter, -KEY_RIGHT: .enter, -KEY_LEFT: .back, -KEY_BACKSPACE: .back,
        10: .enter, 13: .enter, 27: .back, 127: .back, 8: .back, 4: .pageDown, 21: .pageUp, 6: .pageDown, 2: .pageUp,
        3: .quit, 9: .nextTheme,
    ]
    private static let letters: [Character: Key] = [
        "k": .up, "j": .down, "g": .top, "G": .bottom, "l": .enter, "h": .back, "q": .quit, "Q": .quit, "?": .help,
        "s": .sort, "L": .language,
    ]

    static func key(_ code: Int32) -> Key? {
        if let k = codes[code] { return k }
        guard code > 0, let s = Unicode.Scalar(UInt32(code)) else { return nil }
        if (49...57).contains(code) { return .theme(Int(code) - 48) }
        return letters[Character(s)]
    }

    /// Shows a canvas: rows that changed are handed to curses.
    mutating func show(_ canvas: Canvas) {
        let same = shown.map { $0.width == canvas.width && $0.height == canvas.height } ?? false
        if !same { wclear(screen) }
        for y in 0..<canvas.height where !same || shown?.row(y) != canvas.row(y) {
            draw(canvas, y)
        }
        wrefresh(screen)
        shown = canvas
    }

    private func draw(_ canvas: Canvas, _ y: Int) {
        var x = 0
        let row = Array(canvas.row(y))
        while x < row.count {
            let style = row[x].style
            let start = x
            var text: [wchar_t] = []
            while x < row.count, row[x].style == style {
                text += row[x].text.unicodeScalars.map { wchar_t(bitPattern: $0.value) }
                x += 1
            }
            set(style)
            // At the last cell curses reports that the cursor cannot move on; the cell is written all the same.
            _ = mvwaddnwstr(screen, Int32(y), Int32(start), text, Int32(text.count))
        }
    }

    private func set(_ s: Style) {
        let flags =
            (s.bold ? KAPOK_BOLD : 0) | (s.dim ? KAPOK_DIM : 0)
            | (s.reverse ? KAPOK_REVERSE : 0)
        _ = kapok_set_style(screen, flags, colors > 0 ? Int16(s.ink.rawValue + 1) : 0)
    }

    /// Draws all anew, as after a resize.
    mutating func forget() { shown = nil }
}

import Testing

@testable import Dashboard

@Suite struct CanvasTests {
    @Test func `widths follow East Asian Width whatever the locale`() {
        #expect(CellWidth.of("abc") == 3)
        #expect(CellWidth.of("天河区") == 6)
        #expect(CellWidth.of("ｆｕｌｌ") == 8)
        #expect(CellWidth.of("한국") == 4)
        #expect(CellWidth.of("カﾅ") == 3)
        #expect(CellWidth.of("e\u{301}") == 1)
        #expect(CellWidth.of("●▲◆■○") == 5)
        #expect(CellWidth.of("🚗") == 2)
        #expect(CellWidth.of("𠀀") == 2)
    }

    @Test func `joined emoji, flags and skin tones have the width of what is drawn`() {
        #expect(Glyph.split("🇨🇳").map(\.text) == ["C", "N"])
        #expect(Glyph.split("👍🏽").map(\.text) == ["👍"])
        #expect(CellWidth.of("❤\u{FE0F}") == 1)
    }

    @Test func `controls, escapes and overrides never reach the terminal`() {
        for bad in ["\u{1B}[2J", "\u{9B}31m", "a\u{7}b", "\u{202E}x", "\r\n", "\u{0}", "\u{2028}", "\u{E000}"] {
            let text = Glyph.split(bad).map(\.text).joined()
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) })
            #expect(text.contains("\u{FFFD}"))
        }
    }

    @Test func `marks without end on one base do not pile up`() {
        let zalgo = "x" + String(repeating: "\u{301}", count: 50)
        #expect(Glyph.split(zalgo).map { $0.text.unicodeScalars.count } == [5])
    }

    @Test func `text is cut before a wide character, never in it`() {
        var c = Canvas(width: 5, height: 1)
        let used = c.put("天河区很大", x: 0, y: 0)
        #expect(used == 5)
        #expect(c.text == "天河…\n")
        var d = Canvas(width: 4, height: 1)
        d.put("天河区", x: 0, y: 0)
        #expect(d.text == "天… \n")
    }

    @Test func `overwriting half of a wide character erases the other half`() {
        var c = Canvas(width: 6, height: 1)
        c.put("天河区", x: 0, y: 0)
        c.put("x", x: 1, y: 0)
        #expect(c.text == " x河区\n")
        c.put("y", x: 2, y: 0)
        #expect(c.text == " xy 区\n")
        c.put("广", x: 3, y: 0)
        #expect(c.text == " xy广 \n")
    }

    @Test func `writing outside of the canvas is harmless`() {
        var c = Canvas(width: 3, height: 2)
        c.put("abc", x: -1, y: 0)
        c.put("abc", x: 3, y: 0)
        c.put("abc", x: 0, y: 2)
        c.put("abcdef", x: 0, y: 1, limit: -4)
        c.restyle(x: -5...900, y: 0) { $0.bold = true }
        #expect(c.trimmedText == "\n\n")
    }

    @Test func `random writes keep every row exactly as wide as the canvas`() {
        var rng = Seeded(state: 7)
        let pool = Array("aZ 天河区广🚗é한ﾅ●■\u{301}\u{1B}\u{202E}\u{200D}🇨🇳👍🏽…".unicodeScalars)
        for _ in 0..<400 {
            var c = Canvas(width: Int.random(in: 1...30, using: &rng), height: 3)
            for _ in 0..<30 {
                var s = String.UnicodeScalarView()
                for _ in 0..<Int.random(in: 0...12, using: &rng) { s.append(pool.randomElement(using: &rng) ?? "x") }
                c.put(
                    String(s), x: Int.random(in: -2...32, using: &rng), y: Int.random(in: -1...3, using: &rng),
                    limit: Int.random(in: -1...20, using: &rng))
            }
            expectWhole(c)
        }
    }

    @Test func `without colour only bold, dim and reverse are sent`() {
        var c = Canvas(width: 8, height: 1)
        c.put("■R", x: 0, y: 0, style: Style(ink: .red, bold: true, reverse: true))
        #expect(c.ansi(colors: 0).hasPrefix("\u{1B}[0;1;7m■R"))
        #expect(c.ansi(colors: 256).contains("38;5;203"))
        #expect(c.ansi(colors: 16).contains(";91m"))
        #expect(c.ansi(colors: 8).contains(";31m"))
    }

    @Test func `NO_COLOR counts when it is set and not empty`() {
        #expect(!ColorMode.auto.isOn(environment: ["NO_COLOR": "1"], isTerminal: true))
        #expect(ColorMode.auto.isOn(environment: ["NO_COLOR": ""], isTerminal: true))
        #expect(!ColorMode.auto.isOn(environment: [:], isTerminal: false))
        #expect(ColorMode.always.isOn(environment: ["NO_COLOR": "1"], isTerminal: false))
    }
}

/// Each row's characters add up to the width, and each wide one owns the cell to its right.
func expectWhole(_ c: Canvas, sourceLocation: SourceLocation = #_sourceLocation) {
    for y in 0..<c.height {
        let row = Array(c.row(y))
        let text = row.map(\.text).joined()
        #expect(CellWidth.of(text) == c.width, "row \(y): \(text)", sourceLocation: sourceLocation)
        for (x, cell) in row.enumerated() {
            let next = x + 1 < row.count && row[x + 1].isContinuation
            let isWide = CellWidth.of(cell.text) == 2
            #expect(isWide == next, "row \(y), column \(x)", sourceLocation: sourceLocation)
            #expect(cell.isContinuation == cell.text.isEmpty, sourceLocation: sourceLocation)
        }
    }
}

import CityModel
import Foundation
import HubAPI
import Testing

@testable import Dashboard

@Suite struct FrameTests {
    @Test(arguments: ["80x24", "100x30", "120x40"], Language.allCases)
    func `traffic looks as in its golden file`(size: String, lang: Language) throws {
        try compare(Fixtures.state(lang), size, "traffic-\(size)-\(lang.rawValue)")
    }

    @Test(arguments: Language.allCases)
    func `emergency looks as in its golden file`(lang: Language) throws {
        try compare(Fixtures.state(lang, theme: "emergency"), "100x30", "emergency-100x30-\(lang.rawValue)")
    }

    @Test(arguments: ["80x24", "120x40"])
    func `a street looks as in its golden file`(size: String) throws {
        try compare(Fixtures.state(children: 0), size, "street-\(size)-en")
    }

    @Test func `the smallest screen looks as in its golden file`() throws {
        try compare(Fixtures.state(children: 20), "60x20", "traffic-60x20-en")
    }

    @Test(arguments: Language.allCases)
    func `an absent hub looks as in its golden file`(lang: Language) throws {
        var s = try Fixtures.state(lang)
        let later = Fixtures.now + 131_000
        s.apply(.failed(Fixtures.away, at: later, retryAt: later + 4000))
        try compare(s, "100x24", "offline-100x24-\(lang.rawValue)")
    }

    @Test(arguments: Language.allCases)
    func `help looks as in its golden file`(lang: Language) throws {
        var s = try Fixtures.state(lang)
        s.apply(.key(.help))
        try compare(s, "80x24", "help-80x24-\(lang.rawValue)")
    }

    @Test func `ASCII drawing uses nothing else`() throws {
        var s = try Fixtures.state()
        s.glyphs = .ascii
        for help in [false, true] {
            s.showsHelp = help
            let text = Frame.render(state: s, size: Size(columns: 120, rows: 40))
            #expect(text.unicodeScalars.filter { $0.value > 126 }.allSatisfy { "中文".unicodeScalars.contains($0) })
        }
    }

    @Test(arguments: Language.allCases)
    func `a level that stands shows who answers and the first step, and how sure it is`(lang: Language) throws {
        var s = try Fixtures.state(lang, theme: "emergency", children: 0)
        let key = try #require(s.key)
        var b = Fixtures.board(theme: "emergency", children: 0)
        b.place.cells[0].certainty = .likely
        b.place.cells[0].advice = .init(
            department: ["zh": "水务局", "en": "Water Authority"], steps: [["zh": "封闭隧道", "en": "Close the underpass"]])
        b.place.cells[1].value = nil
        b.place.cells[1].severity = .normal
        s.apply(.board(key, b, at: Fixtures.now))
        let text = Frame.render(state: s, size: Size(columns: 120, rows: 40))
        #expect(text.contains(lang == .zh ? "水务局 · 1. 封闭隧道" : "Water Authority · 1. Close the underpass"), "\(text)")
        #expect(text.contains(lang == .zh ? "很可能" : "likely"))
    }

    @Test func `a small terminal is told what is needed`() throws {
        let text = Frame.render(state: try Fixtures.state(), size: Size(columns: 59, rows: 20))
        #expect(text.contains("Terminal too small") && text.contains("60x20") && text.contains("LIVE"))
    }

    @Test func `connection, lag and watermark are on every screen`() throws {
        for (w, h) in [(60, 20), (80, 24), (120, 40), (200, 60)] {
            var s = try Fixtures.state()
            for help in [false, true] {
                s.showsHelp = help
                let text = Frame.render(state: s, size: Size(columns: w, rows: h))
                #expect(
                    text.contains(" LIVE ") && text.contains("Lag 1234") && text.contains("Watermark 16:24:12 (-1m00s)")
                )
            }
        }
    }

    @Test func `a district is shown as bad as its worst street, with how many there are`() throws {
        var s = try Fixtures.state()
        var b = Fixtures.board()
        b.children = b.children.map { r in
            var r = r
            r.severity = .normal
            return r
        }
        b.children[4].below = .init(severity: .red, count: 2, place: "440106004000", name: "五山街道", nameEn: "Wushan")
        let key = try #require(s.key)
        s.apply(.board(key, b, at: Fixtures.now))
        let lines = Frame.render(state: s, size: Size(columns: 120, rows: 40)).split(separator: "\n")
        let row = try #require(lines.first { $0.contains(b.children[4].nameEn) && $0.contains("■2") })
        #expect(row.contains("■R"))
        #expect(lines.prefix(4).contains { $0.contains("■R \(b.children[4].nameEn)") })
        #expect(lines.contains { $0.contains("Below") })
        #expect(!Frame.render(state: try Fixtures.state(), size: Size(columns: 120, rows: 40)).contains("Below"))
    }

    @Test func `nothing that is unknown is green`() throws {
        var s = try Fixtures.state()
        var b = Fixtures.board()
        b.children = b.children.map { r in
            var r = r
            r.severity = .unknown
            // A value may be there all the same.
            r.cells = r.cells.map { c in
                var c = c
                c.severity = .unknown
                return c
            }
            return r
        }
        b.place.severity = .unknown
        b.place.cells = b.children[0].cells
        let key = try #require(s.key)
        s.apply(.board(key, b, at: Fixtures.now))
        for size in [Size(columns: 60, rows: 20), Size(columns: 120, rows: 40)] {
            let c = Frame.canvas(s, size: size)
            for y in 1..<c.height {
                #expect(!c.row(y).contains { $0.style.ink == .normal }, "row \(y)")
            }
            #expect(!c.text.contains("All normal") && c.text.contains("○?"))
        }
    }

    @Test(arguments: [Standing.offline, .stale, .noFeed])
    func `old values are grey and never called live`(standing: Standing) throws {
        var s = try Fixtures.state()
        let later = Fixtures.now + 60_000
        switch standing {
        case .offline: s.apply(.failed(Fixtures.away, at: later, retryAt: nil))
        case .stale: s.apply(.health(Fixtures.health(at: later), at: later))
        default: s.apply(.health(Fixtures.health(broker: .down), at: Fixtures.now))
        }
        #expect(s.standing == standing)
        let c = Frame.canvas(s, size: Size(columns: 120, rows: 40))
        #expect(!c.text.contains("LIVE"))
        #expect(
            c.text.contains(["OFFLINE", "STALE", "NO FEED"][standing == .offline ? 0 : standing == .stale ? 1 : 2]))
        #expect(c.text.contains("values below are old"))
        let levels: Set<Ink> = [.normal, .blue, .yellow, .orange, .red]
        for y in 3..<c.height {
            #expect(!c.row(y).contains { levels.contains($0.style.ink) }, "row \(y)")
        }
    }

    @Test func `a clock far behind the wall clock is called behind, not live`() throws {
        var s = try Fixtures.state()
        let key = try #require(s.key)
        var b = Fixtures.board()
        b.clock = Fixtures.now - 16 * 60_000
        var h = Fixtures.health()
        h.themes = h.themes.map { .init(theme: $0.theme, clock: b.clock) }
        s.apply(.health(h, at: Fixtures.now))
        s.apply(.board(key, b, at: Fixtures.now))
        #expect(s.standing == .behind)
        let text = Frame.render(state: s, size: Size(columns: 120, rows: 40))
        #expect(!text.contains("LIVE") && text.contains("BEHIND") && text.contains("behind the present by 16m"))
    }

    @Test func `all normal is said only when nothing is unknown`() throws {
        var s = try Fixtures.state()
        let key = try #require(s.key)
        var b = Fixtures.board()
        b.place.severity = .normal
        b.children = [Fixtures.row(0, theme: "traffic"), Fixtures.row(6, theme: "traffic")]
        s.apply(.board(key, b, at: Fixtures.now))
        #expect(Frame.render(state: s, size: Size(columns: 100, rows: 30)).contains("All normal"))
        b.children.append(Fixtures.row(4, theme: "traffic"))
        s.apply(.board(key, b, at: Fixtures.now))
        let text = Frame.render(state: s, size: Size(columns: 100, rows: 30))
        #expect(!text.contains("All normal") && text.contains("1 unknown"))
    }

    @Test func `provisional values are dim and marked, revised ones marked`() throws {
        let c = Frame.canvas(try Fixtures.state(), size: Size(columns: 120, rows: 40))
        let marks = c.cells.filter { $0.text == "~" }
        #expect(!marks.isEmpty && marks.allSatisfy { $0.style.dim })
        #expect(c.cells.contains { $0.text == "+" })
    }

    @Test func `a bad measure is told by a shape, so that colour is not needed`() throws {
        let text = Frame.render(state: try Fixtures.state(), size: Size(columns: 120, rows: 40))
        #expect(text.contains("■49.4") && text.contains("◆45.6+") && text.contains("▲38.0+"))
    }

    @Test func `names from the hub cannot speak to the terminal`() throws {
        var s = try Fixtures.state()
        let key = try #require(s.key)
        var b = Fixtures.board()
        b.children[0].nameEn = "\u{1B}]0;owned\u{7}\u{1B}[2J"
        b.place.nameEn = "\u{9B}31mX\r\n"
        b.measures[0].title = ["en": "\u{1B}c\u{202E}"]
        s.apply(.board(key, b, at: Fixtures.now))
        s.apply(.failed(HubFailure(code: .refused, what: "\u{1B}[31m"), at: Fixtures.now, retryAt: nil))
        let text = Frame.render(state: s, size: Size(columns: 120, rows: 40))
        let bad = text.unicodeScalars.filter {
            $0 != "\n" && $0.properties.generalCategory == .control || $0 == "\u{202E}"
        }
        #expect(bad.isEmpty)
    }

    @Test func `every row is exactly as wide as the terminal at any size, with any text and number`() throws {
        var rng = Seeded(state: 42)
        let pool = Array("ab 天河区广🚗é한●■\u{301}\u{1B}\u{202E}\u{200D}🇨🇳👍🏽".unicodeScalars)
        func text() -> String {
            var s = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...40, using: &rng) { s.append(pool.randomElement(using: &rng) ?? "x") }
            return String(s)
        }
        let numbers: [Double] = [
            0, -1, 1e12, -1e-9, .nan, .infinity, 123_456.789, .greatestFiniteMagnitude, -Double.greatestFiniteMagnitude,
        ]
        let times: [Int64] = [.min, .max, 0, Fixtures.now.ms, Fixtures.now.ms - 86_400_000 * 400]
        for _ in 0..<150 {
            var s = try Fixtures.state(Bool.random(using: &rng) ? .zh : .en)
            var b = Fixtures.board(children: Int.random(in: 0...40, using: &rng))
            b.clock = EventTime(ms: times.randomElement(using: &rng) ?? 0)
            b.children = b.children.map { r in
                var r = r
                r.name = text()
                r.nameEn = text()
                r.cells = r.cells.map { c in
                    var c = c
                    c.value = numbers.randomElement(using: &rng)
                    c.values = [text(): 1, "p15": numbers.randomElement(using: &rng) ?? 0]
                    c.unit = text()
                    c.window = text()
                    c.end = EventTime(ms: times.randomElement(using: &rng) ?? 0)
                    c.trend = (0..<Int.random(in: 0...90, using: &rng)).map { _ in numbers.randomElement(using: &rng) }
                    c.expected = Int.random(in: -1...5, using: &rng)
                    c.reporting = [.max, .min, 3, 0].randomElement(using: &rng) ?? 0
                    c.count = .max
                    c.late = .max
                    return c
                }
                return r
            }
            b.place.name = text()
            let key = try #require(s.key)
            s.apply(.board(key, b, at: Fixtures.now))
            if Bool.random(using: &rng) { s.apply(.key(.bottom)) }
            if Int.random(in: 0...4, using: &rng) == 0 { s.apply(.key(.help)) }
            let size = Size(columns: Int.random(in: 1...160, using: &rng), rows: Int.random(in: 1...60, using: &rng))
            let c = Frame.canvas(s, size: size)
            #expect(c.width == size.columns && c.height == size.rows)
            expectWhole(c)
        }
    }

    @Test(arguments: [Language.zh, .en])
    func `stuck, disagreeing and silent sensors of a street are named, and its quality is told`(_ lang: Language) throws {
        var s = try Fixtures.state(lang, theme: "emergency")
        var b = Fixtures.board(theme: "emergency", children: 0)
        b.place.level = .street
        b.place.cells[0].quality = 0.551
        b.place.cells[0].flagged = 2
        b.place.cells[0].findings = SensorFindings(
            silent: ["w-3", "w-4", "w-5", "w-6"], flags: [.init(sensor: "w-1", flag: .stuck, weight: 0.1)],
            agreements: [
                .init(
                    group: "water", quantity: "water_level", status: .disagree, tolerance: 0.1,
                    members: [
                        .init(sensor: "w-1", kind: "water_level", value: 0.02),
                        .init(sensor: "w-2", kind: "water_level", value: 0.4),
                    ], off: ["w-1"])
            ])
        let key = try #require(s.key)
        s.apply(.board(key, b, at: Fixtures.now))
        try compare(s, "120x40", "findings-120x40-\(lang.rawValue)")
    }

    @Test func `a value is called what its field calls it, also where two grades have one severity`() throws {
        for (value, zh, en) in [(50.0, "优", "Excellent"), (51, "良", "Good"), (500, "良", "Good")] {
            for (lang, word) in [(Language.zh, zh), (.en, en)] {
                var s = try Fixtures.state(lang, theme: "ecology")
                var b = Fixtures.board(theme: "ecology")
                b.place.cells[0].value = value
                b.place.cells[0].severity = .normal
                s.apply(.board(try #require(s.key), b, at: Fixtures.now))
                let tile = Frame.render(state: s, size: Size(columns: 120, rows: 40)).split(separator: "\n")
                    .first { $0.contains(" \(Int(value))") }
                #expect(tile?.contains(word) == true, "\(tile ?? "no tile")")
            }
        }
    }

    @Test func `the selected row is on the screen wherever it is`() throws {
        var s = try Fixtures.state(children: 40)
        for _ in 0..<40 {
            let text = Frame.render(state: s, size: Size(columns: 60, rows: 20))
            #expect(text.contains("▶"))
            s.apply(.key(.down))
        }
    }

    @Test func `sizes are read as columns and rows`() {
        #expect(Size("120x40") == Size(columns: 120, rows: 40))
        #expect(Size("80X24") == Size(columns: 80, rows: 24))
        for bad in ["", "x", "120", "0x5", "12x", "-3x4", "5000x10", "1x2x3"] { #expect(Size(bad) == nil) }
    }

    private func compare(_ state: ViewState, _ size: String, _ name: String) throws {
        let canvas = Frame.canvas(state, size: try #require(Size(size)))
        expectWhole(canvas)
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
        if ProcessInfo.processInfo.environment["KAPOK_REGOLD"] == "1" {
            try canvas.trimmedText.write(to: file, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(canvas.trimmedText == golden, "KAPOK_REGOLD=1 writes the golden files anew")
    }
}

import CityModel
import HubAPI

/// The three lines at the top: who and where, clocks and feed, and what is wrong.
extension Painter {
    var standingWord: (text: String, style: Style) {
        switch standing {
        case .live: (say(.live), Style(ink: .normal, bold: true, reverse: true))
        case .connecting: (say(.connecting), Style(ink: .unknown, bold: true, reverse: true))
        case .loading: (say(.loading), Style(ink: .unknown, bold: true, reverse: true))
        case .behind: (say(.behind), Style(ink: .yellow, bold: true, reverse: true))
        case .noFeed: (say(.noFeed), Style(ink: .orange, bold: true, reverse: true))
        case .stale: (say(.stale), Style(ink: .yellow, bold: true, reverse: true))
        case .offline: (say(.offline), Style(ink: .red, bold: true, reverse: true))
        }
    }

    mutating func drawTitle() {
        var x = 1
        let brand = width >= 80 && glyphs == .unicode ? "KAPOK 木棉" : "KAPOK"
        x += put(brand, x: x, y: 0, style: Style(ink: .accent, bold: true)) + 1
        let badge = standingWord
        x += put(" \(badge.text) ", x: x, y: 0, style: badge.style) + 1

        var tabs = state.screen.themes.enumerated().map { (i: $0, text: " \($0 + 1) \(say($1.title)) ") }
        // The breadcrumb keeps room; where all tabs do not leave it, only the active one is shown.
        if tabs.reduce(x + 20, { $0 + CellWidth.of($1.text) }) > width {
            tabs = tabs.filter { $0.i == state.themeIndex }
        }
        let tabsWidth = min(tabs.reduce(0) { $0 + CellWidth.of($1.text) }, width / 2)
        var t = width - 1 - tabsWidth
        put(crumbs(width: t - x - 1), x: x, y: 0, limit: t - x - 1, style: .heading)
        for tab in tabs {
            let active = tab.i == state.themeIndex
            let style = active ? Style(ink: .accent, bold: true, reverse: true) : .plain
            t += put(tab.text, x: t, y: 0, limit: width - t, style: style)
        }
    }

    /// The way from the city; the last part alone where the whole does not fit.
    private func crumbs(width: Int) -> String {
        let all = state.path.map { say($0.name) }
        let whole = all.joined(separator: glyphs.crumb)
        return CellWidth.of(whole) <= width ? whole : glyphs.ellipsis + glyphs.crumb + (all.last ?? "")
    }

    mutating func drawStatus() {
        let plain: Style = state.link.isLive ? .plain : .dimmed
        let strong = plain.with(bold: state.link.isLive)
        let h = state.health?.value
        let lags = h?.partitions.map(\.lag) ?? []
        let lag = lags.compactMap { $0 }.reduce(Int64(0)) { $0 &+ max(0, $1) }
        let lagText =
            h == nil || lags.allSatisfy { $0 == nil } && !lags.isEmpty
            ? "?" : (lags.contains { $0 == nil } ? ">=" : "") + Format.compact(lag)
        let late = h?.partitions.reduce(Int64(0)) { $0 &+ $1.late }
        let dead = h?.deadLetters.values.reduce(Int64(0)) { $0 &+ $1 }
        let unknown = "?"
        let clock = state.clock.map {
            Format.moment($0, now: state.now) + " (-" + Format.age(Format.span(state.now, $0)) + ")"
        }
        let broker: Piece
        switch state.link.isLive ? h?.broker.state : nil {
        case .up: broker = Piece("\(say(.broker)) \(say(.up))", plain, priority: 3)
        case .down:
            broker = Piece(
                "\(say(.broker)) \(say(.down))", plain == .plain ? Style(ink: .red, bold: true) : plain, priority: 2)
        case .connecting: broker = Piece("\(say(.broker)) \(say(.connectingBroker))", plain, priority: 2)
        case nil: broker = Piece("\(say(.broker)) ?", plain, priority: 3)
        }
        putLine(
            [
                Piece(state.now.clock(), .heading),
                Piece("UTC+8", .dimmed, priority: 4),
                Piece("\(say(.watermark)) \(clock ?? unknown)", strong),
                Piece("\(say(.lag)) \(lagText)", strong),
                broker,
                Piece(
                    "\(say(.rate)) \(state.eventsPerSecond.map { Format.compact($0) } ?? unknown)", plain, priority: 5),
                Piece("\(say(.late)) \(late.map { Format.compact($0) } ?? unknown)", plain, priority: 6),
                Piece("\(say(.dead)) \(dead.map { Format.compact($0) } ?? unknown)", plain, priority: 7),
            ], x: 1, y: 1)
    }

    /// One line for the first three seconds: what is wrong, where, since when, how sure.
    mutating func drawVerdict() {
        let y = 2
        switch standing {
        case .offline: alarm(offlinePieces, y, .red)
        case .noFeed:
            let b = state.health?.value.broker
            alarm(
                [
                    Piece("\(say(.broker)) \(say(b?.state == .connecting ? .connectingBroker : .down))"),
                    Piece(
                        b.map { "\(say(.sinceOffline)) \(Format.moment($0.since, now: state.now))" } ?? "",
                        priority: 2),
                    Piece(state.clock.map { oldness(since: $0) } ?? "", priority: 2),
                    Piece(b?.error ?? "", priority: 3),
                ], y, .orange)
        case .behind:
            let by = state.clock.map { Format.age(Format.span(state.now, $0)) } ?? ""
            alarm([Piece("\(say(.dataBehind)) \(by)"), Piece(state.trouble.map(say) ?? "", priority: 2)], y, .yellow)
        case .stale: alarm([Piece(oldness), Piece(state.trouble.map(say) ?? "", priority: 2)], y, .yellow)
        case .connecting, .loading:
            let n = (state.trouble ?? state.notice).map(say)
            put(n ?? say(.waiting), x: 1, y: y, style: n == nil ? .dimmed : .heading)
        case .live:
            if let n = state.trouble ?? state.notice {
                put(say(n), x: 1, y: y, limit: width - 2, style: Style(ink: .accent, bold: true))
            } else {
                putLine(verdict(width: width - 2), x: 1, y: y)
            }
        }
    }

    private mutating func alarm(_ pieces: [Piece], _ y: Int, _ ink: Ink) {
        let style = Style(ink: ink, bold: true, reverse: true)
        canvas.fill(y: y, style: style)
        putLine(pieces, x: 1, y: y, gap: glyphs.dot)
        canvas.restyle(x: 0...(width - 1), y: y) { $0 = style }
    }

    private var oldness: String { state.board.map { oldness(since: $0.at) } ?? "" }

    private func oldness(since t: EventTime) -> String {
        "\(say(.oldValues)): \(Format.age(Format.span(state.now, t)))"
    }

    private var offlinePieces: [Piece] {
        guard case .offline(let since, let reached, let reason, let retryAt) = state.link else { return [] }
        let away = "\(Format.moment(since, now: state.now)) (\(Format.age(state.now - since)))"
        var retry = ""
        if let r = retryAt, r > state.now {
            let s = Format.age(r - state.now)
            retry = state.lang == .zh ? "\(s) \(say(.retryIn))" : "\(say(.retryIn)) \(s)"
        }
        return [
            Piece("\(say(.offline)) \(say(.sinceOffline)) \(away)"),
            Piece(reached ? oldness : say(.never), priority: 2), Piece(retry, priority: 3), Piece(reason, priority: 4),
        ]
    }

    /// The worst places with as many names as fit, how many there are besides, and how much is not known.
    private func verdict(width: Int) -> [Piece] {
        guard let board = state.board?.value else { return [Piece(say(.waiting), .dimmed)] }
        let bad = rows.filter { $0.worst > .normal }.enumerated().sorted {
            ($0.element.worst, $1.offset) > ($1.element.worst, $0.offset)
        }.map(\.element)
        var tail: [Piece] = []
        let unknown = rows.filter { $0.worst == .unknown }.count
        if unknown > 0 {
            tail.append(Piece("\(glyphs.level(.unknown)) \(unknown) \(say(.unknownPlaces))", style(.unknown)))
        }
        if bad.isEmpty, unknown == 0 {
            let r = board.place
            let words = r.severity == .normal ? say(.allNormal) : "\(name(r)) \(say(Words.severity(r.severity)))"
            tail.append(Piece("\(glyphs.level(r.severity)) \(words)", style(r.severity)))
        }
        if let c = coverage(board.place) { tail.append(Piece("\(say(.coverage)) \(percent(c))", priority: 3)) }
        for n in stride(from: min(bad.count, 6), through: 1, by: -1) {
            var out = bad.prefix(n).map {
                Piece("\(glyphs.level($0.worst)) \(name($0)) \(since($0))", style($0.worst, bold: true))
            }
            if bad.count > n { out.append(Piece("+\(bad.count - n)", .heading)) }
            out += tail
            if n == 1 || out.reduce(-2, { $0 + CellWidth.of($1.text) + 2 }) <= width { return out }
        }
        return tail
    }

    func name(_ r: Board.Row) -> String { state.lang == .zh || r.nameEn.isEmpty ? r.name : r.nameEn }

    /// `16:05` where the change was seen, `<16:05` where it was so already at the first look; empty where all has
    /// been well since then.
    func since(_ r: Board.Row) -> String {
        guard let theme = state.theme?.name, let l = state.levels[.init(theme: theme, place: r.place)] else {
            return ""
        }
        if l.severity == .normal, !l.seenToChange { return "" }
        return (l.seenToChange ? "" : "<") + Format.moment(l.since, now: state.now, seconds: false)
    }

    /// The worst-covered cell among a row's: how sure the row is at least. Nil where no sensor is expected.
    func coverage(_ r: Board.Row) -> (reporting: Int, expected: Int)? {
        r.cells.filter { $0.expected > 0 }.map { (reporting: $0.reporting, expected: $0.expected) }
            .min { Double($0.reporting) / Double($0.expected) < Double($1.reporting) / Double($1.expected) }
    }

    /// Rounded down, so that 100% is said only of all.
    func percent(_ c: (reporting: Int, expected: Int)) -> String {
        guard c.expected > 0 else { return "?" }
        return "\(Int((Double(c.reporting) / Double(c.expected) * 100).clamped(0, 999)))%"
    }
}

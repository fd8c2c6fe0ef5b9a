import CityModel
import HubAPI

/// What an operator pressed, freed of any terminal's codes.
enum Key: Sendable, Hashable {
    case up, down, top, bottom, pageUp, pageDown, enter, back, help, quit, sort, language, nextTheme
    /// Any key without a meaning of its own; it closes the help.
    case other
    case theme(Int)
}

/// Something that happened.
enum Event: Sendable {
    case key(Key)
    case tick(EventTime)
    case city(code: String, name: Words)
    /// The themes that the hub serves, by name and title.
    case themes([(name: String, title: Words)])
    case board(BoardKey, Board, at: EventTime)
    case health(Health, at: EventTime)
    case failed(HubFailure, at: EventTime, retryAt: EventTime?)
}

/// What the shell has to do after an event.
enum Effect: Sendable, Equatable {
    case none, quit
    /// Another board is wanted at once.
    case fetch
}

extension ViewState {
    private static let noticeMs: Int64 = 4000

    @discardableResult
    mutating func apply(_ event: Event) -> Effect {
        switch event {
        case .key(let k): return press(k)
        case .tick(let t):
            now = max(now, t)
            noticeSilence()
            if now - noticeAt > Self.noticeMs { notice = nil }
        case .city(let code, let name):
            contact(now)
            guard path.isEmpty else { return .none }
            path = [Crumb(code: code, name: name)]
            return .fetch
        case .themes(let list):
            contact(now)
            for t in list where !screen.themes.contains(where: { $0.name == t.name }) {
                screen.themes.append(ThemeView(name: t.name, title: t.title))
            }
        case .board(let key, let board, let at):
            contact(at)
            guard board.place.place == key.place, board.theme == key.theme else {
                trouble = .otherBoard
                return .none
            }
            boards[key] = Received(value: board, at: at)
            noteLevels(board, theme: key.theme, at: at)
            trouble = nil
        case .health(let h, let at):
            contact(at)
            noteRate(h)
            health = Received(value: h, at: at)
        case .failed(let f, let at, let retryAt):
            now = max(now, at)
            if f.isAway {
                goOffline(f.what, retryAt: retryAt)
            } else {
                contact(at)
                trouble = Words(f.what, f.what)
            }
        }
        return .none
    }

    private mutating func contact(_ at: EventTime) {
        now = max(now, at)
        lastContact = at
        if !link.isLive { link = .live(since: at) }
    }

    private mutating func goOffline(_ reason: String, retryAt: EventTime?) {
        link = .offline(
            since: lastContact ?? startedAt, reached: lastContact != nil, reason: reason, retryAt: retryAt)
        eventsPerSecond = nil
    }

    /// A poller that hangs must not leave LIVE on the screen.
    private mutating func noticeSilence() {
        guard link.isLive, let last = lastContact, now - last > staleAfterMs else { return }
        goOffline("no answer", retryAt: nil)
    }

    private mutating func noteRate(_ h: Health) {
        guard let old = health?.value, h.at > old.at else { return }
        let read: (Health) -> Int64 = { $0.partitions.reduce(0) { $0 &+ ($1.nextOffset &- $1.firstOffset) } }
        let n = read(h) &- read(old)
        eventsPerSecond = n >= 0 ? Double(n) * 1000 / Double(Format.span(h.at, old.at)) : nil
    }

    private mutating func noteLevels(_ board: Board, theme: String, at: EventTime) {
        for row in [board.place] + board.children {
            let key = LevelKey(theme: theme, place: row.place)
            let old = levels[key]
            guard old?.severity != row.worst else { continue }
            levels[key] = Level(severity: row.worst, since: board.clock ?? at, seenToChange: old != nil)
        }
    }

    private mutating func press(_ key: Key) -> Effect {
        if key == .quit { return .quit }
        if showsHelp {
            showsHelp = false
            return .none
        }
        notice = nil
        switch key {
        case .up: select(selectedIndex - 1)
        case .down: select(selectedIndex + 1)
        case .top: select(0)
        case .bottom: select(.max)
        case .pageUp: select(selectedIndex - max(1, pageRows - 1))
        case .pageDown: select(selectedIndex + max(1, pageRows - 1))
        case .enter: return drill()
        case .back:
            guard path.count > 1 else { return .none }
            path.removeLast()
            return .fetch
        case .theme(let n): return switchTheme(n - 1)
        case .nextTheme: return switchTheme(screen.themes.isEmpty ? 0 : (themeIndex + 1) % screen.themes.count)
        case .sort: sortWorstFirst = !worstFirst
        case .language: lang = lang == .zh ? .en : .zh
        case .help: showsHelp = true
        case .quit, .other: break
        }
        return .none
    }

    private mutating func select(_ index: Int) {
        let r = rows
        guard let place = path.last?.code, !r.isEmpty else { return }
        selections[place] = r[min(max(index, 0), r.count - 1)].place
    }

    private mutating func drill() -> Effect {
        guard let place = path.last?.code, let board = board?.value else { return .none }
        guard let row = selectedRow else {
            if board.place.level == .street {
                notice = .lowest
                noticeAt = now
            }
            return .none
        }
        selections[place] = row.place
        path.append(Crumb(code: row.place, name: Words(row.name, row.nameEn)))
        return .fetch
    }

    private mutating func switchTheme(_ index: Int) -> Effect {
        guard screen.themes.indices.contains(index), index != themeIndex else { return .none }
        themeIndex = index
        return .fetch
    }
}

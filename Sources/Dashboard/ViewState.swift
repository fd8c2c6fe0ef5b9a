import CityModel
import HubAPI

/// Which board a screen wants.
struct BoardKey: Sendable, Hashable {
    var place: String
    var theme: String
}

/// Something from the hub and the wall-clock time at which it came.
struct Received<Value: Sendable>: Sendable {
    var value: Value
    var at: EventTime
}

/// Whether the hub answers.
enum Link: Sendable, Equatable {
    case connecting
    case live(since: EventTime)
    /// `since`: the last time the hub answered, or the start where it never has.
    case offline(since: EventTime, reached: Bool, reason: String, retryAt: EventTime?)

    var isLive: Bool { if case .live = self { true } else { false } }
}

/// What an operator is told about the whole picture, in one word.
enum Standing: Sendable, Equatable {
    /// Not yet an answer; the hub answers but this board is not here yet; all is the present; the theme's clock is far
    /// behind the wall clock, as while the hub catches up; the hub's broker is away; the hub answers but this board is
    /// old; the hub is away.
    case connecting, loading, live, behind, noFeed, stale, offline
}

/// Everything that a frame is made of. A value: changed only by `apply`, drawn only by `Frame`.
struct ViewState: Sendable {
    struct Crumb: Sendable, Hashable {
        var code: String
        var name: Words
    }
    /// Since when a row has been at its severity. `seenToChange` is false where it was so at the first look.
    struct Level: Sendable, Equatable {
        var severity: Severity
        var since: EventTime
        var seenToChange: Bool
    }
    struct LevelKey: Sendable, Hashable {
        var theme: String
        var place: String
    }

    var lang: Language
    var glyphs: Glyphs
    var screen: DashboardDef
    var themeIndex = 0
    /// From the city down to the place whose children the table lists; empty until the places are known.
    var path: [Crumb] = []
    /// The selected child's code, by place, so that coming back finds it again.
    var selections: [String: String] = [:]
    var sortWorstFirst: Bool?
    var showsHelp = false
    /// A word to the operator after a key; it goes by itself.
    var notice: Words?
    var noticeAt: EventTime
    /// What is wrong with the hub's answers, until a board comes.
    var trouble: Words?

    var now: EventTime
    var startedAt: EventTime
    var link = Link.connecting
    var lastContact: EventTime?
    var boards: [BoardKey: Received<Board>] = [:]
    var health: Received<Health>?
    var eventsPerSecond: Double?
    var levels: [LevelKey: Level] = [:]
    /// Rows of the table on the newest frame, for paging.
    var pageRows = 10
    /// Without an answer for so long, what is shown is old.
    var staleAfterMs: Int64 = 3000

    init(screen: DashboardDef, lang: Language, now: EventTime, glyphs: Glyphs = .unicode) {
        self.screen = screen
        self.lang = lang
        self.now = now
        startedAt = now
        noticeAt = now
        self.glyphs = glyphs
    }

    var theme: ThemeView? { screen.themes.indices.contains(themeIndex) ? screen.themes[themeIndex] : nil }

    var key: BoardKey? {
        guard let place = path.last?.code, let theme = theme?.name else { return nil }
        return BoardKey(place: place, theme: theme)
    }

    var board: Received<Board>? { key.flatMap { boards[$0] } }

    /// Whether the current board may be shown as the present.
    var isFresh: Bool {
        guard link.isLive, let b = board else { return false }
        return now - b.at <= staleAfterMs
    }

    /// A theme's clock further than this behind the wall clock is not the present. Many times what sensors and windows
    /// need.
    static let behindAfterMs: Int64 = 180_000

    private var isBehind: Bool { clock.map { Format.span(now, $0) > Self.behindAfterMs } ?? false }

    var standing: Standing {
        switch link {
        case .connecting: .connecting
        case .offline: .offline
        case .live:
            if let h = health?.value, h.broker.state != .up {
                .noFeed
            } else if board == nil {
                .loading
            } else {
                !isFresh ? .stale : isBehind ? .behind : .live
            }
        }
    }

    /// The theme's clock, from the newer of board and health.
    var clock: EventTime? {
        let fromHealth = health?.value.themes.first { $0.theme == theme?.name }?.clock
        return [board?.value.clock, fromHealth].compactMap { $0 }.max()
    }

    var worstFirst: Bool { sortWorstFirst ?? theme?.worstFirst ?? false }

    /// The table's rows in their order.
    var rows: [Board.Row] {
        let all = board?.value.children ?? []
        guard worstFirst else { return all }
        // Unknown stands above normal: silence wants a look before health does.
        let rank: (Severity) -> Int = { $0 == .unknown ? 1 : $0 == .normal ? 0 : $0.rank }
        return all.enumerated().sorted {
            let (a, b) = (rank($0.element.worst), rank($1.element.worst))
            return a != b ? a > b : $0.offset < $1.offset
        }.map(\.element)
    }

    /// Position of the selected row; the first where nothing is selected or the selected one is gone.
    var selectedIndex: Int {
        guard let place = path.last?.code, let code = selections[place] else { return 0 }
        return rows.firstIndex { $0.place == code } ?? 0
    }

    var selectedRow: Board.Row? {
        let r = rows
        return r.indices.contains(selectedIndex) ? r[selectedIndex] : nil
    }
}

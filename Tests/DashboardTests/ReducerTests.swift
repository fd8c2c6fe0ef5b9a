import CityModel
import HubAPI
import Testing

@testable import Dashboard

@Suite struct ReducerTests {
    @Test func `Enter goes down to the selected district and Esc comes back to it`() throws {
        var s = try Fixtures.state()
        s.apply(.key(.down))
        s.apply(.key(.down))
        #expect(s.apply(.key(.enter)) == .fetch)
        #expect(s.path.map(\.code) == ["440100000000", "440105000000"])
        #expect(s.key == BoardKey(place: "440105000000", theme: "traffic"))
        #expect(s.apply(.key(.back)) == .fetch)
        #expect(s.path.count == 1)
        #expect(s.selectedRow?.place == "440105000000")
    }

    @Test func `Esc at the city stays there`() throws {
        var s = try Fixtures.state()
        #expect(s.apply(.key(.back)) == .none)
        #expect(s.path.count == 1)
    }

    @Test func `a street opens, is the lowest level, and says so for a while`() throws {
        var s = try Fixtures.state()
        #expect(s.apply(.key(.enter)) == .fetch)
        let key = try #require(s.key)
        var b = Fixtures.board(children: 0, place: key.place)
        b.place.level = .street
        s.apply(.board(key, b, at: Fixtures.now))
        #expect(s.apply(.key(.enter)) == .none)
        #expect(s.path.count == 2)
        #expect(s.notice == .lowest)
        s.apply(.board(key, b, at: Fixtures.now + 1000))
        #expect(s.notice == .lowest)
        s.apply(.tick(Fixtures.now + 5000))
        #expect(s.notice == nil)
    }

    @Test func `digits choose themes and an absent one changes nothing`() throws {
        var s = try Fixtures.state()
        #expect(s.apply(.key(.theme(2))) == .fetch)
        #expect(s.theme?.name == "emergency")
        #expect(s.apply(.key(.theme(9))) == .none)
        #expect(s.apply(.key(.theme(1))) == .fetch)
        #expect(s.theme?.name == "traffic")
        #expect(s.apply(.key(.nextTheme)) == .fetch)
        #expect(s.theme?.name == "emergency")
    }

    @Test func `the selection stops at both ends`() throws {
        var s = try Fixtures.state()
        s.apply(.key(.up))
        #expect(s.selectedIndex == 0)
        s.apply(.key(.bottom))
        #expect(s.selectedIndex == 6)
        s.apply(.key(.down))
        #expect(s.selectedIndex == 6)
        s.apply(.key(.top))
        #expect(s.selectedIndex == 0)
        s.pageRows = 4
        s.apply(.key(.pageDown))
        #expect(s.selectedIndex == 3)
        s.apply(.key(.pageUp))
        #expect(s.selectedIndex == 0)
    }

    @Test func `a refresh keeps the selected place and not its line`() throws {
        var s = try Fixtures.state()
        let key = try #require(s.key)
        s.apply(.key(.down))
        let chosen = try #require(s.selectedRow?.place)
        var b = Fixtures.board()
        b.children.reverse()
        s.apply(.board(key, b, at: Fixtures.now))
        #expect(s.selectedRow?.place == chosen)
        #expect(s.selectedIndex == 5)
        b.children.removeAll { $0.place == chosen }
        s.apply(.board(key, b, at: Fixtures.now))
        #expect(s.selectedIndex == 0)
        b.children = []
        s.apply(.board(key, b, at: Fixtures.now))
        #expect(s.selectedRow == nil)
        s.apply(.key(.bottom))
        #expect(s.apply(.key(.enter)) == .none)
    }

    @Test func `worst first puts red on top and unknown above normal`() throws {
        var s = try Fixtures.state()
        s.apply(.key(.sort))
        #expect(s.rows.map(\.severity) == [.red, .orange, .yellow, .blue, .unknown, .normal, .normal])
    }

    @Test func `help opens, any key closes it and has no other effect`() throws {
        var s = try Fixtures.state()
        s.apply(.key(.help))
        s.apply(.key(.other))
        #expect(!s.showsHelp)
        s.apply(.key(.help))
        #expect(s.showsHelp)
        s.apply(.key(.down))
        #expect(!s.showsHelp && s.selectedIndex == 0)
        #expect(s.apply(.key(.quit)) == .quit)
    }

    @Test func `a board that is not here yet is loading, not live`() throws {
        var s = try Fixtures.state()
        s.apply(.key(.enter))
        #expect(s.board == nil && s.standing == .loading)
        let fresh = ViewState(screen: try Fixtures.screen(), lang: .en, now: Fixtures.now)
        #expect(fresh.standing == .connecting)
    }

    @Test func `a hub whose broker is not up has no feed`() throws {
        var s = try Fixtures.state()
        for b in [Health.BrokerState.down, .connecting] {
            s.apply(.health(Fixtures.health(broker: b), at: Fixtures.now))
            #expect(s.standing == .noFeed)
        }
    }

    @Test func `a board that comes late for another place does not replace the current one`() throws {
        var s = try Fixtures.state()
        s.apply(.key(.enter))
        let key = try #require(s.key)
        s.apply(.board(BoardKey(place: "440100000000", theme: "traffic"), Fixtures.board(), at: Fixtures.now))
        #expect(s.board == nil)
        s.apply(.board(key, Fixtures.board(children: 2, place: key.place), at: Fixtures.now))
        #expect(s.rows.count == 2)
    }

    @Test func `a board of another place or theme is not shown as the one asked for`() throws {
        var s = try Fixtures.state()
        s.apply(.key(.enter))
        let key = try #require(s.key)
        s.apply(.board(key, Fixtures.board(), at: Fixtures.now))
        #expect(s.board == nil && s.trouble == .otherBoard)
        s.apply(.board(key, Fixtures.board(theme: "emergency", place: key.place), at: Fixtures.now))
        #expect(s.board == nil)
    }

    @Test func `the language changes at a key`() throws {
        var s = try Fixtures.state(.zh)
        s.apply(.key(.language))
        #expect(s.lang == .en)
    }

    @Test func `a lost hub is offline since it last answered, and live again at the next answer`() throws {
        var s = try Fixtures.state()
        let later = Fixtures.now + 4000
        s.apply(.failed(Fixtures.away, at: later, retryAt: later + 1000))
        #expect(
            s.link == .offline(since: Fixtures.now, reached: true, reason: "connection refused", retryAt: later + 1000))
        #expect(s.standing == .offline && !s.isFresh)
        s.apply(.health(Fixtures.health(at: later), at: later + 2000))
        #expect(s.link == .live(since: later + 2000))
        #expect(s.standing == .stale, "the board is still the old one")
    }

    @Test func `a poller that falls silent does not leave LIVE on the screen`() throws {
        var s = try Fixtures.state()
        s.apply(.tick(Fixtures.now + s.staleAfterMs))
        #expect(s.standing == .live)
        s.apply(.tick(Fixtures.now + s.staleAfterMs + 1))
        #expect(s.standing == .offline)
    }

    @Test func `an answer of no use is told but is not offline`() throws {
        var s = try Fixtures.state()
        s.apply(.failed(HubFailure(code: .refused, what: "the hub answers 404"), at: Fixtures.now, retryAt: nil))
        #expect(s.link.isLive)
        #expect(s.trouble?[.en] == "the hub answers 404")
        let key = try #require(s.key)
        s.apply(.board(key, Fixtures.board(), at: Fixtures.now))
        #expect(s.trouble == nil)
    }

    @Test func `since when a level holds is exact only where the change was seen`() throws {
        var s = try Fixtures.state()
        let key = try #require(s.key)
        let first = ViewState.LevelKey(theme: "traffic", place: "440103000000")
        #expect(s.levels[first]?.seenToChange == false)
        var b = Fixtures.board()
        b.clock = Fixtures.now + 60_000
        b.children[0].severity = .red
        s.apply(.board(key, b, at: Fixtures.now + 60_000))
        #expect(s.levels[first] == .init(severity: .red, since: Fixtures.now + 60_000, seenToChange: true))
        b.clock = Fixtures.now + 120_000
        s.apply(.board(key, b, at: Fixtures.now + 120_000))
        #expect(s.levels[first]?.since == Fixtures.now + 60_000)
    }

    @Test func `events a second come from two health reports`() throws {
        let s = try Fixtures.state()
        #expect(s.eventsPerSecond == 1500)
    }

    @Test func `themes that only the hub knows get a key of their own`() throws {
        var s = try Fixtures.state()
        s.apply(.themes([("traffic", Words("交通", "Traffic")), ("air", Words("空气", "Air"))]))
        #expect(s.screen.themes.map(\.name) == ["traffic", "emergency", "ecology", "rain", "air"])
        #expect(s.apply(.key(.theme(5))) == .fetch)
    }

    @Test func `terminal codes become keys`() {
        #expect(Terminal.key(106) == .down)
        #expect(Terminal.key(13) == .enter)
        #expect(Terminal.key(27) == .back)
        #expect(Terminal.key(50) == .theme(2))
        #expect(Terminal.key(0x5929) == nil)
        #expect(Terminal.key(.min) == nil)
        #expect(Terminal.key(.max) == nil)
    }
}

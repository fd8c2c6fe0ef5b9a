import Alerting
import CityModel
import Contracts
import Foundation
import HubAPI
import TestSupport
import Testing

@Suite struct LifecycleTests {
    static let street = TinyCity.streets[0]
    typealias F = AlertFixture

    static func rule(_ change: (inout RuleDef) -> Void) -> RuleDef {
        var r = F.rule
        change(&r)
        return r
    }

    // MARK: raising and clearing

    @Test func `a threshold is reached at the value itself, and cleared only beyond the clearing one`() throws {
        var f = try F()
        #expect(f.run(0, Self.street, [0.149]).transitions.isEmpty && f.engine.alerts.isEmpty)
        let opened = f.run(1, Self.street, [0.15])
        #expect(opened.kinds == [.opened] && opened.states == [.open])
        // 0.12 is not beyond 0.12; 0.13 is between: neither clears.
        #expect(f.run(2, Self.street, [0.12, 0.13, 0.12, 0.12]).transitions.isEmpty)
        let cleared = f.run(6, Self.street, [0.119])
        #expect(cleared.causes == [.cleared] && cleared.kinds.isEmpty)
        // Two minutes from the end of the first cleared window.
        #expect(f.run(7, Self.street, [0.1]).transitions.isEmpty)
        let ended = f.run(8, Self.street, [0.1])
        #expect(ended.causes == [.quiet] && ended.kinds == [.resolved])
        let alert = try #require(ended.notices.first?.alert)
        #expect(alert.id == opened.notices.first?.alert.id && alert.revision == 3 && alert.state == .resolved)
        #expect(
            alert.ended == EventTime(ms: F.start + 9 * F.minute) && alert.since == EventTime(ms: F.start + F.minute))
        #expect(f.engine.alerts.isEmpty)
    }

    @Test func `for is counted in event time from the end of the first window, and broken by one below`() throws {
        var f = try F([Self.rule { $0.forMs = 3 * F.minute }])
        #expect(f.run(0, Self.street, [0.2]).states == [.pending])
        #expect(f.run(1, Self.street, [0.2, 0.14]).causes == [.withdrawn])
        #expect(f.run(3, Self.street, [0.2]).causes == [.reached])
        #expect(f.run(4, Self.street, [0.2, 0.2]).transitions.isEmpty)
        let opened = f.run(6, Self.street, [0.2])
        #expect(opened.causes == [.held] && opened.kinds == [.opened])
        #expect(opened.notices[0].alert.since.ms == F.start + 3 * F.minute)
        #expect(opened.notices[0].alert.opened?.ms == F.start + 7 * F.minute)
    }

    @Test func `each severity is held and cleared for itself`() throws {
        var f = try F([Self.rule { $0.forMs = F.minute }])
        _ = f.run(0, Self.street, [0.2, 0.2])
        #expect(f.engine.alerts[0].severity == .yellow && f.engine.alerts[0].urgency == .expected)
        #expect(f.run(2, Self.street, [0.5]).transitions.isEmpty)
        let worse = f.run(3, Self.street, [0.5])
        #expect(worse.causes == [.worsened] && worse.kinds == [.raised])
        #expect(f.engine.alerts[0].severity == .red && f.engine.alerts[0].urgency == .immediate)
        // 0.25 is below red's 0.3, not below orange's 0.2.
        let eased = f.run(4, Self.street, [0.25, 0.25, 0.25])
        #expect(eased.causes == [.eased] && eased.kinds.isEmpty && f.engine.alerts[0].severity == .orange)
        #expect(f.engine.alerts[0].worst == .red)
    }

    @Test func `a measure that falls is judged the other way round`() throws {
        let slow = Self.rule {
            $0.direction = .below
            $0.levels = [.init(severity: .yellow, raise: 20, clear: 25)]
            $0.keepFiringMs = 0
        }
        var f = try F([slow])
        #expect(f.run(0, Self.street, [20.1]).kinds.isEmpty)
        #expect(f.run(1, Self.street, [20]).kinds == [.opened])
        #expect(f.run(2, Self.street, [25]).kinds.isEmpty)
        #expect(f.run(3, Self.street, [25.1]).kinds == [.resolved])
    }

    @Test func `the id comes from rule, place and first window alone`() throws {
        var (a, b) = (try F(), try F())
        let one = a.run(3, Self.street, [0.2]).notices[0].alert
        #expect(b.run(3, Self.street, [0.5]).notices[0].alert.id == one.id && one.id.count == 16)
        var c = try F()
        #expect(c.run(3, TinyCity.streets[1], [0.2]).notices[0].alert.id != one.id)
        #expect(a.run(4, Self.street, [0, 0, 0, 0, 0.2]).notices.map(\.alert.id)[1] != one.id)
    }

    // MARK: evidence

    @Test func `what is not corroborated neither raises nor clears`() throws {
        let r = Self.rule { $0.corroboration = .init(sensors: 2, coverage: 60, certainty: .likely) }
        var f = try F([r])
        func row(_ m: Int64, _ v: Double, _ reporting: Int, _ quality: Double?) -> Summary {
            F.row(m, Self.street, v, reporting: reporting, quality: quality)
        }
        #expect(f.step([row(0, 0.5, 1, nil)], minute: 0).transitions.isEmpty)
        #expect(f.step([row(1, 0.5, 3, 0.7)], minute: 1).transitions.isEmpty)
        #expect(f.step([row(2, 0.5, 2, 1)], minute: 2).kinds == [.opened])
        for m in 3...5 { #expect(f.step([row(Int64(m), 0, 1, nil)], minute: Int64(m)).transitions.isEmpty) }
        #expect(f.engine.alerts[0].state == .open)
    }

    @Test(
        arguments: [
            (3, nil, Certainty.observed), (3, 0.9, .observed), (3, 0.8, .likely), (2, 0.74, .possible),
            (1, nil, .possible),
            (1, 1, .possible), (3, 0.25, .unlikely), (0, nil, .unknown),
        ] as [(Int, Double?, Certainty)])
    func `certainty follows from sensors and their quality`(reporting: Int, quality: Double?, is certainty: Certainty)
        throws
    {
        var f = try F([
            Self.rule {
                $0.corroboration.certainty = .unlikely
                $0.corroboration.sensors = 0
            }
        ])
        let value: Double? = reporting == 0 ? nil : 0.5
        let effects = f.step([F.row(0, Self.street, value, reporting: reporting, quality: quality)], minute: 0)
        #expect(effects.alerts.first?.certainty ?? .unknown == certainty)
    }

    @Test func `evidence keeps the first and the newest windows, thresholds, findings of the worst, and offsets`()
        throws
    {
        var f = try F()
        func mark(_ m: Int64) -> [SourceMark] {
            [
                .init(topic: "t.sensors", partition: 1, maxEventTime: F.start + m * F.minute, next: 100 * (m + 1)),
                .init(topic: "t.other", partition: 0, maxEventTime: F.start, next: 5),
            ]
        }
        for m in 0...30 {
            var row = F.row(Int64(m), Self.street, m < 5 ? 0 : m == 9 ? 0.5 : 0.2)
            if m == 9 { row.findings = .init(silent: ["gauge-1"], flags: [], agreements: []) }
            _ = f.step([row], minute: Int64(m), marks: mark(Int64(m) + 1))
        }
        let e = f.engine.alerts[0].evidence
        #expect(e.windowsSeen == 26 && e.windows.count == 12)
        #expect(e.windows.map(\.digest) == [5, 6, 7, 22, 23, 24, 25, 26, 27, 28, 29, 30].map { "d\($0)" })
        #expect(e.worstValue == 0.5 && e.findings?.silent == ["gauge-1"])
        #expect(e.thresholds.map(\.clear) == [0.12, 0.2, 0.3] && e.unit == "m" && e.aggregate == "max")
        // The window began at minute 5: the newest mark older than that, of minute 4, had read up to 500.
        #expect(e.sources == [.init(topic: "t.sensors", partition: 1, first: 500, next: 3200)])
    }

    @Test func `a revised row is noted and rewrites nothing`() throws {
        var f = try F()
        _ = f.run(0, Self.street, [0.2, 0.2])
        let effects = f.step([F.row(0, Self.street, 0.01, status: .revised, revision: 1)], minute: 1)
        #expect(effects.transitions.isEmpty && effects.alerts.count == 1)
        let e = f.engine.alerts[0].evidence
        #expect(e.windows.map(\.value) == [0.2, 0.2] && e.revised.map(\.value) == [0.01] && e.revised[0].revision == 1)
        // Nor does a window come twice.
        #expect(f.step([F.row(1, Self.street, 0.01)], minute: 1).isEmpty)
        #expect(f.step([F.row(2, Self.street, 0.01, status: .provisional)], minute: 2).isEmpty)
    }

    // MARK: silence is not health

    @Test func `where the data stop the alert is stale and never ends by itself`() throws {
        var f = try F()
        _ = f.run(0, Self.street, [0.2])
        // Unknown windows for five minutes are borne; the sixth is too much.
        #expect(f.run(1, Self.street, [nil, nil, nil, nil, nil]).transitions.isEmpty)
        let stale = f.run(6, Self.street, [nil])
        #expect(stale.causes == [.dataStopped] && stale.kinds == [.stale])
        #expect(
            f.run(7, Self.street, Array(repeating: nil, count: 100)).transitions.allSatisfy { $0.cause == .escalated })
        #expect(f.engine.alerts.map(\.state) == [.stale])
        let back = f.run(107, Self.street, [0.01])
        #expect(back.causes == [.dataBack, .cleared])
        #expect(f.run(108, Self.street, [0.01, 0.01]).kinds == [.resolved])
    }

    @Test func `rows of other places move the clock that tells silence`() throws {
        var f = try F()
        _ = f.run(0, Self.street, [0.2])
        var causes: [AlertCause] = []
        for m in 1...7 { causes += f.step([F.row(Int64(m), TinyCity.streets[1], 0.01)], minute: Int64(m)).causes }
        #expect(causes == [.dataStopped])
    }

    @Test func `where nothing comes at all the wall clock tells it, but not a sleep of the hub`() throws {
        var f = try F()
        _ = f.run(0, Self.street, [0.2])
        #expect(f.wait(3_600_000).causes.filter { $0 == .dataStopped } == [])
        var causes: [AlertCause] = []
        for _ in 0..<5 { causes += f.wait(60_000).causes }
        #expect(causes.contains(.dataStopped) && f.engine.alerts[0].state == .stale)
        // A restart counts from its own beginning.
        var g = try F()
        _ = g.run(0, Self.street, [0.2])
        g.engine = try F.engine(g.city, [F.rule], g.engine.book)
        #expect(g.wait(3_600_000).causes == [.escalated])
    }

    @Test func `a pending alert without data is withdrawn, and a hole in event time breaks a run`() throws {
        var f = try F([Self.rule { $0.forMs = 8 * F.minute }])
        _ = f.run(0, Self.street, [0.2])
        #expect(f.run(1, Self.street, Array(repeating: nil, count: 6)).causes == [.withdrawn])
        #expect(f.run(7, Self.street, [0.2]).causes == [.reached])
        #expect(f.run(20, Self.street, [0.2]).causes == [.withdrawn, .reached])
    }

    // MARK: flapping

    @Test func `a swinging measure is held open, told once, and counted`() throws {
        var f = try F()
        var notices: [AlertNotice.Kind] = []
        var minute: Int64 = 0
        for _ in 0..<20 {
            notices += f.run(minute, Self.street, [0.2, 0.01]).kinds.filter { $0 != .escalated }
            minute += 2
        }
        #expect(notices == [.opened, .flapping])
        let alert = try #require(f.engine.alerts.first)
        #expect(alert.state == .flapping && alert.swings == 19)
        // An hour of quiet ends it, with the count.
        let ended = f.run(minute, Self.street, Array(repeating: 0.01, count: 60))
        #expect(ended.kinds.filter { $0 != .escalated } == [.resolved] && ended.notices.last?.alert.swings == 19)
    }

    @Test func `alerts that end and come again soon become one that is held`() throws {
        var f = try F([Self.rule { $0.keepFiringMs = 0 }])
        var kinds: [AlertNotice.Kind] = []
        for i in 0..<12 { kinds += f.run(Int64(2 * i), Self.street, [0.2, 0.01]).kinds }
        #expect(kinds == [.opened, .resolved, .opened, .resolved, .opened, .resolved, .opened, .escalated])
        #expect(f.engine.alerts.map(\.state) == [.flapping])
    }

    @Test func `a measure that stays up is steady again`() throws {
        var f = try F([Self.rule { $0.escalateMs = [] }])
        for i in 0..<4 { _ = f.run(Int64(2 * i), Self.street, [0.2, 0.01]) }
        _ = f.run(8, Self.street, [0.2])
        #expect(f.engine.alerts[0].state == .flapping)
        let effects = f.run(9, Self.street, Array(repeating: 0.2, count: 61))
        #expect(effects.causes == [.steady] && f.engine.alerts[0].state == .open)
    }

    // MARK: configuration

    @Test func `an alert whose rule is gone ends and says why`() throws {
        var f = try F()
        _ = f.run(0, Self.street, [0.5])
        var other = F.rule
        other.name = "other"
        f.engine = try F.engine(f.city, [other], f.engine.book)
        let effects = f.wait(1000)
        #expect(effects.causes == [.removed] && effects.kinds == [.resolved] && f.engine.book.records.isEmpty)
    }
}

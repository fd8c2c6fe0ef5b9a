import Alerting
import CityModel
import Contracts
import HubAPI
import TestSupport
import Testing

@Suite struct ActionTests {
    static let street = TinyCity.streets[0]
    static let district = TinyCity.districts[0]
    typealias F = AlertFixture

    func open(_ value: Double = 0.2, _ change: (inout RuleDef) -> Void = { _ in }) throws -> (F, String) {
        var f = try F([LifecycleTests.rule(change)])
        let effects = f.run(0, Self.street, [value])
        return (f, effects.notices[0].alert.id)
    }
    func acknowledge(_ id: String, _ f: F, for ms: Int64 = 600_000) -> AlertAction {
        .init(
            .acknowledge, actor: "li", reason: "pump is on its way", id: id, owner: "Water",
            until: EventTime(ms: f.now + ms))
    }

    @Test func `an acknowledgement has owner, note and deadline, and lapses`() throws {
        var (f, id) = try open()
        let done = f.act(acknowledge(id, f))
        #expect(done.causes == [.acknowledged] && done.transitions[0].actor == "li" && done.kinds == [.acknowledged])
        let ack = try #require(f.engine.alerts[0].acknowledgement)
        #expect(ack.owner == "Water" && ack.note == "pump is on its way" && f.engine.alerts[0].state == .acknowledged)
        #expect(f.wait(598_000).transitions.isEmpty)
        let again = f.wait(2_000)
        #expect(again.causes == [.deadline] && again.kinds == [.reopened] && again.transitions[0].actor == kapok)
        #expect(f.engine.alerts[0].state == .open && f.engine.alerts[0].acknowledgement == nil)
    }

    @Test func `an acknowledged alert ends by its data as any other, and is told`() throws {
        var (f, id) = try open()
        _ = f.act(acknowledge(id, f, for: 3_600_000))
        #expect(f.run(1, Self.street, [0.01, 0.01, 0.01]).kinds == [.resolved])
    }

    @Test func `nobody acknowledges: the desks above are called in turn, and let go once somebody does`() throws {
        var (f, id) = try open()
        func desk() -> PlaceLevel { f.engine.alerts[0].desk }
        #expect(f.wait(599_999).transitions.isEmpty && desk() == .street)
        let first = f.wait(1)
        #expect(first.causes == [.escalated] && first.kinds == [.escalated] && desk() == .district)
        #expect(f.engine.alerts[0].state == .escalated)
        #expect(f.wait(1_199_999).kinds.filter { $0 == .escalated }.isEmpty)
        #expect(f.wait(1).kinds == [.escalated] && desk() == .city)
        #expect(f.wait(3_600_000).kinds.isEmpty)
        let done = f.act(acknowledge(id, f))
        #expect(done.kinds == [.acknowledged] && desk() == .street && f.engine.alerts[0].acknowledgement != nil)
        // The deadline passes: it begins anew at the bottom.
        #expect(f.wait(600_000).kinds == [.reopened])
        #expect(f.wait(600_000).kinds == [.escalated] && desk() == .district)
        #expect(f.act(.init(.deescalate, actor: "wang", reason: "street has it", id: id)).causes == [.deescalated])
        #expect(
            desk() == .street && f.act(.init(.deescalate, actor: "wang", reason: "", id: id)).refusals == ["at-its-own"]
        )
        #expect(f.act(.init(.escalate, actor: "wang", reason: "worse than it looks", id: id)).kinds == [.escalated])
    }

    @Test func `an alert that a person ended comes again only when it cleared first, or got worse`() throws {
        var (f, id) = try open(0.3)
        #expect(f.act(.init(.resolve, actor: "li", reason: "", id: id)).refusals == ["no-reason"])
        let ended = f.act(.init(.resolve, actor: "li", reason: "planned release", id: id))
        #expect(ended.causes == [.resolved] && ended.kinds == [.resolved] && f.engine.alerts.isEmpty)
        #expect(ended.transitions[0].reason == "planned release")
        #expect(f.run(1, Self.street, [0.3, 0.16, 0.3]).transitions.isEmpty)
        let worse = f.run(4, Self.street, [0.5])
        #expect(worse.kinds == [.opened] && worse.notices[0].alert.severity == .red)
        #expect(worse.notices[0].alert.id != id)
        _ = f.act(.init(.resolve, actor: "li", reason: "again", id: worse.notices[0].alert.id))
        #expect(f.run(5, Self.street, [0.5, 0.14]).transitions.isEmpty)
        #expect(f.run(7, Self.street, [0.5]).kinds == [.opened])
    }

    @Test func `a silenced alert counts, tells its end, and speaks up when the silence ends before it`() throws {
        var f = try F()
        let until = EventTime(ms: F.start + 30 * F.minute)
        let said = f.act(
            .init(.silence, actor: "li", reason: "exercise", until: until, matcher: .init(place: Self.district)))
        let silence = try #require(said.silences.first)
        #expect(silence.author == "li" && silence.reason == "exercise" && silence.ends == until)
        #expect(f.run(1, Self.street, [0.5]).kinds.isEmpty)
        #expect(f.engine.alerts.map(\.silences) == [[silence.id]] && f.engine.alerts[0].state == .open)
        #expect(f.run(2, TinyCity.streets[2], [0.5]).kinds == [.opened], "another district is not silenced")
        #expect(f.run(3, Self.street, [0.01, 0.01, 0.01]).kinds == [.resolved])
        #expect(f.run(6, Self.street, [0.5]).kinds.isEmpty)
        let after = f.step([F.row(30, Self.street, 0.5)], minute: 30)
        let told = after.notices.filter { $0.alert.place == Self.street }
        #expect(told.map(\.kind) == [.opened] && told[0].alert.silences.isEmpty)
        // Nobody was late while nobody was told.
        #expect(f.wait(599_999).kinds.filter { $0 == .escalated }.isEmpty)
    }

    @Test func `a silence can end early, and asks for matcher, reason, and an end within a week`() throws {
        var f = try F()
        func silence(_ reason: String, _ ms: Int64, _ m: Silence.Matcher) -> AlertAction {
            .init(.silence, actor: "li", reason: reason, until: EventTime(ms: f.now + ms), matcher: m)
        }
        #expect(f.act(silence("why", 60_000, .init())).refusals == ["no-matcher"])
        #expect(f.act(silence("", 60_000, .init(theme: "city"))).refusals == ["no-reason"])
        #expect(f.act(silence("why", 8 * 86_400_000, .init(theme: "city"))).refusals == ["bad-deadline"])
        #expect(f.act(silence("why", -1, .init(theme: "city"))).refusals == ["bad-deadline"])
        #expect(f.act(silence("why", 60_000, .init(place: "7"))).refusals == ["unknown-place"])
        let s = f.act(silence("why", 3_600_000, .init(theme: "city", upTo: .orange))).silences[0]
        #expect(f.run(0, Self.street, [0.2]).kinds.isEmpty)
        #expect(f.run(1, Self.street, [0.5]).kinds == [.opened], "red is worse than what is silenced")
        #expect(f.act(.init(.unsilence, actor: "li", reason: "", id: "x")).refusals == ["unknown-silence"])
        let early = f.act(.init(.unsilence, actor: "li", reason: "over", id: s.id)).silences[0]
        #expect(early.ends.ms == f.now && f.engine.book.header.silences.isEmpty)
    }

    @Test func `a red alert above holds back yellow ones below, which count, and lets them speak when it is over`()
        throws
    {
        var f = try F([LifecycleTests.rule { $0.keepFiringMs = 0 }])
        let m: Int64 = 0
        let rows = [F.row(m, TinyCity.streets[1], 0.3), F.row(m, Self.street, 0.2), F.row(m, Self.district, 0.5)]
        let effects = f.step(rows, minute: m)
        #expect(effects.notices.map(\.alert.place) == [Self.district, TinyCity.streets[1]])
        #expect(effects.notices[0].below == 2)
        let held = try #require(f.engine.alerts.first { $0.place == Self.street })
        #expect(held.heldBackBy == effects.notices[0].alert.id && held.state == .open)
        // It ends unheard; another stays until the district's is over.
        #expect(f.step([F.row(1, Self.street, 0.01)], minute: 1).kinds.isEmpty)
        #expect(f.step([F.row(2, Self.street, 0.2)], minute: 2).kinds.isEmpty)
        let over = f.step([F.row(3, Self.district, 0.01), F.row(3, Self.street, 0.2)], minute: 3)
        #expect(over.notices.map(\.alert.place) == [Self.district, Self.street] && over.kinds == [.resolved, .opened])
    }

    @Test func `a silenced parent holds nothing back`() throws {
        var f = try F()
        let until = EventTime(ms: F.start + 30 * F.minute)
        _ = f.act(.init(.silence, actor: "li", reason: "works", until: until, matcher: .init(upTo: .red)))
        let s = f.engine.book.header.silences[0].id
        _ = f.step([F.row(1, Self.district, 0.5), F.row(1, Self.street, 0.2)], minute: 1)
        #expect(f.engine.alerts.map(\.heldBackBy) == [nil, nil])
        _ = f.act(.init(.unsilence, actor: "li", reason: "", id: s))
        #expect(f.engine.alerts.compactMap(\.heldBackBy).count == 1)
    }

    @Test func `an action on nothing, by nobody, or too long is refused and changes nothing`() throws {
        var (f, id) = try open()
        let before = try f.bytes
        #expect(f.act(.init(.resolve, actor: "", reason: "x", id: id)).refusals == ["no-actor"])
        #expect(f.act(.init(.resolve, actor: kapok, reason: "x", id: id)).refusals == ["no-actor"])
        #expect(f.act(.init(.resolve, actor: "li", reason: "x", id: "nope")).refusals == ["unknown-alert"])
        #expect(f.act(.init(.acknowledge, actor: "li", reason: "x", id: id)).refusals == ["bad-deadline"])
        #expect(f.act(.init(.unacknowledge, actor: "li", reason: "x", id: id)).refusals == ["not-acknowledged"])
        let long = String(repeating: "x", count: 2001)
        #expect(f.act(.init(.resolve, actor: "li", reason: long, id: id)).refusals == ["text-too-long"])
        #expect(try f.bytes == before)
    }
}

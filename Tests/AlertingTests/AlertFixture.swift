import Alerting
import CityModel
import Contracts
import Foundation
import HubAPI
import TestSupport

/// An engine over the tiny city with one theme, driven minute by minute.
struct AlertFixture {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z
    static let minute: Int64 = 60_000

    let city: TinyCity
    var engine: AlertEngine
    /// Wall clock: two seconds behind the newest window's end.
    var now = Self.start

    static let rule = RuleDef(
        name: "flood", title: ["zh": "积水", "en": "Flood"], measure: "water_level", window: "1m", direction: .above,
        levels: [
            .init(severity: .yellow, raise: 0.15, clear: 0.12), .init(severity: .orange, raise: 0.27, clear: 0.2),
            .init(severity: .red, raise: 0.4, clear: 0.3),
        ], forMs: 0, keepFiringMs: 2 * minute, staleAfterMs: 5 * minute, scope: [.street, .district, .city],
        flap: .init(raises: 4, withinMs: 60 * minute), escalateMs: [10 * minute, 20 * minute], category: .safety,
        subcategory: "flood", source: "test")

    init(_ rules: [RuleDef] = [Self.rule], book: AlertBook = .init()) throws {
        city = try TinyCity()
        engine = try Self.engine(city, rules, book)
    }

    static func engine(_ city: TinyCity, _ rules: [RuleDef], _ book: AlertBook = .init()) throws -> AlertEngine {
        var theme = city.catalogue.themes[0]
        theme.rules = rules
        return AlertEngine(
            themes: [theme], topics: ["city": ["t.sensors", "t.video"]], places: city.catalogue.places, book: book)
    }

    /// The complete window of minute `m` at a place; `value` nil: nothing was measured.
    static func row(
        _ m: Int64, _ place: String, _ value: Double?, status: WindowStatus = .complete, revision: Int = 0,
        reporting: Int = 3, quality: Double? = nil, measure: String = "water_level"
    ) -> Summary {
        let start = EventTime(ms: Self.start + m * minute)
        return Summary(
            place: place,
            level: place == TinyCity.city ? .city : TinyCity.districts.contains(place) ? .district : .street,
            theme: "city", measure: measure, window: "1m", start: start, end: start + minute, status: status,
            revision: revision, unit: "m", value: value, values: value.map { ["max": $0] } ?? [:], severity: .normal,
            count: value == nil ? 0 : 10, expected: 3, reporting: value == nil ? 0 : reporting,
            coverage: value == nil ? 0 : 100 * Double(reporting) / 3, late: 0, quality: value == nil ? nil : quality,
            digest: "d\(m)")
    }

    /// Steps through values at one place, one window a minute from minute `m` on; each step's effects.
    mutating func run(_ m: Int64, _ place: String, _ values: [Double?]) -> [AlertEffect] {
        var out: [AlertEffect] = []
        for (i, v) in values.enumerated() { out += step([Self.row(m + Int64(i), place, v)], minute: m + Int64(i)) }
        return out
    }

    /// One step two seconds after the end of minute `m`.
    mutating func step(
        _ rows: [Summary], minute m: Int64, actions: [AlertAction] = [], marks: [SourceMark] = []
    ) -> [AlertEffect] {
        now = Self.start + (m + 1) * Self.minute + 2000
        return engine.step(rows: rows, actions: actions, marks: marks, now: now)
    }

    /// One step without rows, later by `ms`.
    mutating func wait(_ ms: Int64, actions: [AlertAction] = []) -> [AlertEffect] {
        now += ms
        return engine.step(rows: [], actions: actions, now: now)
    }

    mutating func act(_ a: AlertAction) -> [AlertEffect] { wait(1000, actions: [a]) }

    var bytes: Data { get throws { try Self.bytes(engine.book) } }
    static func bytes(_ value: some Encodable) throws -> Data {
        let e = JSONEncoder()
        e.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try e.encode(value)
    }
}

extension [AlertEffect] {
    var transitions: [AlertTransition] { compactMap { if case .transition(let t) = $0 { t } else { nil } } }
    var notices: [AlertNotice] { compactMap { if case .notice(let n) = $0 { n } else { nil } } }
    var kinds: [AlertNotice.Kind] { notices.map(\.kind) }
    var causes: [AlertCause] { transitions.map(\.cause) }
    var states: [AlertState] { transitions.map(\.to) }
    var alerts: [Alert] { compactMap { if case .alert(let a) = $0 { a } else { nil } } }
    var refusals: [String] { compactMap { if case .refused(_, let code, _, _) = $0 { code } else { nil } } }
    var silences: [Silence] { compactMap { if case .silence(let s) = $0 { s } else { nil } } }
}

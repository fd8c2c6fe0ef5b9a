import CityModel
import Foundation
import HubAPI
import Testing

@testable import Dashboard

/// Forecasts and scores as operators read them.
@Suite struct OutlookTests {
    static func row(_ measure: String = "water_level", state: OutlookRow.State = .ready) -> OutlookRow {
        let asOf = Fixtures.now - 2 * Fixtures.minute
        let forecasts = [(15, 0.21), (30, 0.28), (60, 0.33)].map { minutes, v in
            OutlookRow.Forecast(
                minutes: minutes, at: asOf + Int64(minutes) * Fixtures.minute, value: v, low: v - 0.04, high: v + 0.06,
                severity: .yellow, error: 0.02, rootError: 0.03, lastValueError: 0.05, lastValueRootError: 0.07,
                outcomes: 120, inside: 0.81)
        }
        return OutlookRow(
            place: "440106004000", name: "五山街道", nameEn: "Wushan", level: .street, theme: "emergency",
            measure: measure, title: ["zh": "积水深度", "en": "Standing water"], window: "5m", unit: "m", asOf: asOf,
            state: state, value: state == .silent ? nil : 0.16, severity: .yellow, history: state == .learning ? 7 : 300,
            needed: 24, interval: 0.8, forecasts: state == .ready ? forecasts : [],
            reach: state == .ready
                ? .init(severity: .orange, threshold: 0.27, minutes: 28, earliest: 15, latest: nil) : nil,
            score: .init(score: 4.12, expected: 0.02, deviation: 7, odd: true),
            episode: .init(
                start: asOf - 15 * Fixtures.minute, end: asOf, ongoing: true, windows: 3, score: 4.8, value: 0.18,
                expected: 0.02, deviation: 8))
    }

    @Test(arguments: Language.allCases)
    func `a street's forecasts stand below its measures`(lang: Language) throws {
        var s = try Fixtures.state(lang, theme: "emergency")
        var b = Fixtures.board(theme: "emergency", children: 0)
        var learning = Self.row("crowd", state: .learning)
        learning.score = nil
        b.place.outlook = [learning, Self.row()]
        let key = try #require(s.key)
        s.apply(.board(key, b, at: Fixtures.now))
        for size in ["120x40", "80x24"] {
            let canvas = Frame.canvas(s, size: try #require(Size(size)))
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "Golden/outlook-\(size)-\(lang.rawValue).txt")
            if ProcessInfo.processInfo.environment["KAPOK_REGOLD"] == "1" {
                try canvas.trimmedText.write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(canvas.trimmedText == (try String(contentsOf: file, encoding: .utf8)))
        }
        // What reaches a level stands before what has nothing to say, and is grey once the board is old.
        let text = Frame.render(state: s, size: Size(columns: 120, rows: 40))
        let reach = lang == .zh ? "约 28 分钟后达到橙色 (15..)" : "reaches orange in ~28 min (15..)"
        let lack = lang == .zh ? "已有 7 个窗口，需要 24 个" : "7 windows seen, 24 needed"
        let (a, c) = (text.range(of: reach)?.lowerBound, text.range(of: lack)?.lowerBound)
        #expect(try #require(a) < (try #require(c)))
        let later = Fixtures.now + 60_000
        s.apply(.health(Fixtures.health(at: later), at: later))
        let old = Frame.canvas(s, size: Size(columns: 120, rows: 40))
        let levels: Set<Ink> = [.normal, .blue, .yellow, .orange, .red]
        for y in 3..<old.height { #expect(!old.row(y).contains { levels.contains($0.style.ink) }, "row \(y)") }
    }

    @Test func `lines say value, bounds, both errors, level and score in both languages`() {
        let en = OutlookText(.en).lines(Self.row(), now: Fixtures.now)
        #expect(
            en == [
                "Wushan · Standing water 5m · 0.16 m until 16:23",
                "  +15m 0.21 (0.17..0.27) error 0.02, last value's 0.05",
                "  +30m 0.28 (0.24..0.34) error 0.02, last value's 0.05",
                "  +60m 0.33 (0.29..0.39) error 0.02, last value's 0.05",
                "  reaches orange in ~28 min (15..)", "  odd: score 4.1, expected 0.02",
            ])
        let zh = OutlookText(.zh).lines(Self.row(), now: Fixtures.now)
        #expect(zh[0] == "五山街道 · 积水深度 5m · 0.16 m 截至 16:23")
        #expect(zh[1] == "  +15m 0.21 (0.17..0.27) 误差 0.02，沿用现值 0.05")
        #expect(zh[4] == "  约 28 分钟后达到橙色 (15..)" && zh[5] == "  异常 4.1，预期 0.02")
        #expect(
            OutlookText(.en).episode(Self.row(), now: Fixtures.now)
                == "16:08-16:23 · Wushan · Standing water 5m · 0.18 m, expected 0.02 · score 4.8 · ongoing")
    }

    @Test func `why there is no forecast is said`() {
        for (state, says) in [
            (OutlookRow.State.learning, "no forecast yet: 7 windows seen, 24 needed"),
            (.silent, "nothing measured in the newest window, no forecast"), (.old, "the newest window is old, no forecast"),
        ] {
            #expect(OutlookText(.en).lines(Self.row(state: state), now: Fixtures.now)[1] == "  " + says)
            #expect(OutlookText(.zh).lack(Self.row(state: state)).map { $0.contains("预测") } == true)
        }
        #expect(OutlookText(.en).lack(Self.row()) == nil)
    }
}

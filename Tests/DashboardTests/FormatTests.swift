import CityModel
import Testing

@testable import Dashboard

@Suite struct FormatTests {
    @Test func `numbers are grouped and minus zero is zero`() {
        #expect(Format.number(1234.56, decimals: 1) == "1,234.6")
        #expect(Format.number(-0.001, decimals: 2) == "0.00")
        #expect(Format.number(-1_234_567, decimals: 0) == "-1,234,567")
        #expect(Format.number(.nan, decimals: 0) == nil)
        #expect(Format.number(nil, decimals: 0) == nil)
    }

    @Test func `large counts become short`() {
        #expect(
            [9999, 12_345, 123_456, 4_500_000, -12_345].map { Format.compact(Int64($0)) } == [
                "9999", "12.3k", "123k", "4.5M", "-12.3k",
            ])
    }

    @Test func `ages are never negative and keep two units`() {
        #expect(
            [-5000, 4999, 185_000, 7_620_000, 442_800_000].map { Format.age($0) } == [
                "0s", "4s", "3m05s", "2h07m", "5d03h",
            ])
        #expect(Format.shortAge(.max) == ">9y")
    }

    @Test func `times are in UTC+8, with the date where it is another day`() {
        #expect(Format.moment(Fixtures.now, now: Fixtures.now) == "16:25:12")
        #expect(Format.moment(Fixtures.now - 86_400_000, now: Fixtures.now, seconds: false) == "11-23 16:25")
        #expect(Format.moment(EventTime(ms: .min), now: Fixtures.now) == "?")
        #expect(Format.span(EventTime(ms: .max), EventTime(ms: .min)) == .max)
    }

    @Test func `a sparkline shows the newest values, gaps as gaps, and a flat line low`() {
        let g = Glyphs.unicode
        #expect(g.spark([0, 1, nil, 7], width: 3) == "▁ █")
        #expect(g.spark([5, 5], width: 4) == "  ▂▂")
        #expect(g.spark([nil, .nan], width: 2) == "  ")
        #expect(g.spark([-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude], width: 2) == "▁█")
        #expect(g.spark([1], width: 0) == "")
    }
}

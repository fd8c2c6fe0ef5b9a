import CityModel
import Yams

/// Turns `free_flow:`, `rate:` and `alarm:` of a reading kind into rules.
enum HistoryReader {
    static let keys = ["free_flow", "rate", "alarm"]
    private static let dayMs: Int64 = 86_400_000

    static func read(_ m: YamlMap, into kind: inout KindRule) {
        kind.freeFlow = m.optionalMap("free_flow").map { freeFlow($0, kind: kind.name) }
        kind.rate = m.optionalMap("rate").map(rate)
        kind.alarm = m.optionalMap("alarm").map { alarm($0, kind: kind.name) }
    }

    private static func freeFlow(_ m: YamlMap, kind: String) -> FreeFlowRule {
        m.checkKeys(["percentile", "off_peak", "utc_offset", "after", "source"])
        if kind != "speed" { m.problem("`free_flow` is learned from `speed`, not from \(kind)", "Remove it") }
        let offPeak = m.map("off_peak")
        if m.has("off_peak") {
            offPeak.checkKeys(["weekdays", "weekends"])
        } else {
            m.problem("`off_peak` is missing", "Add `off_peak: { weekdays: [09:00-16:00], weekends: [06:00-22:00] }`")
        }
        let (weekdays, weekends) = (hours(offPeak, "weekdays"), hours(offPeak, "weekends"))
        if offPeak.node != nil, !offPeak.has("weekdays"), !offPeak.has("weekends") {
            offPeak.problem("`off_peak` has no hours", "Give `weekdays` or `weekends`")
        }
        return FreeFlowRule(
            percentile: m.integer("percentile", 85, in: 1...99), weekdays: weekdays, weekends: weekends,
            utcOffsetMs: offset(m), after: m.integer("after", 1000, in: 1...1_000_000_000), source: m.text("source"))
    }

    /// `[09:00-16:00, 19:00-24:00]`.
    private static func hours(_ m: YamlMap, _ key: String) -> [Range<Int64>] {
        m.items(key).compactMap { item in
            let ends = item.text.split(separator: "-", omittingEmptySubsequences: false).map { clock($0) }
            guard ends.count == 2, let from = ends[0], let to = ends[1], from < to else {
                m.problem("`\(item.text)` is not a span of a day", "Write `09:00-16:00`, up to 24:00", at: item.at)
                return nil
            }
            return from..<to
        }
    }

    /// `HH:MM` as ms of the day, up to 24:00.
    private static func clock(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }
        guard parts.count == 2, areDigits, let h = Int64(parts[0]), let min = Int64(parts[1]), min < 60
        else { return nil }
        let ms = (h * 60 + min) * 60_000
        return ms <= dayMs ? ms : nil
    }

    private static func offset(_ m: YamlMap) -> Int64 {
        let text = m.text("utc_offset", "+00:00")
        guard let sign = text.first, sign == "+" || sign == "-", let ms = clock(text.dropFirst()), ms <= dayMs else {
            m.problem("`\(text)` is not an offset from UTC", "Write `+08:00`", at: m.child("utc_offset"))
            return 0
        }
        return sign == "-" ? -ms : ms
    }

    private enum Per: String, CaseIterable { case hour, minute }

    private static func rate(_ m: YamlMap) -> RateRule {
        m.checkKeys(["over", "per", "source"])
        let over = m.duration("over", min: 1)
        if m.has("over"), over < 5000 || over > dayMs {
            m.problem("`over` must be from 5s to 24h", "Mend the length", at: m.child("over"))
        }
        let per: Per = m.choice("per", .hour, required: false)
        return RateRule(
            overMs: min(max(over, 5000), dayMs), perMs: per == .hour ? 3_600_000 : 60_000, source: m.text("source"))
    }

    private static func alarm(_ m: YamlMap, kind: String) -> AlarmRule {
        m.checkKeys(["raise", "clear", "for", "confirmed_by", "source"])
        func thresholds(_ key: String) -> [Double] {
            guard let all = m.numbers(key), (1...AlarmRule.mostLevels).contains(all.count),
                all.allSatisfy({ $0.magnitude <= Micro.limit }), zip(all, all.dropFirst()).allSatisfy({ $0 < $1 })
            else {
                m.problem("`\(key)` must be one to four rising numbers", "Write `[3, 6, 10, 15]`", at: m.child(key))
                return []
            }
            return all
        }
        let (raise, clear) = (thresholds("raise"), thresholds("clear"))
        if !raise.isEmpty, !clear.isEmpty {
            if raise.count != clear.count {
                m.problem(
                    "`clear` has \(clear.count) numbers, `raise` has \(raise.count)", "Write one for each",
                    at: m.child("clear"))
            } else if zip(raise, clear).contains(where: { $0 < $1 }) {
                m.problem(
                    "`clear` lies above `raise`", "A level is left below the value that raises it", at: m.child("clear"))
            }
        }
        let n = min(raise.count, clear.count)
        let lasts = m.child("for")?.scalar.flatMap { Int($0.string) } == nil
        return AlarmRule(
            raise: Array(raise.prefix(n)), clear: Array(clear.prefix(n)),
            readings: lasts ? 1 : m.integer("for", 1, in: 1...1000), lastingMs: lasts ? m.duration("for", 0) : 0,
            confirmedBy: m.has("confirmed_by") ? m.items("confirmed_by").map(\.text) : [kind], source: m.text("source"))
    }

    /// Names of derived kinds that a contract sends itself, and kinds that confirm an alarm but have none.
    static func check(_ m: YamlMap, _ kinds: [KindRule], earlier: [TopicContract]) {
        let names = Set(kinds.map(\.name) + earlier.flatMap { $0.kinds.map(\.name) })
        let alarmed = Set(kinds.filter { $0.alarm != nil }.map(\.name))
        let maps = Dictionary(m.map("kinds").entries.map { ($0.name, $0.map) }, uniquingKeysWith: { a, _ in a })
        for k in kinds {
            guard let own = maps[k.name] else { continue }
            for d in k.ownDerived where names.contains(d) {
                own.problem("`\(d)` is derived from \(k.name), and a contract sends it", "Rename the kind that is sent")
            }
            for c in k.alarm?.confirmedBy ?? [] where !alarmed.contains(c) {
                let alarm = own.map("alarm")
                alarm.problem(
                    "`\(c)` has no `alarm` in this contract", "Name a kind that has one",
                    at: alarm.child("confirmed_by"))
            }
        }
    }
}

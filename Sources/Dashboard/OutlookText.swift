import CityModel
import HubAPI

/// Forecasts and scores in words, for the dashboard and `kapok forecasts`.
public struct OutlookText: Sendable {
    let lang: Language
    /// Decimals of values; nil: as many as their size wants.
    let decimals: Int?

    public init(_ lang: Language, decimals: Int? = nil) {
        self.lang = lang
        self.decimals = decimals
    }

    private func say(_ zh: String, _ en: String) -> String { lang == .zh ? zh : en }

    func number(_ v: Double) -> String {
        Format.number(v, decimals: decimals ?? (abs(v) < 10 ? 2 : abs(v) < 1000 ? 1 : 0)) ?? "?"
    }

    /// `+15m 30.1 (27.0..33.5) error 1.2, last value's 1.9`
    public func forecast(_ f: OutlookRow.Forecast) -> String {
        "+\(f.minutes)m \(number(f.value)) (\(number(f.low))..\(number(f.high))) "
            + say("误差 \(number(f.error))，沿用现值 \(number(f.lastValueError))",
                "error \(number(f.error)), last value's \(number(f.lastValueError))")
    }

    /// `reaches orange in ~25 min (15..40)`; an open end where the better bound does not come there.
    public func reach(_ r: OutlookRow.Reach) -> String {
        let span = "\(r.earliest)..\(r.latest.map { "\($0)" } ?? "")"
        return say("约 \(r.minutes) 分钟后达到\(colour(r.severity)) (\(span))",
            "reaches \(colour(r.severity)) in ~\(r.minutes) min (\(span))")
    }

    /// `odd: score 4.1, expected 38.0`
    public func score(_ s: OutlookRow.Score) -> String {
        let value = Format.number(s.score, decimals: 1) ?? "?"
        let expected = number(s.expected)
        return s.odd
            ? say("异常 \(value)，预期 \(expected)", "odd: score \(value), expected \(expected)")
            : say("评分 \(value)，预期 \(expected)", "score \(value), expected \(expected)")
    }

    /// Why there is no forecast; nil where there is one.
    public func lack(_ r: OutlookRow) -> String? {
        switch r.state {
        case .ready: nil
        case .learning:
            say("尚无预测：已有 \(r.history) 个窗口，需要 \(r.needed) 个",
                "no forecast yet: \(r.history) windows seen, \(r.needed) needed")
        case .silent: say("最新窗口无测量，不作预测", "nothing measured in the newest window, no forecast")
        case .old: say("数据已旧，不作预测", "the newest window is old, no forecast")
        }
    }

    /// What one place and measure is about: `Tianhe District · Mean speed 5m · 31.2 km/h until 16:25`.
    public func heading(_ r: OutlookRow, now: EventTime) -> String {
        let unit = r.unit == "1" ? "" : " " + r.unit
        let value = r.value.map { number($0) + unit + " " } ?? ""
        return [
            lang == .zh ? r.name : r.nameEn, Words(r.title, fallback: r.measure)[lang] + " " + r.window,
            value + say("截至 ", "until ") + Format.moment(r.asOf, now: now, seconds: false),
        ].joined(separator: " · ")
    }

    /// A heading, and all there is to say below it.
    public func lines(_ r: OutlookRow, now: EventTime) -> [String] {
        var below = r.forecasts.map(forecast)
        if let text = lack(r) { below.append(text) }
        if let reach = r.reach { below.append(self.reach(reach)) }
        if let s = r.score { below.append(score(s)) }
        return [heading(r, now: now)] + below.map { "  " + $0 }
    }

    /// `16:05–16:25 · Tianhe District · Mean speed 5m · 12.1 km/h, expected 38.0 · score 5.2 · ongoing`
    public func episode(_ r: OutlookRow, now: EventTime) -> String? {
        guard let e = r.episode else { return nil }
        let unit = r.unit == "1" ? "" : " " + r.unit
        let moment = { (t: EventTime) in Format.moment(t, now: now, seconds: false) }
        return [
            moment(e.start) + "-" + moment(e.end), lang == .zh ? r.name : r.nameEn,
            Words(r.title, fallback: r.measure)[lang] + " " + r.window,
            number(e.value) + unit + say("，预期 ", ", expected ") + number(e.expected),
            say("评分 ", "score ") + (Format.number(e.score, decimals: 1) ?? "?"),
            e.ongoing ? say("仍在继续", "ongoing") : say("已过去", "over"),
        ].joined(separator: " · ")
    }

    private func colour(_ s: Severity) -> String {
        switch s {
        case .unknown: say("未知", "unknown")
        case .normal: say("正常", "normal")
        case .blue: say("蓝色", "blue")
        case .yellow: say("黄色", "yellow")
        case .orange: say("橙色", "orange")
        case .red: say("红色", "red")
        }
    }
}

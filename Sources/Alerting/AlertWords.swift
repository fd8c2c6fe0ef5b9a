import CityModel
import HubAPI

/// What operators read, in both languages.
public enum AlertWords {
    static let severities: [Severity: [Language: String]] = [
        .unknown: [.zh: "未知", .en: "unknown"], .normal: [.zh: "正常", .en: "normal"],
        .blue: [.zh: "蓝色", .en: "blue"], .yellow: [.zh: "黄色", .en: "yellow"],
        .orange: [.zh: "橙色", .en: "orange"], .red: [.zh: "红色", .en: "red"],
    ]
    static let states: [AlertState: [Language: String]] = [
        .pending: [.zh: "待确认", .en: "pending"], .open: [.zh: "未处置", .en: "open"],
        .acknowledged: [.zh: "已受理", .en: "acknowledged"], .escalated: [.zh: "已升级", .en: "escalated"],
        .clearing: [.zh: "回落中", .en: "clearing"], .resolved: [.zh: "已解除", .en: "resolved"],
        .stale: [.zh: "数据中断", .en: "stale"], .flapping: [.zh: "反复波动", .en: "flapping"],
    ]
    static let kinds: [AlertNotice.Kind: [Language: String]] = [
        .opened: [.zh: "告警", .en: "alert"], .raised: [.zh: "升级为", .en: "raised to"],
        .escalated: [.zh: "无人受理，上报", .en: "not taken on, escalated"],
        .reopened: [.zh: "到期未处置，重新告警", .en: "open again"], .stale: [.zh: "数据中断，状态不明", .en: "data stopped"],
        .flapping: [.zh: "反复波动", .en: "flapping"], .acknowledged: [.zh: "已受理", .en: "acknowledged"],
        .resolved: [.zh: "解除", .en: "resolved"],
    ]
    static let causes: [AlertCause: [Language: String]] = [
        .reached: [.zh: "达到阈值", .en: "threshold reached"], .held: [.zh: "持续达到阈值", .en: "held long enough"],
        .withdrawn: [.zh: "未能持续", .en: "did not last"], .worsened: [.zh: "加重", .en: "worse"],
        .eased: [.zh: "减轻", .en: "eased"], .cleared: [.zh: "低于解除阈值", .en: "below the clearing threshold"],
        .raisedAgain: [.zh: "再次达到阈值", .en: "threshold reached again"], .quiet: [.zh: "持续正常", .en: "quiet long enough"],
        .swings: [.zh: "反复波动", .en: "swings"], .steady: [.zh: "不再波动", .en: "steady again"],
        .dataStopped: [.zh: "数据中断", .en: "data stopped"], .dataBack: [.zh: "数据恢复", .en: "data are back"],
        .acknowledged: [.zh: "受理", .en: "acknowledged"], .unacknowledged: [.zh: "取消受理", .en: "no longer acknowledged"],
        .deadline: [.zh: "受理到期", .en: "deadline passed"], .escalated: [.zh: "上报", .en: "escalated"],
        .deescalated: [.zh: "退回下级", .en: "handed down"], .resolved: [.zh: "人工解除", .en: "ended by a person"],
        .removed: [.zh: "规则或地点已移除", .en: "rule or place removed"],
    ]

    public static func text(_ s: Severity, _ l: Language) -> String { severities[s]?[l] ?? s.rawValue }
    public static func text(_ s: AlertState, _ l: Language) -> String { states[s]?[l] ?? s.rawValue }
    public static func text(_ k: AlertNotice.Kind, _ l: Language) -> String { kinds[k]?[l] ?? k.rawValue }
    public static func text(_ c: AlertCause, _ l: Language) -> String { causes[c]?[l] ?? c.rawValue }

    /// A value with its unit, at most three decimals: `8.25`, `0.4 m`.
    static func value(_ v: Double?, _ unit: String) -> String {
        guard let v, v.magnitude < 1e12 else { return "?" }
        let milli = Int64((v * 1000).rounded())
        let (whole, rest) = (milli.magnitude / 1000, milli.magnitude % 1000)
        var decimals = rest == 0 ? "" : "." + String(repeating: "0", count: 3 - String(rest).count) + String(rest)
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return (milli < 0 ? "-" : "") + "\(whole)\(decimals)" + (unit == "1" ? "" : " \(unit)")
    }

    /// One line: `天河区 沙河街道 · 拥堵：告警 红色，8.25（08:05 起）`.
    public static func line(_ n: AlertNotice, _ l: Language, places: PlaceTree) -> String {
        let a = n.alert
        let title = a.title[l.rawValue] ?? a.rule
        let newest = a.evidence.windows.last?.value
        let value = value(newest ?? a.evidence.worstValue, a.evidence.unit)
        let (severity, kind) = (text(a.severity, l), text(n.kind, l))
        let since = a.since.clock(seconds: false)
        var out: String
        switch l {
        case .zh: out = "\(name(a.place, l, places)) · \(title)：\(kind) \(severity)，\(value)（\(since) 起）"
        case .en: out = "\(name(a.place, l, places)) · \(title): \(kind) \(severity), \(value) (since \(since))"
        }
        if n.below > 0 { out += l == .zh ? "，下辖 \(n.below) 处" : ", \(n.below) places below" }
        if a.swings > 0 { out += l == .zh ? "，波动 \(a.swings) 次" : ", \(a.swings) swings" }
        if let ack = a.acknowledgement { out += l == .zh ? "，受理人 \(ack.owner)" : ", taken on by \(ack.owner)" }
        return out
    }

    /// The heading of a delivery of several notices: `天河区：17 条（红色 3，橙色 14）`.
    public static func heading(_ d: AlertDelivery, _ l: Language, places: PlaceTree) -> String {
        var by: [Severity: Int] = [:]
        for n in d.notices { by[n.alert.severity, default: 0] += 1 }
        let counts = by.keys.sorted(by: >).map { "\(text($0, l)) \(by[$0]!)" }
        let n = d.notices.count
        return l == .zh
            ? "\(name(d.place, l, places))：\(n) 条（\(counts.joined(separator: "，"))）"
            : "\(name(d.place, l, places)): \(n) notices (\(counts.joined(separator: ", ")))"
    }

    /// A street with its district before it.
    public static func name(_ code: String, _ l: Language, _ places: PlaceTree) -> String {
        guard let p = UInt64(code).flatMap({ places.place($0) }) else { return code }
        guard p.level == .street, let above = p.parent.flatMap({ places.place($0) }) else { return p.name(l) }
        return l == .zh ? "\(above.name) \(p.name)" : "\(p.nameEn), \(above.nameEn)"
    }
}

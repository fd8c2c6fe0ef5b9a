import CityModel
import Foundation

extension ResponseList.Item {
    /// For people: the situation in a line or two, who answers, what to do, with what, and what is near.
    public func lines(_ lang: Language) -> [String] {
        let isZh = lang == .zh
        func say(_ t: [String: String]?) -> String { t.flatMap { $0[lang.rawValue] ?? $0["en"] } ?? "" }
        func name(_ zh: String, _ en: String) -> String { isZh ? zh : en }
        let colon = isZh ? "：" : ": "
        let listed = isZh ? "、" : ", "
        var head = "[\(levelName.map { say($0) } ?? severity.name(lang))] \(name(self.name, nameEn)) \(place)  "
        head += say(title) + " " + (value.map { Self.number($0) + (unit == "1" ? "" : " " + unit) } ?? "?")
        head += "  " + end.clock(offsetHours: 8, seconds: false) + (isZh ? " 止" : " at the end")
        var out = [head]
        if let certainty {
            let parts = (evidence?.parts ?? []).compactMap { p -> String? in
                guard let v = p.value else { return nil }
                let support = p.support.map { (isZh ? "，支持 " : ", support ") + Self.number($0) } ?? ""
                return "\(p.measure) \(Self.number(v)) \(p.unit)" + (p.source.map { " (\($0)\(support))" } ?? "")
            }
            out.append((isZh ? "确定性" : "Certainty") + colon + certainty.name(lang)
                + (parts.isEmpty ? "" : (isZh ? "；依据 " : "; by ") + parts.joined(separator: listed)))
        }
        if let next {
            let level = next.level.map { $0.name(lang) } ?? (isZh ? "阈值" : "the threshold")
            out.append(isZh ? "预计 \(Self.number(next.minutes)) 分钟后达到：\(level)" : "Reaches \(level) in \(Self.number(next.minutes)) min at this rate")
        }
        out.append((isZh ? "负责" : "Responsible") + colon + say(department))
        out += steps.enumerated().map { "  \($0 + 1). \(say($1))" }
        if !resources.isEmpty {
            out.append((isZh ? "资源" : "Resources") + colon + resources.map { say($0) }.joined(separator: listed))
        }
        func streets(_ all: [ResponseList.Street]) -> String {
            all.map { name($0.name, $0.nameEn) + ($0.km.map { " \(Self.number($0)) km" } ?? "") }.joined(separator: listed)
        }
        let near = nearby.by == .distance ? (isZh ? "附近" : "Nearby") : (isZh ? "同区" : "Same district")
        if !nearby.affected.isEmpty {
            out.append(near + (isZh ? "受影响" : ", affected") + colon + streets(nearby.affected))
        }
        if !nearby.free.isEmpty { out.append(near + (isZh ? "正常" : ", free") + colon + streets(nearby.free)) }
        return out
    }

    /// At most two decimals, none where they are zero.
    private static func number(_ v: Double) -> String {
        var text = String(format: "%.2f", v)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}

extension Severity {
    func name(_ lang: Language) -> String {
        switch self {
        case .unknown: lang == .zh ? "未知" : "Unknown"
        case .normal: lang == .zh ? "正常" : "Normal"
        case .blue: lang == .zh ? "蓝色 一般" : "Blue, minor"
        case .yellow: lang == .zh ? "黄色 较重" : "Yellow, moderate"
        case .orange: lang == .zh ? "橙色 严重" : "Orange, severe"
        case .red: lang == .zh ? "红色 特别严重" : "Red, extreme"
        }
    }
}

extension Certainty {
    /// The words of CAP 1.2, for people.
    public func name(_ lang: Language) -> String {
        guard lang == .zh else { return rawValue }
        return switch self {
        case .unknown: "未知"
        case .unlikely: "不太可能"
        case .possible: "可能"
        case .likely: "很可能"
        case .observed: "已观测到"
        }
    }
}

import CityModel
import Foundation
import HubAPI

@testable import Dashboard

/// A small city as a hub would serve it, with fixed times and values.
enum Fixtures {
    static let now = EventTime(ms: 1_795_508_712_000)  // 2026-11-24T08:25:12Z
    static let minute: Int64 = 60_000
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static var dashboards: String { root.appending(path: "Dashboards").path }

    static func screen() throws -> DashboardDef {
        guard let s = try DashboardDef.load(dashboards).first else { throw KapokError("none", "no screen", mend: "") }
        return s
    }

    private struct Spec {
        var unit: String, zh: String, en: String, base: Double, aggregates: [String]
        var levels: [String: [String: String]]?
        var grades: [Board.MeasureInfo.Grade]?
    }
    private static let measures: [(name: String, theme: String, spec: Spec)] = [
        (
            "speed", "traffic",
            Spec(unit: "km/h", zh: "车速", en: "Speed", base: 38, aggregates: ["mean", "p15", "p50", "p85"])
        ),
        ("flow", "traffic", Spec(unit: "veh/h", zh: "流量", en: "Flow", base: 1204, aggregates: ["rate_per_hour"])),
        ("occupancy", "traffic", Spec(unit: "%", zh: "占有率", en: "Occupancy", base: 22, aggregates: ["mean"])),
        ("tti", "traffic", Spec(unit: "ratio", zh: "时间指数", en: "Travel time index", base: 1.4, aggregates: ["ratio"])),
        (
            "tpi", "traffic",
            Spec(
                unit: "1", zh: "交通指数", en: "Traffic performance index", base: 1.2, aggregates: ["weighted", "ratio"],
                levels: [
                    "normal": ["zh": "畅通", "en": "Free"], "blue": ["zh": "基本畅通", "en": "Mostly free"],
                    "yellow": ["zh": "轻度拥堵", "en": "Light congestion"],
                    "orange": ["zh": "中度拥堵", "en": "Moderate congestion"],
                    "red": ["zh": "严重拥堵", "en": "Severe congestion"],
                ])
        ),
        ("congestion", "traffic", Spec(unit: "%", zh: "拥堵里程占比", en: "Congested travel", base: 30, aggregates: ["ratio"])),
        ("pti", "traffic", Spec(unit: "1", zh: "计划时间指数", en: "Planning time index", base: 1.9, aggregates: ["p95", "p50"])),
        (
            "video_vehicles", "traffic",
            Spec(unit: "veh", zh: "视频车辆", en: "Video vehicles", base: 210, aggregates: ["sum"])
        ),
        ("water_level", "emergency", Spec(unit: "m", zh: "水位", en: "Water level", base: 1.2, aggregates: ["max"])),
        ("rainfall", "emergency", Spec(unit: "mm", zh: "雨量", en: "Rainfall", base: 4.5, aggregates: ["per_sensor"])),
        (
            "crowd", "emergency",
            Spec(unit: "persons/m2", zh: "人群密度", en: "Crowd density", base: 1.3, aggregates: ["ratio"])
        ),
        (
            "aqi", "ecology",
            Spec(
                unit: "1", zh: "空气质量指数", en: "Air quality index", base: 40, aggregates: ["worst"],
                grades: [
                    .init(from: 0, name: ["zh": "优", "en": "Excellent"]), .init(from: 51, name: ["zh": "良", "en": "Good"]),
                ])
        ),
    ]

    static let places: [(code: String, zh: String, en: String, severity: Severity)] = [
        ("440103000000", "荔湾区", "Liwan", .normal), ("440104000000", "越秀区", "Yuexiu", .blue),
        ("440105000000", "海珠区", "Haizhu", .orange), ("440106000000", "天河区", "Tianhe", .red),
        ("440111000000", "白云区", "Baiyun", .unknown), ("440112000000", "黄埔区", "Huangpu", .yellow),
        ("440113000000", "番禺区", "Panyu", .normal),
    ]

    static func cell(_ name: String, seed: Int, severity: Severity = .normal, window: String = "1m") -> Board.Cell? {
        guard let m = measures.first(where: { $0.name == name }) else { return nil }
        let isUnknown = severity == .unknown
        let value = m.spec.base * (1 + Double(seed % 5) / 10)
        let statuses: [WindowStatus] = [.complete, .provisional, .revised]
        var values: [String: Double] = [:]
        for (i, a) in m.spec.aggregates.enumerated() { values[a] = value * (i == 0 ? 1 : 0.5 + Double(i) / 4) }
        return Board.Cell(
            measure: name, window: window, unit: m.spec.unit, value: isUnknown ? nil : value,
            values: isUnknown ? [:] : values, severity: severity, status: statuses[seed % 3],
            end: now - (isUnknown ? 25 : 1) * minute, count: Int64(300 + seed), expected: 14,
            reporting: isUnknown ? 0 : 14 - seed % 4, late: Int64(seed % 2),
            trend: (0..<20).map { ($0 + seed) % 9 == 0 ? nil : value + Double(($0 * 7 + seed) % 11) })
    }

    static func row(_ i: Int, theme: String, level: PlaceLevel = .district) -> Board.Row {
        let p = places[i % places.count]
        let cells = measures.filter { $0.theme == theme }.enumerated().compactMap { n, m in
            cell(
                m.name, seed: i + n, severity: p.severity == .unknown || n == 0 ? p.severity : .normal,
                window: m.name == "rainfall" ? "1h" : "1m")
        }
        return Board.Row(
            place: p.code, name: p.zh, nameEn: p.en, level: level, severity: p.severity, cells: cells)
    }

    static func board(theme: String = "traffic", children: Int = 7, place: String = "440100000000") -> Board {
        var city = row(3, theme: theme, level: .city)
        city.place = place
        city.name = "广州市"
        city.nameEn = "Guangzhou"
        return Board(
            theme: theme, title: ["zh": theme, "en": theme], clock: now - minute,
            measures: measures.filter { $0.theme == theme }.map {
                Board.MeasureInfo(name: $0.name, title: ["zh": $0.spec.zh, "en": $0.spec.en], unit: $0.spec.unit,
                    levels: $0.spec.levels, grades: $0.spec.grades)
            }, place: city,
            children: (0..<children).map { i in
                var r = row(i, theme: theme)
                if i >= places.count { r.place = "44019\(i)000000" }
                return r
            })
    }

    static func health(broker: Health.BrokerState = .up, at: EventTime = now, read: Int64 = 0) -> Health {
        let part = Health.Partition(
            topic: "city.speed", partition: 0, firstOffset: 0, nextOffset: 10_000 + read, accepted: 9_960, late: 40,
            duplicate: 0, deadLettered: 3, gap: 0, lag: 1234, watermark: now - minute, idle: false)
        return Health(
            status: "ok",
            broker: .init(state: broker, since: now - 10 * minute, error: broker == .up ? nil : "all down"),
            partitions: [part], themes: [.init(theme: "traffic", clock: now - minute)], deadLetters: ["bad-json": 3],
            commits: 5, lastCommitMs: 4, at: at, version: "1")
    }

    /// Live, at the city, with a board and a health report.
    static func state(_ lang: Language = .en, theme: String = "traffic", children: Int = 7) throws -> ViewState {
        var s = ViewState(screen: try screen(), lang: lang, now: now)
        s.apply(.city(code: "440100000000", name: Words("广州市", "Guangzhou")))
        s.themeIndex = s.screen.themes.firstIndex { $0.name == theme } ?? 0
        s.apply(.health(health(at: now - 1000), at: now - 1000))
        s.apply(.health(health(read: 1500), at: now))
        if let k = s.key { s.apply(.board(k, board(theme: theme, children: children), at: now)) }
        return s
    }

    static let away = HubFailure(code: .unreachable, what: "connection refused")
}

/// SplitMix64: the same numbers on every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

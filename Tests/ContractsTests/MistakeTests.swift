import Contracts
import Foundation
import Testing

/// One edit of the sound fixture, and where and how it must be told.
struct Mistake: Sendable, CustomTestStringConvertible {
    var file: String
    var old: String
    var new: String
    var line: Int
    var says: String
    var testDescription: String { "\(file):\(line) \(says)" }

    init(_ file: String, _ old: String, _ new: String, _ line: Int, _ says: String) {
        (self.file, self.old, self.new, self.line, self.says) = (file, old, new, line, says)
    }
}

@Suite struct MistakeTests {
    @Test func `the fixture itself is sound`() throws {
        #expect(try TopicsFixture().problems == [])
    }

    @Test(arguments: inputs + themes + outputs + places + sensors + checks + groups + histories)
    func `a mistake is told once, with its line`(m: Mistake) throws {
        let sound = try #require(TopicsFixture.files[m.file])
        #expect(m.old.isEmpty || sound.contains(m.old))
        let broken = m.old.isEmpty ? m.new : sound.replacing(m.old, with: m.new, maxReplacements: 1)
        let problems = try TopicsFixture([m.file: broken]).problems
        #expect(problems.first?.hasPrefix("\(m.file):\(m.line): ") == true, "\(problems)")
        #expect(problems.first?.contains(m.says) == true, "\(problems)")
        #expect(problems.count == 1, "\(problems)")
    }

    @Test(arguments: [
        ("{ from: 0.9, source: s }", "`from` must be a number from 1.0"), ("{ source: s }", "`from` is missing"),
        ("{ from: 1.5 }", "`source` is missing"), ("1.5", "`congested` must be a mapping"),
    ])
    func `a share of congested travel is told its mistakes`(written: String, says: String) throws {
        let (t, a) = (Self.t, Self.a)
        let theme = try #require(TopicsFixture.files[t]).replacing(
            "ratio: [travel_time, free_flow_time]", with: "congested: \(written)")
        let contract = try #require(TopicsFixture.files[a]).replacing(
            "kinds:\n", with: "kinds:\n  vehicles: { unit: veh, range: [0, 100] }\n", maxReplacements: 1)
        let problems = try TopicsFixture([t: theme, a: contract]).problems
        #expect(problems.count == 1 && problems.first?.hasPrefix("\(t):23: ") == true, "\(problems)")
        #expect(problems.first?.contains(says) == true, "\(problems)")
    }

    static let a = "inputs/a.yaml"
    static let v = "inputs/v.yaml"
    static let inputs = [
        Mistake(a, "owner: Roads", "owners: Roads\nowner: Roads", 3, "unknown key `owners`"),
        Mistake(a, "topic: t.a\n", "", 1, "`topic` is missing"),
        Mistake(a, "t.a", "t a", 1, "not a Kafka topic name"),
        Mistake(a, "t.a", "[t.a]", 1, "`topic` must be text"),
        Mistake(v, "t.v", "t.a", 1, "already has contract a"),
        Mistake(a, "kapok-json", "xml", 2, "`xml` is not a value of `format`. One of: kapok-json, deepstream"),
        Mistake(a, "partitions: 2", "partitions: 0", 4, "whole number from 1 to 10000"),
        Mistake(a, "partitions: 2", "partitions: 2.5", 4, "whole number"),
        Mistake(a, "5s", "5", 5, "`5` is not a duration"),
        Mistake(a, "5s", "-5s", 5, "not a duration"),
        Mistake(a, "5s", "99999999999999999999d", 5, "not a duration"),
        Mistake(a, "5s", "{}", 5, "not a duration"),
        Mistake(a, "idle_after: 30s", "idle_after: 0s", 8, "longer than 0"),
        Mistake(a, "max_future: 10s\n", "", 1, "`max_future` is missing"),
        Mistake(a, "unit: km/h", "unit: ", 11, "`unit` must be text"),
        Mistake(a, "    unit: mm\n", "", 15, "`unit` is missing"),
        Mistake(a, "[0, 250]", "[250, 0]", 12, "must be [low, high]"),
        Mistake(a, "[0, 250]", "[0, x, 250]", 12, "must be [low, high]"),
        Mistake(a, "[0, 250]", "[nan, 250]", 12, "must be [low, high]"),
        Mistake(a, "[0, 250]", "[0, 1e10]", 12, "within ±1e9"),
        Mistake(a, "    range: [0, 100]\n", "", 15, "`range` of rain is missing"),
        Mistake(a, "mph: 1.6", "mph: 0", 14, "factor of `mph`"),
        Mistake(a, "mph: 1.6", "mph: 1.6\n      cm: 0x10", 15, "factor of `cm`"),
        Mistake(a, "mph: 1.6", "mph: 1.6\n      km/h: 2", 15, "is the unit itself"),
        Mistake(a, "range: [0, 100]", "range: [0, 100]\n    max: 3", 18, "unknown key `max`"),
        Mistake(a, "  rain:", "  rain fall:", 15, "`rain fall` cannot name a kind"),
        Mistake(a, "  rain:", "  travel_time:", 15, "derived from speed or vehicles"),
        Mistake(a, "action: drop", "action: pass", 19, "sensitive but passes the wire"),
        Mistake(a, "level: sensitive", "level: secret", 20, "`secret` is not a value of `level`"),
        Mistake(a, "action: drop", "action: hide", 21, "`hide` is not a value of `action`"),
        Mistake(v, "  persons:\n", "  persons:\n    unit: x\n", 11, "the key `unit` is repeated"),
        Mistake(v, "person: persons", "person: people", 14, "names the unknown kind `people`"),
        Mistake(v, "person: persons", "person: [persons]", 14, "`object_classes` holds something"),
        Mistake(a, "fields:", "object_classes: {x: rain}\nfields:", 18, "needs format deepstream"),
        Mistake(v, "object_classes:\n  person: persons\n", "", 1, "`object_classes` is missing"),
        Mistake(v, "retention: 2d", "retention: 2 days", 4, "not a duration"),
        Mistake(v, "retention: 2d", "retention: 2d\nconfig: {retention.ms: 5}", 5, "given twice"),
        Mistake(v, "retention: 2d", "config: {a b: 5}", 4, "`a b` is not a Kafka setting"),
        Mistake(v, "retention: 2d", "config: 5", 4, "`config` must be a mapping"),
        Mistake(v, "retention: 2d", "max_bytes: 3", 4, "`max_bytes` must be a whole number"),
    ]

    static let t = "themes/t.yaml"
    static let themes = [
        Mistake(t, "version: 3", "version: x", 1, "`version` must be a whole number"),
        Mistake(t, "title: { zh: 题, en: Theme }\n", "", 1, "`title` is missing"),
        Mistake(t, "{ zh: 题, en: Theme }", "{ zh: 题 }", 2, "`en` is missing"),
        Mistake(t, "en: Theme", "en: Theme, fr: Theme", 2, "unknown key `fr`"),
        Mistake(t, "[a, v]", "[a, v, b]", 3, "there is no contract `b`"),
        Mistake(t, "[a, v]", "[a, v, a]", 3, "`a` stands twice"),
        Mistake(t, "pane: 1m", "pane: 0s", 4, "longer than 0"),
        Mistake(t, "5m: { size: 5m, every: 1m }", "5m: { size: 5m, every: 2m }", 7, "every must divide size"),
        Mistake(t, "5m: { size: 5m, every: 1m }", "5m: { size: 90s }", 7, "pane must divide"),
        Mistake(t, "5m: { size: 5m, every: 1m }", "5m: { size: 30d }", 7, "longer than 10000 panes"),
        Mistake(t, "1m: { size: 1m }", "1m: 1m", 6, "`1m` must be a mapping"),
        Mistake(t, "kind: speed", "kind: sped", 12, "`sped` is not a kind"),
        Mistake(t, "    kind: speed\n", "", 10, "one of `kind`, `ratio`, `density`, `congested`, `worst`, `time_to`, `fuse`, not 0"),
        Mistake(t, "kind: speed", "kind: speed\n    density: persons", 10, "not 2"),
        Mistake(t, "unit: km/h\n", "", 13, "YAML"),
        Mistake(t, "[mean, p85]", "[mean, p0]", 14, "`p0` is not an aggregate"),
        Mistake(t, "[mean, p85]", "[mean, median]", 14, "`median` is not an aggregate"),
        Mistake(t, "[mean, p85]", "[mean, ratio]", 14, "`ratio` is for measures of ratio, density or congested"),
        Mistake(t, "[mean, p85]", "[mean, distinct]", 14, "`distinct` counts tracked objects"),
        Mistake(t, "[mean, p85]", "[mean, {}]", 14, "an item of `aggregates` is not text"),
        Mistake(t, "    aggregates: [mean, p85]\n", "", 10, "there are no aggregates"),
        Mistake(t, "display: mean", "display: max", 15, "not among the aggregates"),
        Mistake(t, "direction: below", "direction: down", 17, "One of: above, below"),
        Mistake(t, "red: 10", "red: 40", 19, "`red` is not worse than blue"),
        Mistake(t, "red: 10", "red: inf", 19, "`red` must be a number"),
        Mistake(t, "red: 10", "purple: 10", 19, "unknown key `purple`"),
        Mistake(t, "      blue: 30\n      red: 10\n", "", 16, "there are no thresholds"),
        Mistake(t, "      source: unverified\n", "", 16, "`source` is missing"),
        Mistake(t, "[travel_time, free_flow_time]", "[travel_time]", 23, "must name two kinds"),
        Mistake(t, "[travel_time, free_flow_time]", "[travel_time, freeflow]", 23, "`freeflow` is not a kind"),
        Mistake(t, "windows: [5m]", "windows: [9m]", 25, "there is no window `9m`"),
        Mistake(t, "windows: [5m]", "windows: []", 25, "the measure has no window"),
        Mistake(t, "aggregates: [ratio]", "aggregates: [ratio, mean]", 26, "has no `mean`"),
        Mistake(t, "[ratio, count]", "[ratio, p50]", 31, "has no `p50`"),
        Mistake(t, "  crowd:", "  crowd/x:", 27, "cannot name a measure"),
        Mistake(t, "windows: [5m]", "index: { from: [1, 2], to: [0], source: s }", 25, "`to` must be a list of two or more"),
        Mistake(t, "windows: [5m]", "index: { from: [1, 2], to: [0, 1, 2], source: s }", 25, "`to` has 3 numbers"),
        Mistake(t, "windows: [5m]", "index: { from: [1, 1], to: [0, 1], source: s }", 25, "`from` does not rise"),
        Mistake(t, "windows: [5m]", "index: { from: [1, 2, 3], to: [0, 1, 1], source: s }", 25, "neither rises nor falls"),
        Mistake(t, "windows: [5m]", "index: { from: [1, x], to: [0, 1], source: s }", 25, "`from` must be a list"),
        Mistake(t, "windows: [5m]", "index: { from: [1, 2], to: [0, 1] }", 25, "`source` is missing"),
        Mistake(t, "windows: [5m]", "index: 2", 25, "`index` must be a mapping"),
        Mistake(t, "unit: km/h\n    aggregates: [mean, p85]", "unit: km/h\n    index: { from: [1, 2], to: [0, 1], source: s }\n    aggregates: [mean, variance]", 15, "has no `variance`"),
        Mistake(t, "windows: [5m]", "index: { from: [1, 2], to: [0, 1], round: down, source: s }", 25, "`down` is not a value of `round`"),
        Mistake(t, "ratio: [travel_time, free_flow_time]", "congested: { from: 1.5, source: s }", 23, "`congested` needs `speed` and `vehicles`"),
        Mistake(t, "[travel_time, free_flow_time]", "[vehicle_km, travel_time]", 23, "`vehicle_km` is not a kind"),
        Mistake(t, "source: unverified", "source: s\n      names: { normal: { zh: 通, en: Free } }", 21, "there is no name for blue, red"),
        Mistake(t, "source: unverified", "source: s\n      names: { normal: { zh: 通, en: a }, blue: { zh: 缓, en: b }, red: { zh: 堵, en: r }, orange: { zh: 通, en: Free } }", 21, "unknown key `orange`"),
        Mistake(t, "source: unverified", "source: s\n      names: { normal: { zh: 通 }, blue: { zh: 缓, en: b }, red: { zh: 堵, en: r } }", 21, "`en` is missing"),
        Mistake(t, "gap: 30m, reach", "gap: 30, reach", 8, "`30` is not a duration"),
        Mistake(t, "gap: 30m, reach", "gap: 0s, reach", 8, "longer than 0"),
        Mistake(t, "gap: 30m, reach: 12h", "gap: 25h", 8, "`gap` is longer than a day"),
        Mistake(t, "gap: 30m, reach", "gap: 30m, size: 5m, reach", 8, "unknown key `size`. Known keys: gap, reach"),
        Mistake(t, "reach: 12h", "reach: 29m", 8, "`reach` must be at least the gap"),
        Mistake(t, "reach: 12h", "reach: 8d", 8, "at most 7d"),
        Mistake(t, "windows: [5m]", "windows: [5m, storm]", 25, "ratio, density or congested has no session windows"),
        Mistake(t, "unit: persons/m2", "windows: [storm]\n    unit: x", 30, "ratio, density or congested has no session windows"),
        Mistake(t, "kind: speed\n    unit: kmh", "kind: travel_time\n    unit: s", 36, "`travel_time` is derived and has no session windows"),
        Mistake(t, "windows: [storm]", "windows: [storm, 1m]", 37, "measures whose windows are all sessions"),
        Mistake(t, "    windows: [storm]\n", "", 36, "measures whose windows are all sessions"),
        Mistake(t, "windows: [storm]", "windows: [strom]", 36, "there is no window `strom`"),
        Mistake(t, "{ above: 0.5 }", "{ above: 0.5, below: 9 }", 37, "`when` has one of `above` and `below`"),
        Mistake(t, "{ above: 0.5 }", "{ above: wet }", 37, "`above` must be a number"),
        Mistake(t, "{ above: 0.5 }", "{ over: 0.5 }", 37, "`when` has one of"),
        Mistake(t, "{ above: 0.5 }", "0.5", 37, "`when` must be a mapping"),
        Mistake(t, "[sum, max]", "[sum, weighted]", 38, "a measure with a session window has no `weighted`"),
        Mistake(t, "[sum, max]", "[sum, distinct]", 38, "`distinct` counts tracked objects"),
        Mistake(
            t,
            "kind: speed\n    unit: kmh\n    windows: [storm]\n    when: { above: 0.5 }\n    aggregates: [sum, max]",
            "kind: persons\n    unit: x\n    windows: [storm]\n    aggregates: [sum, distinct]", 37,
            "a measure with a session window has no `distinct`"),
        Mistake(t, "topics: [a, v]", "topics: [a, v", 4, "YAML: "),
        Mistake(t, "topics: [a, v]", "topics: &x [a, v]", 3, "anchors"),
        Mistake(t, "version: 3", "version: \u{1}", 1, "YAML: "),
        Mistake(t, "", "- a\n- b\n", 1, "must be a mapping"),
        Mistake(t, "", "# nothing\n", 1, "the file is empty"),
        Mistake(t, "", "a: 1\n---\nb: 2\n", 2, "another document"),
    ]

    static let outputs = [
        Mistake("outputs/summaries.yaml", "k.summaries", "t.v", 1, "already the topic of contract v"),
        Mistake("outputs/summaries.yaml", "k.summaries", "k.{theme}", 1, "not a Kafka topic name"),
        Mistake("outputs/summaries.yaml", "format: json", "format: avro", 2, "One of: json, cloudevents-json, raw"),
        Mistake("outputs/summaries.yaml", "level: public\n", "", 1, "`level` is missing"),
        Mistake("outputs/summaries.yaml", "cleanup.policy: compact", "cleanup.policy: [x]", 7, "`name: value`"),
        Mistake("outputs/alerts.yaml", "k.alerts.{theme}", "k.alerts", 1, "needs `{theme}`"),
        Mistake("outputs/alerts.yaml", "owner: Hub\n", "", 1, "`owner` is missing"),
        Mistake("outputs/dead-letters.yaml", "{topic}.dlq", "{theme}.dlq", 1, "needs `{topic}`"),
        Mistake("outputs/dead-letters.yaml", "14d", "a fortnight", 4, "not a duration"),
        Mistake("outputs/dead-letters.yaml", "partitions: 1", "partition: 1", 3, "unknown key `partition`"),
    ]

    static let p = "places/p.csv"
    static let places = [
        Mistake(p, "name_en,parent", "parent", 1, "the header is not the expected one"),
        Mistake(p, "440106004000,street", "44010600400,street", 4, "not a 12-digit division code"),
        Mistake(p, "440106004000,street", "+44010600400,street", 4, "not a 12-digit division code"),
        Mistake(p, "440106004000,street", "440106004000,road", 4, "`road` is not a level"),
        Mistake(p, "石牌街道", "", 5, "the place has no name"),
        Mistake(p, ",440106000000,,\n440106006000", ",440106000000,\n440106006000", 4, "6 fields, not 7"),
        Mistake(p, "113.3,23.1", "113.3x,23.1", 3, "lon `113.3x` is not a number"),
        Mistake(p, "113.3,23.1", "113.3,123.1", 3, "lat `123.1` is not a number from -90"),
        Mistake(p, "113.3,23.1", "113.3,nan", 3, "lat `nan`"),
        Mistake(p, "113.3,23.1", "113.3,", 3, "only one of lon and lat"),
        Mistake(p, "Shahe,440106000000", "Shahe,440107000000", 4, "its parent 440107000000 is not in the file"),
        Mistake(p, "Shahe,440106000000", "Shahe,440106006000", 4, "is not a district"),
        Mistake(p, "Shahe,440106000000", "Shahe,", 4, "the street has no parent"),
        Mistake(p, "Shahe,440106000000", "Shahe,44", 4, "parent `44` is not a 12-digit"),
        Mistake(p, "Guangzhou,,", "Guangzhou,440106000000,", 2, "a city has no parent"),
        Mistake(p, "440106006000,street", "440106004000,street", 5, "already in"),
        Mistake(p, "440106006000,street,石牌街道,,440106000000,,", "440200000000,city,x,,,,", 5, "a second city"),
        Mistake(p, "沙河街道", "沙河街道 ", 4, "begins or ends with a space"),
        Mistake(p, "沙河街道", "\"沙河街道\"", 4, "holds a quote"),
        Mistake(p, "", "code,level,name,name_en,parent,lon,lat\n", 1, "there is no city"),
        Mistake(p, "", "", 1, "header"),
    ]

    static let s = "sensors/s.csv"
    static let sensors = [
        Mistake(s, "length_m", "length", 1, "the header is not the expected one"),
        Mistake(s, "loop-1,speed", ",speed", 2, "id is empty"),
        Mistake(s, "20,Roads,60", "20,,60", 2, "owner is empty"),
        Mistake(s, "loop-1,speed", "loop-1,sped", 2, "kind `sped` is in no contract"),
        Mistake(s, "440106006000", "440106000000", 3, "is not a street"),
        Mistake(s, "mph,20", "kn,20", 3, "unit `kn` cannot be converted to km/h"),
        Mistake(s, "km/h,20", "km/h,0", 2, "interval_s"),
        Mistake(s, "km/h,20", "km/h,twenty", 2, "interval_s"),
        Mistake(s, "60,500", "sixty,500", 2, "free_flow_kmh `sixty` is not a number"),
        Mistake(s, "60,500", "60,-5", 2, "length_m `-5` is not a number"),
        Mistake(s, "60,500", "60,", 2, "only one of free_flow_kmh and length_m"),
        Mistake(s, "80.5", "0", 4, "area_m2 `0` is not a number"),
        Mistake(s, "80.5", "", 4, "area_m2 is missing"),
        Mistake(s, "loop-2,speed,loop,440106006000", "loop-1,speed,loop,440106006000", 3, "already listed for speed"),
        Mistake(s, "cam-1,", "loop-1,", 4, "another device or in another street"),
        Mistake(
            s, "loop-2,speed,loop,440106006000,mph,20,Roads", "loop-2,speed,loop,440106004000,mph,20,Rail", 3,
            "Rail and Roads"),
        Mistake(s, "80.5\n", "80.5,\n", 4, "11 fields, not 10"),
    ]

    /// A kind's checks, put behind the range of `rain` on line 17.
    private static func check(_ text: String, _ line: Int, _ says: String) -> Mistake {
        let lines = text.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
        return Mistake(a, "    range: [0, 100]\n", "    range: [0, 100]\n    checks:\n" + lines + "\n", line, says)
    }
    static let checks = [
        check("source: x", 18, "`checks` of rain check nothing"),
        check("max_change_per_minute: 1\nrest_value: 0\nsource: x", 20, "`rest_value` means nothing without stuck_after"),
        check("stuck_after: 5m", 18, "`source` is missing"),
        check("stuck_after: 0s\nsource: x", 19, "longer than 0"),
        check("stuck_after: 5\nsource: x", 19, "`5` is not a duration"),
        check("stuck_after: 5m\nrest_value: x\nsource: x", 20, "`rest_value` must be a number"),
        check("max_change_per_minute: 0\nsource: x", 19, "`max_change_per_minute` must be a number"),
        check("max_change_per_minute: -1\nsource: x", 19, "`max_change_per_minute` must be a number"),
        check("stuck: 5m\nstuck_after: 5m\nsource: x", 19, "unknown key `stuck`"),
        check("agree: { compare: sum }\nsource: x", 19, "`agree` has neither tolerance nor percent"),
        check("agree: { tolerance: 1, compare: median }\nsource: x", 19, "One of: mean, sum, distinct"),
        check("agree: { tolerance: -1 }\nsource: x", 19, "`tolerance` must be a number"),
        check("agree: { percent: 101 }\nsource: x", 19, "`percent` must be a number"),
        check("agree: { percent: 1, over: soon }\nsource: x", 19, "`soon` is not a duration"),
        check("agree: { percent: 1, within: 5m }\nsource: x", 19, "unknown key `within`"),
        check("agree: 5\nsource: x", 19, "`agree` must be a mapping"),
        check("stuck_after: 5m\nweights: { jump: 1.1 }\nsource: x", 20, "`jump` must be a number"),
        check("stuck_after: 5m\nweights: { late: 1 }\nsource: x", 20, "unknown key `late`"),
        Mistake(a, "    range: [0, 100]\n", "    range: [0, 100]\n    checks: none\n", 18, "`checks` must be a mapping"),
        Mistake(t, "[ratio, count]", "[ratio, weighted, sum]", 31, "has no `sum`"),
    ]

    private static func registry(_ rows: String...) -> String {
        "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2,group\n"
            + rows.joined(separator: "\n") + "\n"
    }
    static let groups = [
        Mistake(s, "", registry("rain-1,rain,gauge,440106004000,mm,60,Weather,,,,w"), 2, "the row has a group, but rain has"),
        Mistake(s, "area_m2\n", "area_m2,groups\n", 1, "the header is not the expected one"),
        Mistake(s, "", registry("rain-1,rain,gauge,440106004000,mm,60,Weather,,,"), 2, "10 fields, not 11"),
    ]

    private static let watched: [String: String?] = [
        a: TopicsFixture.files[a].map {
            $0.replacing("range: [0, 250]", with: "range: [0, 250]\n    checks: { agree: { percent: 5 }, source: x }")
                .replacing("range: [0, 100]", with: "range: [0, 100]\n    checks: { agree: { percent: 5 }, source: x }")
        }
    ]

    @Test func `a group is of sensors of one street that can be compared`() throws {
        func problems(_ rows: String) throws -> [String] {
            try TopicsFixture(Self.watched.merging([Self.s: Self.registry(rows)], uniquingKeysWith: { $1 })).problems
        }
        let (one, two) = ("a,rain,gauge,440106004000,mm,60,W,,,,g", "b,rain,gauge,440106004000,mm,60,W,,,,g")
        #expect(try problems(one + "\n" + two) == [])
        let alone = try problems(one)
        #expect(alone.count == 1 && alone[0].hasPrefix("sensors/s.csv:2: group `g` has no other sensor in this street"))
        let apart = try problems(one + "\n" + two.replacing("440106004000", with: "440106006000"))
        #expect(apart.count == 2)
        let mixed = try problems(one + "\nc,speed,loop,440106004000,km/h,20,R,,,,g")
        #expect(mixed.count == 1 && mixed[0].hasPrefix("sensors/s.csv:3: group `g` compares speed with rain"))
    }

    @Test func `checks have their defaults, and are read as written`() throws {
        let fixture = try TopicsFixture([
            Self.a: TopicsFixture.files[Self.a].map {
                $0.replacing(
                    "    range: [0, 100]\n",
                    with: "    range: [0, 100]\n    checks:\n      stuck_after: 2h\n      rest_value: -1.5\n"
                        + "      max_change_per_minute: 0.25\n      agree: { tolerance: 2 }\n"
                        + "      weights: { stuck: 0, off: 0.333 }\n      source: the book\n")
            }
        ])
        let c = try #require(try Catalogue.load(fixture.root).contract("a")?.kinds.first { $0.name == "rain" }?.checks)
        #expect(c.stuckAfterMs == 7_200_000 && c.restValue == -1.5 && c.maxChangePerMinute == 0.25 && c.source == "the book")
        #expect(c.agreement?.quantity == "rain" && c.agreement?.compare == .mean && c.agreement?.tolerance == 2)
        #expect(c.agreement?.percent == 0 && c.agreement?.overMs == 0)
        #expect((c.weights.stuck, c.weights.jump, c.weights.off, c.weights.disagree) == (0, 250, 333, 500))
    }
}

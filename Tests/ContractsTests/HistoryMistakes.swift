import Contracts
import Testing

extension MistakeTests {
    /// Keys of a kind, put behind the range of `rain` on line 17, or of `speed` on line 12.
    private static func rain(_ text: String, _ line: Int, _ says: String) -> Mistake {
        let lines = text.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        return Mistake(a, "    range: [0, 100]\n", "    range: [0, 100]\n" + lines + "\n", line, says)
    }
    private static func speed(_ text: String, _ says: String) -> Mistake {
        Mistake(a, "    range: [0, 250]\n", "    range: [0, 250]\n    free_flow: \(text)\n", 13, says)
    }
    private static let hours = "off_peak: { weekdays: [09:00-16:00] }"

    static let histories = [
        rain("rate: { source: x }", 18, "`over` is missing"),
        rain("rate: { over: 1s, source: x }", 18, "`over` must be from 5s to 24h"),
        rain("rate: { over: 10m }", 18, "`source` is missing"),
        rain("rate: { over: 10m, per: day, source: x }", 18, "One of: hour, minute"),
        rain("rate: 5", 18, "`rate` must be a mapping"),
        rain("alarm: { raise: [3], clear: [2] }", 18, "`source` is missing"),
        rain("alarm: { raise: [3, 2], clear: [1, 2], source: x }", 18, "`raise` must be one to four rising numbers"),
        rain("alarm: { raise: [1, 2, 3, 4, 5], clear: [1, 2], source: x }", 18, "`raise` must be one to four rising"),
        rain("alarm: { raise: [3], source: x }", 18, "`clear` must be one to four rising numbers"),
        rain("alarm: { raise: [3, 4], clear: [2], source: x }", 18, "`clear` has 1 numbers, `raise` has 2"),
        rain("alarm: { raise: [3, 6], clear: [4, 5], source: x }", 18, "`clear` lies above `raise`"),
        rain("alarm: { raise: [3], clear: [2], for: 0, source: x }", 18, "`for` must be a whole number from 1"),
        rain("alarm: { raise: [3], clear: [2], for: soon, source: x }", 18, "`soon` is not a duration"),
        rain("alarm: { raise: [3], clear: [2], confirmed_by: [speed], source: x }", 18, "`speed` has no `alarm`"),
        rain("alarm: { raise: [3], clear: [2], levels: 4, source: x }", 18, "unknown key `levels`"),
        rain("free_flow: { \(hours), source: x }", 18, "learned from `speed`, not from rain"),
        speed("{ source: x }", "`off_peak` is missing"),
        speed("{ off_peak: {}, source: x }", "`off_peak` has no hours"),
        speed("{ off_peak: { weekdays: 9 }, source: x }", "`weekdays` must be a list"),
        speed("{ off_peak: { weekdays: [9-16] }, source: x }", "`9-16` is not a span of a day"),
        speed("{ off_peak: { weekdays: [16:00-09:00] }, source: x }", "`16:00-09:00` is not a span"),
        speed("{ off_peak: { weekdays: [09:00-24:01] }, source: x }", "`09:00-24:01` is not a span"),
        speed("{ off_peak: { weekends: [09:60-10:00] }, source: x }", "`09:60-10:00` is not a span"),
        speed("{ \(hours) }", "`source` is missing"),
        speed("{ \(hours), percentile: 100, source: x }", "`percentile` must be a whole number from 1 to 99"),
        speed("{ \(hours), after: 0, source: x }", "`after` must be a whole number from 1"),
        speed("{ \(hours), utc_offset: 8, source: x }", "`8` is not an offset from UTC"),
        speed("{ \(hours), until: 5, source: x }", "unknown key `until`"),
        Mistake(t, "measures:\n", "speed_classes: { arterial: [40, 30, 20] , source: x }\nmeasures:\n", 9, "must be four falling speeds"),
        Mistake(t, "measures:\n", "speed_classes: { arterial: [40, 30, 30, 20] , source: x }\nmeasures:\n", 9, "must be four falling"),
        Mistake(t, "measures:\n", "speed_classes: { source: x }\nmeasures:\n", 9, "`speed_classes` has no road class"),
        Mistake(t, "measures:\n", "speed_classes: { arterial: [40, 30, 20, 10] }\nmeasures:\n", 9, "`source` is missing"),
        Mistake(t, "kind: speed\n    unit: km/h", "kind: speed_class\n    unit: km/h", 12, "`speed_class` is not a kind"),
        Mistake(t, "kind: speed\n    unit: km/h", "kind: rain_rate\n    unit: km/h", 12, "`rain_rate` is not a kind"),
        Mistake(t, "kind: speed\n    unit: kmh", "kind: free_flow\n    unit: kmh", 36, "`free_flow` is derived"),
        Mistake(a, "  rain:\n", "  free_flow:\n", 15, "`free_flow` is derived from speed or vehicles and cannot be sent"),
    ]

    private func problems(_ edits: [(file: String, old: String, new: String)]) throws -> [String] {
        var files: [String: String?] = [:]
        for e in edits {
            let text = files[e.file].flatMap { $0 } ?? TopicsFixture.files[e.file] ?? ""
            #expect(text.contains(e.old))
            files[e.file] = text.replacing(e.old, with: e.new, maxReplacements: 1)
        }
        return try TopicsFixture(files).problems
    }

    @Test func `a derived kind is not sent by a contract too`() throws {
        let told = try problems([
            (Self.a, "    range: [0, 250]\n", "    range: [0, 250]\n    rate: { over: 1m, source: x }\n"),
            (Self.a, "  rain:\n", "  speed_rate:\n"),
        ])
        #expect(told.count == 1 && told[0].hasPrefix("inputs/a.yaml:10: `speed_rate` is derived from speed"), "\(told)")
    }

    @Test func `a length may stand without a free-flow speed where one is learned`() throws {
        let row = "60,500"
        #expect(try problems([(Self.s, row, ",500")]).count == 1)
        let learns = "    range: [0, 250]\n    free_flow: { \(Self.hours), source: x }\n"
        #expect(try problems([(Self.s, row, ",500"), (Self.a, "    range: [0, 250]\n", learns)]) == [])
        let alone = try problems([(Self.s, row, "60,"), (Self.a, "    range: [0, 250]\n", learns)])
        #expect(alone.count == 1 && alone[0].contains("only one of free_flow_kmh and length_m"))
    }

    @Test func `a road class is one of the theme's, on rows of speed`() throws {
        let classes = "speed_classes: { arterial: [40, 30, 20, 10], source: x }\nmeasures:\n"
        func told(_ road: String, _ camera: String = "") throws -> [String] {
            try problems([
                (Self.t, "measures:\n", classes), (Self.s, "area_m2\n", "area_m2,road_class\n"),
                (Self.s, "60,500,\n", "60,500,,\(road)\n"), (Self.s, "Roads,,,\n", "Roads,,,,\n"),
                (Self.s, "80.5\n", "80.5,\(camera)\n"),
            ])
        }
        #expect(try told("arterial") == [])
        let unknown = try told("street")
        #expect(unknown.count == 1 && unknown[0].hasPrefix("sensors/s.csv:2: road_class `street` is not in speed_classes"))
        let camera = try told("", "arterial")
        #expect(camera.count == 1 && camera[0].hasPrefix("sensors/s.csv:4: road_class is of rows of speed"))
    }

    @Test func `what is derived from history is read as written, with its defaults`() throws {
        let text = (TopicsFixture.files[Self.a] ?? "")
            .replacing(
                "    range: [0, 250]\n",
                with: "    range: [0, 250]\n    free_flow: { off_peak: { weekdays: [09:00-16:00, 23:30-24:00] }, source: b }\n")
            .replacing(
                "    range: [0, 100]\n",
                with: "    range: [0, 100]\n    rate: { over: 90s, per: minute, source: b }\n"
                    + "    alarm: { raise: [3, 6], clear: [3, 5.5], for: 45s, source: b }\n")
        let fixture = try TopicsFixture([Self.a: text])
        let kinds = try #require(try Catalogue.load(fixture.root).contract("a")?.kinds)
        let free = try #require(kinds.first { $0.name == "speed" }?.freeFlow)
        #expect(free.percentile == 85 && free.after == 1000 && free.utcOffsetMs == 0 && free.weekends.isEmpty)
        #expect(free.weekdays == [32_400_000..<57_600_000, 84_600_000..<86_400_000])
        let rain = try #require(kinds.first { $0.name == "rain" })
        #expect(rain.rate?.overMs == 90_000 && rain.rate?.perMs == 60_000 && rain.rate?.source == "b")
        #expect(rain.alarm?.raise == [3, 6] && rain.alarm?.clear == [3, 5.5] && rain.alarm?.confirmedBy == ["rain"])
        #expect(rain.alarm?.readings == 1 && rain.alarm?.lastingMs == 45_000)
        #expect(rain.ownDerived == ["rain_rate", "rain_alarm", "rain_confirmed"])
    }
}

import CityModel
import Dispatch
import Hub
import HubAPI
import Pipeline
import Store
import TestSupport
import Testing
import Windowing

@testable import Serving

/// A partition with one street's partial of the newest minute before `present`.
func partials() throws -> Commit.Partition {
    var a = Aggregate()
    for v in [30, 50] as [Int64] { a.add(v * 1_000_000, time: present - 1000, ordinal: 0, identity: 0, needs: []) }
    var bytes: [UInt8] = []
    a.append(to: &bytes)
    return .init(
        topic: "city.readings", partition: 0,
        state: PartitionState(ledger: Ledger(), maxEventTime: present, frames: [], dedupGeneration: 0), ids: [],
        cells: [
            .init(
                theme: "traffic", scope: "", start: (present - 1000) / minute * minute, place: City.eastStreets[0],
                input: "speed", bytes: bytes)
        ])
}

/// `/v1/sliding` against a plain sum over the events.
@Suite struct SlidingTests {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z
    static let streets = [
        "loop-1": "440106001000", "loop-2": "440106002000", "fcd-1": "440103001000", "fcd-2": "440103001000",
        "粤-loop": "440106002000",
    ]
    struct Event {
        var sensor: String
        var time: Int64
        var value: Int64
        var street: String { SlidingTests.streets[sensor] ?? "" }
    }

    /// 40 minutes of speeds on two partitions, in the order of time.
    static let events: [Event] = {
        var rng = SplitMix64(state: 8)
        var time = start
        return (0..<3000).map { _ in
            time += Int64.random(in: 0...1600, using: &rng)
            let sensor = streets.keys.sorted()[Int.random(in: 0..<5, using: &rng)]
            return Event(sensor: sensor, time: time, value: Int64.random(in: 1...250, using: &rng))
        }
    }()

    func fill(_ store: HubStore, _ city: TinyCity) throws {
        let core = try HubCore(
            catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
        for slot in 0...1 { _ = try core.assign(slot: slot, topic: "t.sensors", partition: Int32(slot), now: 0) }
        for (i, e) in Self.events.enumerated() {
            let text =
                "{\"sensor\":\"\(e.sensor)\",\"kind\":\"speed\",\"value\":\(e.value),\"unit\":\"km/h\",\"ts\":\(e.time)}"
            core.process([.init(slot: i % 2, run: 0, records: 0..<1)], now: 0) { _, batch in
                Array(text.utf8).withUnsafeBytes { b in
                    _ = batch.append(b.baseAddress, b.count, .init(offset: Int64(i / 2), recordTime: e.time))
                }
            } extra: { _, _ in (nil, []) }
            if i % 500 == 499 { _ = try core.commit(now: 1, brokerUp: true) { _ in .init(caughtUp: true) } }
        }
    }

    private func isBelow(_ street: String, _ place: String) -> Bool {
        place == TinyCity.city || street == place || (place.hasSuffix("000000") && street.hasPrefix(place.prefix(6)))
    }

    @Test(arguments: [1, 7, 15, 60, 1440])
    func `every row is the plain sum of the last minutes' events`(minutes: Int) async throws {
        let city = try TinyCity()
        try await Served.with(catalogue: city.catalogue) { s in
            try fill(s.store, city)
            let newest = try #require(Self.events.last).time / minute * minute + minute
            let from = newest - Int64(minutes) * minute
            for (query, places) in [
                ("", [TinyCity.city] + TinyCity.districts),
                ("&place=440106000000", ["440106000000", "440106001000", "440106002000"]),
                ("&place=440103001000", ["440103001000"]),
            ] {
                let r = try await s.decode(
                    SlidingResponse.self, "/v1/sliding?theme=city&measure=speed&minutes=\(minutes)\(query)")
                #expect(r.end?.ms == newest && r.start?.ms == from && r.minutes == minutes && r.theme == "city")
                #expect(r.summaries.map(\.place) == places)
                for row in r.summaries {
                    let mine = Self.events.filter { $0.time >= from && isBelow($0.street, row.place) }
                    #expect(row.count == Int64(mine.count) && row.late == 0, "\(row.place)")
                    #expect(row.values["sum"] == Double(mine.reduce(0) { $0 + $1.value }))
                    #expect(row.values["max"] == mine.map { Double($0.value) }.max())
                    #expect(row.reporting == Set(mine.map(\.sensor)).count)
                    #expect(row.status == .provisional && row.digest.isEmpty && row.window == "last-\(minutes)m")
                    #expect(row.start.ms == from && row.end.ms == newest)
                }
            }
        }
    }

    @Test func `without a measure every one is there, and a silent one is unknown`() async throws {
        let city = try TinyCity()
        try await Served.with(catalogue: city.catalogue) { s in
            let empty = try await s.decode(SlidingResponse.self, "/v1/sliding?theme=city")
            #expect(empty.end == nil && empty.summaries.isEmpty && empty.minutes == 15)
            try fill(s.store, city)
            let r = try await s.decode(SlidingResponse.self, "/v1/sliding")
            let row = r.summaries.filter { $0.place == TinyCity.city }
            #expect(row.map(\.measure) == city.catalogue.themes[0].measures.map(\.name) && row.count == 7)
            let silent = try #require(row.first { $0.measure == "rainfall" })
            #expect(silent.count == 0 && silent.severity == .unknown && silent.expected == 3 && silent.value == nil)
        }
    }

    @Test func `who disagrees weighs less in the last minutes as in a window of the same panes`() async throws {
        let city = try TinyCity(
            [
                "sensors/all.csv": """
                    id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2,group
                    gauge-1,water_level,gauge,440103001000,m,60,Water,,,,w
                    gauge-2,water_level,gauge,440103001000,m,60,Water,,,,w
                    gauge-3,water_level,gauge,440103001000,m,60,Water,,,,w

                    """
            ],
            replacing: [
                "    convert: { cm: 0.01, mm: 0.001 }\n":
                    "    convert: { cm: 0.01, mm: 0.001 }\n    checks: { agree: { tolerance: 0.1 }, source: test }\n",
                "aggregates: [max, last]": "aggregates: [weighted, max, last]",
            ])
        try await Served.with(catalogue: city.catalogue) { s in
            let core = try HubCore(
                catalogue: city.catalogue, store: s.store, pseudonym: nil, publishSummaries: false, threads: 1)
            _ = try core.assign(slot: 0, topic: "t.sensors", partition: 0, now: 0)
            for (i, level) in [0.3, 0.32, 0.7].enumerated() {
                let time = Self.start + Int64(i)
                let text =
                    #"{"sensor":"gauge-\#(i + 1)","kind":"water_level","value":\#(level),"unit":"m","ts":\#(time)}"#
                core.process([.init(slot: 0, run: 0, records: 0..<1)], now: 0) { _, batch in
                    Array(text.utf8).withUnsafeBytes { b in
                        _ = batch.append(b.baseAddress, b.count, .init(offset: Int64(i), recordTime: time))
                    }
                } extra: { _, _ in (nil, []) }
            }
            let shown = try core.commit(now: 1, brokerUp: true) { _ in .init(caughtUp: true) }
            let window = try #require(
                shown.first { $0.place == "440103001000" && $0.measure == "water_level" && $0.count == 3 })
            #expect(window.findings?.agreements.first?.off == ["gauge-3"])
            let r = try await s.decode(
                SlidingResponse.self, "/v1/sliding?measure=water_level&minutes=1&place=440103001000")
            let row = try #require(r.summaries.first)
            #expect(row.findings == window.findings && row.quality == window.quality)
            #expect(row.values["weighted"] == window.values["weighted"] && row.flagged == 1)
        }
    }

    @Test func `panes longer than a minute are taken whole`() async throws {
        let city = try TinyCity(
            replacing: ["pane: 1m": "pane: 5m", "1m: { size: 1m }": "1m: { size: 5m }", "every: 1m": "every: 5m"])
        try await Served.with(catalogue: city.catalogue) { s in
            try fill(s.store, city)
            let r = try await s.decode(SlidingResponse.self, "/v1/sliding?measure=speed&minutes=7")
            let (from, to) = (try #require(r.start), try #require(r.end))
            #expect(to - from == 10 * minute && to.ms % (5 * minute) == 0)
            #expect(r.summaries[0].count == Int64(Self.events.count { $0.time >= from.ms }))
        }
    }

    @Test func `an answer of too many partials is refused, a narrower one is not`() async throws {
        let city = try TinyCity()
        try await Served.with(catalogue: city.catalogue, slidingLimit: 100) { s in
            try fill(s.store, city)
            let r = try await s.get("/v1/sliding?minutes=60")
            #expect(r.status == 400 && r.text.contains("too-many-partials") && r.text.contains("100"))
            // One street, one measure, two partitions: at most 80 in 40 minutes.
            #expect(try await s.get("/v1/sliding?minutes=60&measure=speed&place=440106001000").status == 200)
        }
    }

    @Test func `who finds the line full is told to come back, and it empties`() async throws {
        let line = WaitingLine(longest: 1)
        let gate = DispatchSemaphore(value: 0)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await line.run {
                begin.yield()
                gate.wait()
            }
        }
        for await _ in begun { break }
        let refusal = await #expect(throws: Refusal.self) { try await line.run {} }
        #expect(refusal?.body.error.code == "busy" && refusal?.status == .serviceUnavailable)
        gate.signal()
        try await first.value
        try await line.run {}
    }
}

import CityModel
import Hub
import HubAPI
import Pipeline
import Store
import TestSupport
import Testing
import Wire

/// Forecasts and scores through the hub's core and its database.
@Suite struct OutlookRestartTests {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z

    struct Event: Sendable {
        var time: Int64
        var text: String
    }

    /// Hours of readings of three speeds and a gauge, one each 100 s or so; some come a little late.
    static func events(hours: Int64, _ rng: inout SplitMix64) -> [Event] {
        var out: [Event] = []
        var time = start
        while time < start + hours * 3_600_000 {
            time += Int64.random(in: 10_000...40_000, using: &rng)
            let at = Int.random(in: 0..<9, using: &rng) > 0 ? time : time - Int64.random(in: 0...70_000, using: &rng)
            let sensor = ["loop-1", "loop-2", "loop-3", "gauge-1"][Int.random(in: 0..<4, using: &rng)]
            // loop-2 is silent for an hour.
            if sensor == "loop-2", (3...4).contains((at - start) / 3_600_000) { continue }
            let value = sensor == "gauge-1" ? Int.random(in: 0...30, using: &rng) : Int.random(in: 20...60, using: &rng)
            let kind = sensor == "gauge-1" ? "water_level" : "speed"
            out.append(Event(time: time, text: #"{"sensor":"\#(sensor)","kind":"\#(kind)","value":\#(value),"ts":\#(at)}"#))
        }
        return out
    }

    /// What the hub expected after each commit.
    func outcome(_ events: [Event], seed: UInt64, restarts: Bool) throws -> (rows: [[OutlookRow]], checkpoints: Int) {
        let city = try TinyCity(["themes/city.yaml": TinyCity.outlookTheme])
        let folder = try TempFolder("kapok-outlook")
        let store = try HubStore(path: folder.file("hub.db").path)
        defer { try? store.close() }
        func core() throws -> (HubCore, Int) {
            let c = try HubCore(
                catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
            return (c, Int(try c.assign(slot: 0, topic: "t.sensors", partition: 0, now: 0) ?? 0))
        }
        func feed(_ core: HubCore, _ range: Range<Int>) {
            core.process([.init(slot: 0, run: 0, records: range)], now: 0) { piece, batch in
                for i in piece.records {
                    Array(events[i].text.utf8).withUnsafeBytes { b in
                        _ = batch.append(b.baseAddress, b.count, .init(offset: Int64(i), recordTime: events[i].time))
                    }
                }
            } extra: { _, _ in (nil, []) }
        }
        var out: [[OutlookRow]] = []
        var starts: Set<Int64> = []
        var (hub, at) = try core()
        var rng = SplitMix64(state: seed), dice = SplitMix64(state: seed &+ 1)
        while at < events.count {
            let to = min(events.count, at + Int.random(in: 0...60, using: &rng))
            if restarts, Int.random(in: 0..<4, using: &dice) == 0 {
                // Dies with records that no commit had.
                feed(hub, at..<to)
                let before = hub.outlooks
                (hub, at) = try core()
                #expect(hub.outlooks == before)
            }
            feed(hub, at..<to)
            at = to
            _ = try hub.commit(now: 0, brokerUp: true) { _ in .init(caughtUp: false) }
            out.append(hub.outlooks)
            for r in try store.outlooks(theme: "city") { if let s = r.state?.start { starts.insert(s) } }
        }
        #expect(try store.summaries(.init(theme: "city", window: "5m")).contains { $0.status == .revised })
        return (out, starts.count)
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func `a hub that is restarted at any commit expects the same as one that was not`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let events = Self.events(hours: 14, &rng)
        let steady = try outcome(events, seed: seed, restarts: false)
        let restarted = try outcome(events, seed: seed, restarts: true)
        #expect(steady.rows == restarted.rows)
        // The comparison is of something: ready, silent and learning rows, and several checkpoints.
        let all = steady.rows.joined()
        #expect(all.contains { $0.forecasts.count == 3 } && all.contains { $0.state == .silent && $0.history > 0 })
        #expect(all.contains { $0.state == .learning } && all.contains { $0.score != nil })
        #expect(steady.checkpoints >= 3 && restarted.checkpoints >= 3)
    }

    @Test func `stored state that cannot be read is damage, and is not left out without a word`() throws {
        let city = try TinyCity(["themes/city.yaml": TinyCity.outlookTheme])
        let folder = try TempFolder("kapok-outlook")
        let store = try HubStore(path: folder.file("hub.db").path)
        defer { try? store.close() }
        var outlook = try #require(
            Outlook(ThemePlan(city.catalogue.themes[0], city.catalogue), city.catalogue))
        let row = Summary(
            place: TinyCity.streets[2], level: .street, theme: "city", measure: "speed", window: "5m",
            start: EventTime(ms: Self.start), end: EventTime(ms: Self.start + 300_000), status: .complete, revision: 0,
            unit: "km/h", value: 40, values: [:], severity: .normal, count: 1, expected: 1, reporting: 1, coverage: 100,
            late: 0, digest: "")
        var commit = Commit()
        commit.outlooks = outlook.take([row])
        commit.outlooks[0].state?.bytes.removeLast()
        try store.commit(commit)
        let error = #expect(throws: KapokError.self) {
            _ = try HubCore(
                catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
        }
        #expect(error?.code == "database-corrupt" && error?.what.contains("the outlook of city/speed") == true)
    }
}

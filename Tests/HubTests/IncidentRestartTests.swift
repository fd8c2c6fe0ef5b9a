import CityModel
import Hub
import HubAPI
import Pipeline
import Store
import TestSupport
import Testing
import Wire

/// Incident detection through the hub's core and its database.
@Suite struct IncidentRestartTests {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z

    /// Half an hour of three stations, every 20 s; jams at `st-2` now and then.
    func texts(_ rng: inout SplitMix64) -> [String] {
        var jam = Int64.min
        return (0..<90).flatMap { (i: Int64) -> [String] in
            let time = Self.start + i * 20_000
            if Int.random(in: 0..<15, using: &rng) == 0 { jam = time + 240_000 }
            return ["st-1", "st-2", "st-3"].map { s in
                let v = time < jam ? (s == "st-3" ? 3 : 40) : 9
                let at = time + Int64.random(in: -4_000...4_000, using: &rng)
                return #"{"sensor":"\#(s)","kind":"occupancy","value":\#(v).\#(Int.random(in: 0...9, using: &rng)),"ts":\#(at)}"#
            }
        }
    }

    struct Outcome: Equatable {
        var incidents: [SeenIncident]
        var rows: [String: Summary]
    }

    /// - Parameter restarts: a new core over the same database now and then, after records that no commit had.
    func outcome(_ texts: [String], seed: UInt64, restarts: Bool) throws -> Outcome {
        let city = try TinyCity.withStations()
        let folder = try TempFolder("kapok-incidents")
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
                    Array(texts[i].utf8).withUnsafeBytes { b in
                        _ = batch.append(b.baseAddress, b.count, .init(offset: Int64(i), recordTime: .max))
                    }
                }
            } extra: { _, _ in (nil, []) }
        }
        var rows: [String: Summary] = [:]
        var (hub, at) = try core()
        var rng = SplitMix64(state: seed)
        while at < texts.count {
            let to = min(texts.count, at + Int.random(in: 1...12, using: &rng))
            feed(hub, at..<to)
            if restarts, Int.random(in: 0..<3, using: &rng) == 0 {
                (hub, at) = try core()
                continue
            }
            at = to
            for s in try hub.commit(now: 0, brokerUp: true, presence: { _ in .init(caughtUp: false) })
            where s.status != .provisional {
                rows["\(s.place) \(s.measure) \(s.window) \(s.start.rfc3339)"] = s
            }
        }
        return Outcome(incidents: try store.incidents(from: .min, to: .max), rows: rows)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `a hub that is restarted finds the same incidents and shows the same rows`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let all = texts(&rng)
        let one = try outcome(all, seed: seed, restarts: false)
        #expect(try outcome(all, seed: seed &+ 100, restarts: true) == one)
        #expect(one.rows.values.contains { $0.measure == "incident_california" && $0.value == 1 })
        #expect(one.incidents.contains { $0.source == .california && $0.device == "st-3" && $0.episode.ended != nil })
    }
}

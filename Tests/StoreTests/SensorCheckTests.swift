import CityModel
import Foundation
import GRDB
import HubAPI
import Testing
import TestSupport
import Windowing

@testable import Pipeline
@testable import Store

/// What the checks of sensors leave in the database.
@Suite struct SensorCheckTests {
    let folder: TemporaryFolder
    let store: HubStore
    init() throws {
        folder = try TemporaryFolder()
        store = try HubStore(path: folder.db)
    }

    func track(_ time: Int64, _ value: Int64, _ since: Int64, _ soundTime: Int64, _ soundValue: Int64) -> SensorTrack {
        var t = SensorTrack()
        (t.time, t.value, t.sameSince, t.soundTime, t.soundValue) = (time, value, since, soundTime, soundValue)
        return t
    }

    @Test func `tracks come back by partition, sensor and kind; a newer one takes the place of the old`() throws {
        let first: [PartitionState.Track] = [
            .init(sensor: "水尺-1", kind: "water_level", track: track(5, -2_000_000, 1, .min, 0)),
            .init(sensor: "loop-1", kind: "speed", track: track(.max, .min, .min, 7, .max)),
            .init(sensor: "loop-1", kind: "vehicles", track: SensorTrack()),
        ]
        var p = partition()
        p.tracks = first
        var other = partition("city.sensor", 1)
        other.tracks = [.init(sensor: "loop-1", kind: "speed", track: track(1, 1, 1, 1, 1))]
        try store.commit(.of([p, other]))
        p.tracks = [.init(sensor: "loop-1", kind: "speed", track: track(9, 8, 7, 6, 5))]
        try store.commit(.of([p]))
        try store.close()
        let again = try HubStore(path: folder.db)
        let got = try #require(try again.partition("city.sensor", 0)).tracks
        #expect(Set(got) == [first[0], first[2], p.tracks[0]])
        #expect(try again.partition("city.sensor", 1)?.tracks == other.tracks)
        #expect(try again.partition("city.other", 0) == nil)
    }

    @Test(arguments: [
        nil,
        SensorFindings(silent: ["a", "粤-loop", "q\"uote"], flags: [], agreements: []),
        SensorFindings(
            silent: [], flags: [.init(sensor: "a", flag: .off, weight: 0.1), .init(sensor: "b", flag: .jump, weight: 0)],
            agreements: [
                .init(
                    group: "w", quantity: "water_level", status: .unconfirmed, tolerance: 1.0 / 3,
                    members: [
                        .init(sensor: "a", kind: "water_level", value: 0.1 + 0.2),
                        .init(sensor: "b", kind: "water_level", value: nil),
                    ], off: [])
            ]),
    ] as [SensorFindings?])
    func `quality, flags and findings of a summary come back, and go when the next revision has none`(
        findings: SensorFindings?
    ) throws {
        var s = summary()
        (s.quality, s.flagged, s.findings) = (1.0 / 3, 2, findings)
        try store.commit(.of(summaries: [s]))
        #expect(try store.summaries(SummaryQuery()) == [s])
        let plain = summary(status: .revised, revision: 1)
        try store.commit(.of(summaries: [plain]))
        #expect(try store.summaries(SummaryQuery()) == [plain])
    }

    @Test func `findings that are no JSON are an error, not a trap`() throws {
        var s = summary()
        s.findings = SensorFindings(silent: ["a"], flags: [], agreements: [])
        try store.commit(.of(summaries: [s]))
        try store.pool.write { try $0.execute(sql: "UPDATE summaries SET findings = '{\"silent\":'") }
        #expect(code { _ = try store.summaries(SummaryQuery()) }?.hasPrefix("database-") == true)
    }
}

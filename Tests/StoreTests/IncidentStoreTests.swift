import CityModel
import Pipeline
import Testing

@testable import Store

/// What incident detection leaves in the database.
@Suite struct IncidentStoreTests {
    let folder: TemporaryFolder
    let store: HubStore
    init() throws {
        folder = try TemporaryFolder()
        store = try HubStore(path: folder.db)
    }
    static let newest: Int64 = 1_700_000_000_123

    func incident(_ device: String, _ source: IncidentSource, told: Int64, last: Int64, ended: Int64? = nil) -> SeenIncident {
        var e = IncidentEpisode(since: told - minute, told: told, last: last, ended: ended)
        e.measured.occupancy = 40_500_000
        e.measured.usual = -1
        return SeenIncident(device: device, street: 440_106_004_000, source: source, episode: e)
    }

    @Test func `states of detectors come back by partition; a newer one takes the place of the old`() throws {
        var p = partition()
        p.detectors = [.init(device: "loop-1", bytes: [1, 2]), .init(device: "粤-loop", bytes: [])]
        var other = partition("city.sensor", 1)
        other.detectors = [.init(device: "loop-1", bytes: [9])]
        try store.commit(.of([p, other]))
        p.detectors = [.init(device: "loop-1", bytes: [3])]
        try store.commit(.of([p]))
        try store.close()
        let again = try HubStore(path: folder.db)
        #expect(try again.partition("city.sensor", 0)?.detectors == [
            .init(device: "loop-1", bytes: [3]), .init(device: "粤-loop", bytes: []),
        ])
        #expect(try again.partition("city.sensor", 1)?.detectors == other.detectors)
    }

    @Test func `an incident is told once and grows; a week behind the newest event it goes`() throws {
        let t = Self.newest
        var p = partition()
        p.incidents = [
            incident("a", .california, told: t, last: t), incident("a", .deviate, told: t - minute, last: t),
            incident("b", .smoothing, told: t - 9 * 86_400_000, last: t - 8 * 86_400_000),
        ]
        try store.commit(.of([p]))
        let grown = incident("a", .california, told: t, last: t + minute, ended: t + 2 * minute)
        p.incidents = [grown]
        try store.commit(.of([p]))
        #expect(try store.incidents(from: .min, to: .max) == [incident("a", .deviate, told: t - minute, last: t), grown])
        #expect(try store.incidents(from: t + 1, to: .max) == [grown])
        #expect(try store.incidents(from: .min, to: t).map(\.source) == [.deviate])
    }
}

import CityModel
import Pipeline
import Testing

@testable import Store

/// What outlooks go on from.
@Suite struct OutlookTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func commit(_ records: [OutlookRecord]) -> Commit {
        var c = Commit()
        c.outlooks = records
        return c
    }
    let state = OutlookRecord.State(
        identity: "formula 1", places: [440_100_000_000, .max], start: 600_000, bytes: [0, 1, 255])

    @Test func `state and the windows since come back as they were written, over a restart`() throws {
        let store = try HubStore(path: folder.db)
        #expect(try store.outlooks(theme: "traffic").isEmpty)
        // -0.0 and a window without a value are kept to the bit.
        let steps: [OutlookRecord.Step] = [
            .init(start: 900_000, values: [nil, 0.1 + 0.2]), .init(start: 1_200_000, values: [-0.0, 1e-300]),
        ]
        try store.commit(commit([.init(theme: "traffic", measure: "tpi", state: state)]))
        try store.commit(commit([.init(theme: "traffic", measure: "tpi", steps: [steps[0]])]))
        try store.commit(commit([.init(theme: "traffic", measure: "tpi", steps: [steps[1]])]))
        try store.commit(commit([.init(theme: "other", measure: "tpi", state: state)]))
        try store.close()
        let again = try HubStore(path: folder.db)
        let read = try again.outlooks(theme: "traffic")
        #expect(read == [.init(theme: "traffic", measure: "tpi", steps: steps, state: state)])
        #expect(read[0].steps[1].values[0]?.sign == .minus)
    }

    @Test func `new state takes the place of the old one and of the windows before it`() throws {
        let store = try HubStore(path: folder.db)
        let step = OutlookRecord.Step(start: 900_000, values: [1, 2])
        try store.commit(
            commit(["speed", "tpi"].map { .init(theme: "traffic", measure: $0, steps: [step], state: state) }))
        var newer = state
        (newer.start, newer.bytes) = (1_200_000, [7])
        try store.commit(commit([.init(theme: "traffic", measure: "tpi", state: newer)]))
        #expect(
            try store.outlooks(theme: "traffic") == [
                .init(theme: "traffic", measure: "speed", steps: [step], state: state),
                .init(theme: "traffic", measure: "tpi", state: newer),
            ])
        // Windows without any state are of no use, and are not given back.
        try store.commit(commit([.init(theme: "traffic", measure: "flow", steps: [step])]))
        #expect(try store.outlooks(theme: "traffic").count == 2)
    }
}

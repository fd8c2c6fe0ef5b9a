import Foundation
import HubAPI
import TestSupport
import Testing

/// The hub dies, again and again.
@Suite(.enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct KillRecoveryTests {
    static let kills = 50

    /// Where in its life a hub is killed; the moment itself lies between the hub's commits and this test's records.
    private enum Moment: CaseIterable {
        case starting, assigned, counting, caughtUp
    }

    @Test func `kill -9 at fifty random points loses and doubles nothing`() throws {
        let stream = try TinyStream(seed: 11)
        var random = SplitMix64(state: 42)
        var kills = 0
        var moments: [Moment: Int] = [:]
        while kills < Self.kills {
            let hub = try stream.hub("hub", more: ["--commit-interval", "20"])
            let moment = Moment.allCases[Int.random(in: 0..<4, using: &random)]
            let burst = Int.random(in: 1...420, using: &random)
            if moment == .caughtUp { try stream.send(burst) }
            try wait(for: moment, hub, stream, &random)
            // In the middle of what is being sent.
            let at = Int.random(in: 0..<burst, using: &random)
            let more = try stream.send(burst) { if $0 == at { hub.process.signal(SIGKILL) } }
            hub.process.signal(SIGKILL)
            try hub.process.wait()
            #expect(more, "the city's time must last longer than the kills")
            kills += 1
            moments[moment, default: 0] += 1
        }
        #expect(moments.count == Moment.allCases.count)
        try stream.sendRest()
        try stream.close()
        try stream.finish(try stream.hub("hub"))
        try stream.expectCleanRun(stream.db("hub"))
    }

    private func wait(
        for moment: Moment, _ hub: RunningHub, _ stream: TinyStream, _ random: inout SplitMix64
    ) throws {
        switch moment {
        case .starting: break
        case .assigned:
            _ = try eventually("a partition is assigned: \(hub.process.log)") {
                hub.process.log.contains("partition assigned") ? true : nil
            }
        case .counting:
            let from = RunningHub.counted(try hub.health())
            let left = stream.sent - from
            try hub.waitForRecords(from + (left > 0 ? Int64.random(in: 0...left, using: &random) : 0))
        case .caughtUp: try hub.waitForRecords(stream.sent)
        }
    }
}

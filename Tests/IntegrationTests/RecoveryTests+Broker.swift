import CityModel
import Foundation
import HubAPI
import Store
import TestSupport
import Testing

/// The broker goes away. It is stopped, not killed: this one loses records that it has acknowledged then, and no hub can
/// bring those back.
@Suite(.enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct BrokerRecoveryTests {
    private func waitForBroker(_ state: Health.BrokerState, _ hub: RunningHub) throws {
        _ = try eventually("the broker is \(state): \(hub.process.log.suffix(2000))") { () throws -> Bool? in
            let h: Health = try hub.get("/v1/health")
            return h.broker.state == state && h.status == (state == .up ? "ok" : "degraded") ? true : nil
        }
    }

    @Test func `a broker that restarts while the hub reads, again and again, costs nothing`() throws {
        let stream = try TinyStream(seed: 12)
        let hub = try stream.hub("hub")
        var random = SplitMix64(state: 7)
        for _ in 0..<4 {
            try stream.send(2500)
            let left = stream.sent - RunningHub.counted(try hub.health())
            try hub.waitForRecords(stream.sent - (left > 0 ? Int64.random(in: 0...left, using: &random) : 0))
            try stream.stopBroker(holding: hub)
            try stream.broker.restart()
        }
        try stream.sendRest()
        try stream.close()
        try stream.finish(hub)
        try stream.expectCleanRun(stream.db("hub"))
    }

    @Test func `a broker that is away for a minute, at the start and later, is told; no window closes because of it`() throws {
        let stream = try TinyStream(seed: 13)
        try stream.send(6000)
        stream.broker.stop()
        let hub = try stream.hub("hub")
        try waitForBroker(.down, hub)
        try stream.broker.restart()
        try hub.waitForRecords(stream.sent)
        try stream.stopBroker(holding: hub)
        try waitForBroker(.down, hub)
        let before = try hub.health()
        // Twice `idle_after`: this minute is what is tested.
        _ = try eventually("a minute has passed", seconds: 180) { () throws -> Bool? in
            let h: Health = try hub.get("/v1/health")
            #expect(h.broker.state == .down && h.broker.since == before.broker.since && h.themes == before.themes)
            return h.at - before.broker.since >= 60_000 ? true : nil
        }
        try stream.broker.restart()
        try waitForBroker(.up, hub)
        try stream.sendRest()
        try stream.close()
        try stream.finish(hub)
        #expect(hub.process.log.contains("broker down"))
        try stream.expectCleanRun(stream.db("hub"))
    }
}

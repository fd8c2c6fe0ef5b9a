import Foundation
import HubAPI
import KafkaIO
import TestSupport
import Testing

/// An edge at its own broker, and a centre that has nothing but its partials.
@Suite(.enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct EdgeTests {
    private func edge(_ stream: TinyStream, _ centre: TestBroker) throws -> RunningHub {
        try RunningHub(
            "edge", bootstrap: stream.broker.bootstrapServers, topics: stream.city.path, db: stream.db("edge"),
            folder: stream.broker.folder, group: "edge",
            more: [
                "--name", "north", "--centre-bootstrap", centre.bootstrapServers, "--interval", "0.1",
                "--commit-interval", "40",
            ])
    }

    private func centre(_ stream: TinyStream, _ broker: TestBroker) throws -> RunningHub {
        try RunningHub(
            bootstrap: broker.bootstrapServers, topics: stream.city.path, db: stream.db("centre"),
            folder: stream.broker.folder, group: "centre", more: ["--partials"])
    }

    /// Stops the centre's broker while those who use it are held: this one loses what it acknowledges while it is stopping.
    private func stop(_ broker: TestBroker, holding hubs: [RunningHub]) throws {
        for h in hubs { h.process.signal(SIGSTOP) }
        defer { for h in hubs { h.process.signal(SIGCONT) } }
        let admin = try Admin(KafkaConfig(bootstrapServers: broker.bootstrapServers), environment: environment())
        for _ in 0..<20 { _ = try admin.topics() }
        broker.stop()
    }

    @Test func `kill -9 of edge and centre and a link that is down lose and double nothing`() throws {
        let stream = try TinyStream(seed: 21, minutes: 12)
        let far = try TestBroker()
        try createTopics(
            stream.city.catalogue.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) }
                + [TopicSpec("kapok.partials", partitions: 2)], far)
        var random = SplitMix64(state: 7)
        var hub = try centre(stream, far)
        for round in 0..<10 {
            let e = try edge(stream, far)
            if round == 6 {
                // The link is down; the edge goes on, and says what waits.
                try stop(far, holding: [e, hub])
                try stream.send(3000)
                let counted = stream.sent
                try e.waitForRecords(counted)
                let told = try eventually("what waits is told: \(e.process.log.suffix(2000))") { () throws -> Health.Edge? in
                    let h: Health = try e.get("/v1/health")
                    guard let edge = h.edge, edge.messages > 0, edge.centre.state == .down else { return nil }
                    return edge
                }
                #expect(told.name == "north" && told.rawBytes > 0)
                e.process.signal(SIGKILL)
                try e.process.wait()
                try far.restart()
                continue
            }
            let burst = Int.random(in: 200...900, using: &random)
            _ = try eventually("partitions: \(e.process.log.suffix(1000))") { e.process.log.contains("partition assigned") ? true : nil }
            let at = Int.random(in: 0..<burst, using: &random)
            try stream.send(burst) { if $0 == at { e.process.signal(SIGKILL) } }
            e.process.signal(SIGKILL)
            try e.process.wait()
            if round % 4 == 3 {
                hub.process.signal(SIGKILL)
                try hub.process.wait()
                hub = try centre(stream, far)
            }
        }
        try stream.sendRest()
        try stream.close()
        let last = try edge(stream, far)
        try last.waitForRecords(stream.sent)
        _ = try eventually("all is told: \(last.process.log.suffix(2000))") { () throws -> Bool? in
            let h: Health = try last.get("/v1/health")
            return h.edge?.messages == 0 && h.edge?.bundles ?? 0 > 0 ? true : nil
        }
        // Both are there until the centre has closed its windows.
        try stream.finish(hub)
        #expect(try last.interrupt() == 0, "\(last.process.log.suffix(2000))")
        try stream.finish(try stream.hub("raw", group: "raw"))
        try stream.expectSame(stream.db("centre"), stream.db("raw"))

        let (mine, raw) = (try stream.ledgers(stream.db("centre")), try stream.ledgers(stream.db("raw")))
        for (tp, l) in raw { #expect(mine[TopicPartition(tp.topic + "@north", tp.partition)] == l, "\(tp)") }
        let unbalanced = mine.values.filter { !$0.isBalanced }
        #expect(unbalanced.isEmpty)
        #expect(mine.filter { $0.key.topic == "kapok.partials" }.values.reduce(0) { $0 + $1.accepted } > 10)
        for name in ["centre", "edge"] {
            let run = try KapokProcess.run(
                ["verify", "--topics", stream.city.path, "--db", stream.db(name).path, "--lang", "en"],
                folder: stream.broker.folder)
            #expect(run.exitCode == 0 && run.output.contains("Nothing is wrong."), "\(run.output.suffix(2000)) \(run.errors)")
        }
    }
}

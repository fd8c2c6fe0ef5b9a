import CityModel
import Foundation
import HubAPI
import Testing

@testable import Serving

// The limit ends a test whose server would wait for ever.
@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    @Test func `health comes first, then what is committed, filtered by theme and place`() async throws {
        try await Served.with([], health()) { s in
            let all = try await EventReader(s.port)
            let some = try await EventReader(s.port, "?theme=traffic&place=%E5%A4%A9%E6%B2%B3%E5%8C%BA")
            for r in [all, some] {
                let first = try #require(await r.next())
                #expect(first.name == "health")
                #expect(try first.decode(Health.self) == health())
            }
            #expect(s.feed.subscribers == 2)
            let others = [summary(City.east, "smoke", theme: "emergency", start: 0), summary(City.code, start: 0)]
            let mine = [summary(City.east, "speed", start: 0), summary(City.east, "flow", start: 0)]
            s.feed.publish(.summaries(others))
            s.feed.publish(.summaries(others + mine))
            s.feed.publish(.health(health(clock: nil)))
            for wanted in [others, others + mine] {
                #expect(try await all.next()?.decode(SummariesResponse.self).summaries == wanted)
            }
            #expect(try await some.next()?.decode(SummariesResponse.self).summaries == mine)
            for r in [all, some] { #expect(try await r.next()?.decode(Health.self) == health(clock: nil)) }
        }
    }

    @Test func `a stream that opens before the first report waits for it`() async throws {
        try await Served.with { s in
            let r = try await EventReader(s.port)
            try await until { s.feed.subscribers == 1 }
            s.feed.publish(.health(health()))
            #expect(await r.next()?.name == "health")
        }
    }

    @Test func `streams end when the feed does, and no new one begins`() async throws {
        try await Served.with([], health()) { s in
            let r = try await EventReader(s.port)
            _ = await r.next()
            s.feed.finish()
            #expect(await r.next() == nil)
            #expect(s.feed.subscribers == 0)
            let late = try await EventReader(s.port)
            while await late.next() != nil {}
            #expect(s.feed.subscribers == 0)
        }
    }

    @Test func `a client that goes is forgotten, though nothing is sent`() async throws {
        try await Served.with([], health()) { s in
            let r = try await EventReader(s.port)
            _ = await r.next()
            #expect(s.feed.subscribers == 1)
            r.client.close()
            try await until { s.feed.subscribers == 0 }
        }
    }

    @Test
    func `a client that does not read is cut behind its backlog, holds nobody back, and does not keep the server up`()
        async throws
    {
        try await Served.with([], health()) { s in
            let slow = try await EventReader(s.port)
            let quick = try await EventReader(s.port, "?theme=emergency")
            _ = await quick.next()
            try await until { s.feed.subscribers == 2 }
            let bulk = (0..<500).map { summary(City.code, start: Int64($0) * minute) }
            var sent = 0
            while s.feed.subscribers == 2, sent < 5000 {
                let one = summary(City.code, "smoke", theme: "emergency", start: Int64(sent))
                s.feed.publish(.summaries(bulk + [one]))
                #expect(try await quick.next()?.decode(SummariesResponse.self).summaries == [one])
                sent += 1
            }
            #expect(s.feed.subscribers == 1)
            #expect(sent > LiveFeed.backlog)
            // Its connection is closed: reading what was under way comes to an end.
            var got = 0
            while await slow.next() != nil { got += 1 }
            #expect(got < sent)
        }
    }

    @Test func `a client that does not read does not keep the server from stopping`() async throws {
        try await Served.with([], health()) { s in
            let slow = try await EventReader(s.port)
            try await until { s.feed.subscribers == 1 }
            let bulk = (0..<2000).map { summary(City.code, start: Int64($0) * minute) }
            for _ in 0..<50 { s.feed.publish(.summaries(bulk)) }
            try await s.stop()
            withExtendedLifetime(slow) {}
        }
    }

    /// Waits for what other tasks do, without end but for the test's own limit.
    private func until(_ holds: @Sendable () -> Bool) async throws {
        while !holds() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

import Alerting
import CityModel
import Contracts
import Foundation
import Hub
import HubAPI
import Store
import TestSupport
import Testing
import Wire

/// Alerts through the hub's core: readings in, alerts on disk, notices out.
@Suite struct AlertHubTests {
    static let start = IdlenessTests.start

    static let theme =
        TinyCity.files["themes/city.yaml"]!.replacing(
            "  1m: { size: 1m }\n  5m: { size: 5m, every: 1m }\n", with: "  1m: { size: 1m }\n"
        )
        .replacing("    windows: [5m]\n", with: "") + """
            rules:
              slow:
                title: { zh: 缓行, en: Slow }
                measure: speed
                window: 1m
                levels: { yellow: { raise: 20, clear: 25 }, red: { raise: 10, clear: 15 } }
                direction: below
                escalate: [10m]
                source: test

            """

    /// A hub's core that can be killed and started anew over the same file.
    final class Restarting {
        let city: TinyCity
        private let folder: TempFolder
        private(set) var store: HubStore
        private(set) var core: HubCore
        let inbox = AlertInbox()
        private var next: Int64 = 0
        var now = AlertHubTests.start

        init() throws {
            city = try TinyCity(["themes/city.yaml": AlertHubTests.theme])
            folder = try TempFolder("kapok-alert-hub")
            store = try HubStore(path: folder.file("hub.db").path)
            core = try Self.core(city, store, inbox)
            _ = try core.assign(slot: 0, topic: "t.sensors", partition: 0, now: now)
        }
        private static func core(_ city: TinyCity, _ store: HubStore, _ inbox: AlertInbox) throws -> HubCore {
            try HubCore(
                catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1,
                inbox: inbox)
        }

        /// What was not committed is lost, and read again.
        func kill() throws {
            try store.close()
            store = try HubStore(path: folder.file("hub.db").path)
            core = try Self.core(city, store, inbox)
            next = try core.assign(slot: 0, topic: "t.sensors", partition: 0, now: now) ?? 0
        }

        /// A reading of every second of a minute.
        func feed(minute: Int64, speed: Double) {
            for s in stride(from: 0, to: 60, by: 10) {
                let time = AlertHubTests.start + minute * 60_000 + Int64(s) * 1000
                now = time
                let text = #"{"sensor":"loop-1","kind":"speed","value":\#(speed),"unit":"km/h","ts":\#(time)}"#
                let offset = next
                next += 1
                core.process([.init(slot: 0, run: 0, records: 0..<1)], now: now) { _, batch in
                    Array(text.utf8).withUnsafeBytes { b in
                        _ = batch.append(b.baseAddress, b.count, .init(offset: offset, recordTime: time))
                    }
                } extra: { _, _ in
                    (nil, [])
                }
            }
        }

        func commit() throws -> [AlertNotice] {
            _ = try core.commit(now: now, brokerUp: true) { _ in .init(caughtUp: false) }
            return core.tellAlerts()
        }
    }

    @Test func `a crossing is told with the commit that completes its window, and kept in the same one`() throws {
        let h = try Restarting()
        h.feed(minute: 0, speed: 40)
        h.feed(minute: 1, speed: 15)
        #expect(try h.commit().isEmpty)
        h.feed(minute: 2, speed: 15)
        let notices = try h.commit()
        #expect(notices.map(\.kind) == [.opened])
        let alert = try #require(notices.first?.alert)
        #expect(
            alert.place == TinyCity.streets[2] && alert.since.ms == Self.start + 60_000 && alert.severity == .yellow)
        // Records 6 to 17 are of minute 1 or later.
        #expect(alert.evidence.sources.count == 1 && alert.evidence.sources[0].topic == "t.sensors")
        #expect(alert.evidence.sources[0].first <= 6 && alert.evidence.sources[0].next == 18)
        #expect(try h.store.alerts(AlertQuery()).map(\.id) == [alert.id])
        #expect(try h.store.notices(after: 0, limit: 10) == notices)
        #expect(try h.store.alertBook() == h.core.alertBook)
    }

    @Test func `a kill before the commit loses and doubles nothing: the same ids, revisions and sequences`() throws {
        let (clean, killed) = (try Restarting(), try Restarting())
        var told: [[AlertNotice]] = [[], []]
        let speeds = [40.0, 15, 15, 8, 40, 40, 15, 40, 40]
        for (m, v) in speeds.enumerated() {
            clean.feed(minute: Int64(m), speed: v)
            told[0] += try clean.commit()
            killed.feed(minute: Int64(m), speed: v)
            if m % 2 == 1 {
                // Read, not committed.
                try killed.kill()
                killed.feed(minute: Int64(m), speed: v)
            }
            told[1] += try killed.commit()
        }
        #expect(told[0] == told[1] && told[0].map(\.kind) == [.opened, .raised, .resolved, .opened, .resolved])
        #expect(try clean.store.alertHistory(limit: 100) == killed.store.alertHistory(limit: 100))
    }

    @Test func `each revision of an open alert goes to the theme's topic as a CloudEvent, in the commit's outbox`()
        throws
    {
        let h = try Restarting()
        for (m, v) in [40.0, 15, 8, 40, 40].enumerated() {
            h.feed(minute: Int64(m), speed: v)
            _ = try h.commit()
        }
        let messages = try h.store.outbox(after: 0, limit: 100).map(\.message)
        #expect(messages.map(\.topic) == Array(repeating: "k.alerts.city", count: 3))
        struct Event: Decodable {
            var specversion, id, type, subject: String
            var data: Alert
        }
        let events = try messages.map { try JSONDecoder().decode(Event.self, from: Data($0.value ?? [])) }
        let id = try #require(events.first?.data.id)
        #expect(events.map(\.id) == ["\(id)-1", "\(id)-2", "\(id)-3"] && Set(events.map(\.specversion)) == ["1.0"])
        #expect(events.map(\.type) == ["kapok.alert.open", "kapok.alert.open", "kapok.alert.resolved"])
        #expect(events.map(\.data.severity) == [.yellow, .red, .red])
        #expect(messages.allSatisfy { $0.key == Array("\(TinyCity.streets[2])/city/slow".utf8) })
    }

    @Test func `what a person does is answered when it is on disk, and survives a kill`() async throws {
        let h = try Restarting()
        for (m, v) in [15.0, 15].enumerated() { h.feed(minute: Int64(m), speed: v) }
        let id = try #require(try h.commit().first?.alert.id)
        let inbox = h.inbox
        let until = EventTime(ms: h.now + 3_600_000)
        async let taken = inbox.perform(.init(.acknowledge, actor: "li", reason: "", id: id, until: until))
        async let refused = inbox.perform(.init(.resolve, actor: "li", reason: "", id: id))
        while inbox.waiting < 2 { await Task.yield() }
        #expect(try h.commit().map(\.kind) == [.acknowledged])
        #expect(await taken == .done)
        guard case .refused("no-reason", _, _) = await refused else {
            Issue.record("it was not refused")
            return
        }
        try h.kill()
        #expect(h.core.alertBook.records.first { $0.alert?.id == id }?.alert?.acknowledgement?.owner == "li")
        inbox.close()
        #expect(await inbox.perform(.init(.unsilence, actor: "li", reason: "")) == .gone)
    }
}

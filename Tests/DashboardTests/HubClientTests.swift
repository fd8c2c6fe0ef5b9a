import CityModel
import Foundation
import HubAPI
import Testing

@testable import Dashboard

/// A port on which nobody listens, held so that nobody else can take it.
private final class DeadPort {
    let descriptor: Int32
    let number: UInt16

    init?() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var a = sockaddr_in()
        a.sin_family = sa_family_t(AF_INET)
        a.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = descriptor
        let ok = withUnsafeMutablePointer(to: &a) { p in
            p.withMemoryRebound(to: sockaddr.self, capacity: 1) { s in
                bind(fd, s, size) == 0 && getsockname(fd, s, &size) == 0
            }
        }
        guard ok else { return nil }
        number = UInt16(bigEndian: a.sin_port)
    }
    deinit { close(descriptor) }
    var hub: String { "http://127.0.0.1:\(number)" }
}

@Suite struct HubClientTests {
    @Test func `a hub that is away is away, and a frame of it an error with advice`() async throws {
        let port = try #require(DeadPort())
        let failure = await #expect(throws: HubFailure.self) { try await HubClient(port.hub).health() }
        #expect(failure?.isAway == true)
        let options = DashboardOptions(hub: port.hub, dashboards: Fixtures.dashboards)
        let error = await #expect(throws: KapokError.self) { try await printFrame(options) }
        #expect(error?.code == "hub-unreachable")
        withExtendedLifetime(port) {}
    }

    @Test func `frames go on without a hub and say OFFLINE`() async throws {
        let port = try #require(DeadPort())
        let options = DashboardOptions(hub: port.hub, color: .never, dashboards: Fixtures.dashboards)
        try await printFrames(options, every: 1, count: 1) { frame in
            #expect(frame.contains("OFFLINE") && !frame.contains("LIVE "))
        }
        withExtendedLifetime(port) {}
    }

    @Test func `the poller reports the absence and when it will try again`() async throws {
        let port = try #require(DeadPort())
        let (events, sink) = AsyncStream<Event>.makeStream()
        let poller = Poller(
            client: HubClient(port.hub), intervalMs: 100, trend: 5, wanted: Wanted(), report: { sink.yield($0) })
        let task = Task { await poller.run() }
        defer { task.cancel() }
        for await e in events {
            guard case .failed(let f, let at, let retryAt) = e else { continue }
            #expect(f.isAway)
            #expect(try #require(retryAt) - at == 1000)
            break
        }
        withExtendedLifetime(port) {}
    }

    @Test func `waits double up to a quarter of a minute`() {
        #expect((0...7).map { Poller.backOffMs($0) } == [0, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
        #expect(Poller.backOffMs(.max) == 15_000)
    }

    @Test func `a place is found by code or name with the way to it`() throws {
        let all = PlacesResponse([
            Place(code: 440_100_000_000, level: .city, name: "广州市", nameEn: "Guangzhou", parent: nil),
            Place(code: 440_106_000_000, level: .district, name: "天河区", nameEn: "Tianhe", parent: 440_100_000_000),
            Place(code: 440_106_001_000, level: .street, name: "五山街道", nameEn: "Wushan", parent: 440_106_000_000),
        ]).places
        #expect(try path(to: nil, in: all).map(\.code) == ["440100000000"])
        #expect(try path(to: "tianhe", in: all).map(\.code) == ["440100000000", "440106000000"])
        #expect(try path(to: "五山街道", in: all).count == 3)
        #expect(throws: KapokError.self) { try path(to: "Atlantis", in: all) }
    }
}

import CityModel
import HubAPI
import Pipeline
import Store
import Testing

@testable import Contracts
@testable import Serving

/// `GET /v1/incidents`.
@Suite struct IncidentTests {
    static func catalogue() throws -> Catalogue {
        var c = try City.catalogue()
        c.themes[1].incidents = IncidentRules(
            weights: ["california": 0.7, "deviate": 0.5], raise: 0.7, clear: 0.4, holdMs: minute, lostAfterMs: 15 * minute,
            source: "test")
        return c
    }

    static func partition() -> Commit.Partition {
        func seen(_ street: UInt64, _ source: IncidentSource, _ told: Int64, _ ended: Int64?) -> SeenIncident {
            var e = IncidentEpisode(
                since: present - told * minute - minute, told: present - told * minute, last: present - minute,
                ended: ended.map { present - $0 * minute })
            e.measured.occupancy = 41_500_000
            return SeenIncident(device: "l1", street: street, source: source, episode: e)
        }
        var l = Ledger()
        (l.first, l.next, l.accepted) = (0, 1, 1)
        var p = Commit.Partition(
            topic: "city.readings", partition: 0,
            state: .init(ledger: l, maxEventTime: present, frames: [], dedupGeneration: 0), ids: [], cells: [])
        p.incidents = [
            seen(City.eastStreets[0], .california, 5, nil), seen(City.eastStreets[0], .deviate, 4, nil),
            seen(City.eastStreets[1], .deviate, 5, nil), seen(City.westStreet, .california, 40, 30),
            seen(City.westStreet, .california, 400, 390),
        ]
        return p
    }

    @Test func `incidents are open and recent, newest first, with what told them`() async throws {
        try await Served.with([], health(), partitions: [Self.partition()], catalogue: Self.catalogue()) { s in
            let a = try await s.decode(IncidentsResponse.self, "/v1/incidents")
            #expect(a.asOf == EventTime(ms: present - 5500) && !a.truncated)
            #expect(a.incidents.map(\.street) == [City.eastStreets[0], City.westStreet].map(String.init))
            #expect(a.incidents.map(\.state) == [.open, .cleared])
            let first = a.incidents[0]
            #expect(first.theme == "traffic" && first.name == "五山街道" && first.certainty == 0.85)
            #expect(first.raised == EventTime(ms: present - 5 * minute) && first.cleared == nil)
            #expect(first.evidence.map(\.source) == ["california", "deviate"])
            #expect(first.evidence[0].measured == ["occupancy": 41.5] && first.evidence[0].finding == nil)
            #expect(a.incidents[1].cleared == EventTime(ms: present - 29 * minute))
        }
    }

    @Test(arguments: [
        ("state=all", 3), ("state=tentative", 1), ("state=open", 1), ("state=cleared&minutes=480", 2),
        ("place=\(City.westStreet)", 1), ("place=\(City.east)&state=all", 2), ("minutes=20", 1), ("limit=1", 1),
        ("theme=emergency", 0),
    ])
    func `they can be narrowed`(query: String, count: Int) async throws {
        try await Served.with([], health(), partitions: [Self.partition()], catalogue: Self.catalogue()) { s in
            let a = try await s.decode(IncidentsResponse.self, "/v1/incidents?" + query)
            #expect(a.incidents.count == count && a.truncated == query.hasPrefix("limit"))
        }
    }

    @Test func `what is unknown is refused, and without any there are none`() async throws {
        try await Served.with([], health(), catalogue: Self.catalogue()) { s in
            let none = try await s.decode(IncidentsResponse.self, "/v1/incidents")
            #expect(none.incidents.isEmpty)
            #expect(try await s.get("/v1/incidents?state=odd").status == 400)
            #expect(try await s.get("/v1/incidents?place=Nowhere").status == 404)
        }
    }
}

import Contracts
import Testing

@testable import Pipeline

/// What detectors saw, as one incident of the street.
@Suite struct StreetIncidentTests {
    let rules = IncidentRules(
        weights: ["california": 0.7, "deviate": 0.5, "smoothing": 0.5], raise: 0.7, clear: 0.4, holdMs: 2 * minute,
        lostAfterMs: 15 * minute, source: "test")

    func seen(_ source: IncidentSource, _ told: Int64, _ ended: Int64?, last: Int64? = nil, street: UInt64 = 1) -> SeenIncident {
        SeenIncident(
            device: "d", street: street, source: source,
            episode: .init(
                since: (told - 2) * minute, told: told * minute, last: (last ?? (ended ?? told) - 1) * minute,
                ended: ended.map { $0 * minute }))
    }

    func find(_ all: [SeenIncident], asOf: Int64 = 100) -> [StreetIncident] {
        StreetIncidents.find(all, rules, asOf: asOf * minute)
    }

    @Test func `one that is certain enough raises an incident, which is held a little longer`() throws {
        let one = try #require(find([seen(.california, 10, 20)]).first)
        #expect(one.since == 8 * minute && one.raised == 10 * minute && one.cleared == 22 * minute)
        #expect(one.state == .clear && one.certainty == 700)
    }

    @Test func `one alone is not enough, two at one time are`() throws {
        let alone = find([seen(.deviate, 10, 20)])
        #expect(alone.count == 1 && alone[0].raised == nil && alone[0].certainty == 500)
        // Two stations that say the same by the same rule are one word.
        #expect(find([seen(.deviate, 10, 20), seen(.deviate, 12, 20)])[0].raised == nil)
        let two = find([seen(.deviate, 10, 20), seen(.smoothing, 13, 15)])
        #expect(two.count == 1 && two[0].raised == 13 * minute && two[0].certainty == 750)
        // The deviate alone, 0.5, still holds it.
        #expect(two[0].cleared == 22 * minute && two[0].evidence.map(\.source) == [.deviate, .smoothing])
    }

    @Test func `a gap shorter than the hold does not end it, a longer one does`() {
        #expect(find([seen(.california, 10, 20), seen(.california, 21, 30)]).map(\.cleared) == [32 * minute])
        #expect(find([seen(.california, 10, 20), seen(.california, 23, 30)]).map(\.cleared) == [22 * minute, 32 * minute])
    }

    @Test func `what is open stays open, until it has not been seen for long`() {
        let open = [seen(.california, 10, nil, last: 12)]
        #expect(find(open, asOf: 13).map(\.state) == [.confirmed])
        #expect(find(open, asOf: 26).map(\.cleared) == [nil])
        // Lost at 27, held till 29.
        #expect(find(open, asOf: 28).map(\.cleared) == [nil])
        #expect(find(open, asOf: 29).map(\.cleared) == [29 * minute])
        let later = [seen(.california, 10, nil, last: 12), seen(.deviate, 12, nil, last: 12)]
        #expect(find(later, asOf: 13).map(\.state) == [.continuing])
    }

    @Test func `each street has its own, whatever the order`() {
        let all = [seen(.california, 10, 20), seen(.california, 12, 20, street: 2), seen(.deviate, 11, 14), seen(.smoothing, 40, 41)]
        let found = find(all)
        #expect(found.map(\.street) == [1, 1, 2] && find(all.reversed()) == found)
        #expect(found.map(\.raised) == [10 * minute, nil, 12 * minute])
    }

    @Test func `a source without a weight says nothing`() { #expect(find([seen(.video, 10, 20)]).isEmpty) }
}

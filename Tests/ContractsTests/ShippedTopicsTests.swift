import CityModel
import Contracts
import Foundation
import Testing

enum Repo {
    /// The repository's root, from this file's own place in it.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let topics = root.appending(path: "Topics").path
    static let geo = root.deletingLastPathComponent().appending(path: "shared/data/geo")
    static var hasGeo: Bool { FileManager.default.fileExists(atPath: geo.path) }
}

@Suite struct ShippedTopicsTests {
    @Test func `the shipped Topics load without a problem`() throws {
        #expect(Catalogue.check(Repo.topics).map(\.description) == [])
        let c = try Catalogue.load(Repo.topics)
        #expect(c.contracts.map(\.name) == ["air-quality", "sensor-readings", "video-metadata"])
        #expect(c.themes.map(\.name) == ["ecology", "emergency", "rain", "traffic"])
        #expect(c.outputs.map(\.name) == ["alerts", "dead-letters", "partials", "summaries"])
        #expect(c.places.children[0].count == 11 && c.places.streets.count == 178)
    }

    @Test(.enabled(if: Repo.hasGeo, "the real division codes are not beside this repository"))
    func `places equal the official divisions`() throws {
        let tree = try Catalogue.load(Repo.topics).places
        func rows(_ file: String) throws -> [[String]] {
            try String(contentsOf: Repo.geo.appending(path: file), encoding: .utf8).split(whereSeparator: \.isNewline)
                .dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        }
        let districts = tree.places.filter { $0.level == .district }
        #expect(districts.map { [$0.codeText, $0.name] } == (try rows("districts.csv").map { Array($0[0...1]) }))
        #expect(districts.map { $0.lon } == (try rows("districts.csv").map { Double($0[3]) }))
        let streets = tree.places[tree.streets].map { [$0.codeText, $0.name, String($0.parent ?? 0)] }
        #expect(streets == (try rows("streets.csv")))
    }

    @Test func `every place has an English name in ASCII`() throws {
        for p in try Catalogue.load(Repo.topics).places.places {
            #expect(p.nameEn.utf8.allSatisfy { $0 < 128 } && p.nameEn.first?.isUppercase == true, "\(p.nameEn)")
        }
    }

    @Test func `every street has two loops, floating cars, a camera and a smoke sensor`() throws {
        let c = try Catalogue.load(Repo.topics)
        let byStreet = Dictionary(grouping: c.sensors, by: \.street)
        #expect(byStreet.count == 178)
        for (street, sensors) in byStreet {
            func count(_ device: String, _ kind: String) -> Int {
                sensors.count { $0.device == device && $0.kind == kind }
            }
            for kind in ["speed", "vehicles", "occupancy"] { #expect(count("loop", kind) == 2, "\(street)") }
            #expect(count("fcd", "speed") == 1 && count("camera", "vehicles_seen") == 1 && count("smoke", "smoke") == 1)
        }
        for s in c.sensors where s.kind == "speed" {
            #expect((40...80).contains(s.freeFlowKmh ?? 0) && (200...1500).contains(s.lengthM ?? 0))
        }
        for s in c.sensors where s.kind == "persons" { #expect((200...2000).contains(s.areaM2 ?? 0)) }
        #expect(c.sensors.count { $0.kind == "persons" } == 40)
        #expect(c.sensors.allSatisfy { s in c.contracts.contains { $0.kinds.contains { $0.name == s.kind } } })
    }

    @Test func `levels of the shipped measures name their source`() throws {
        let c = try Catalogue.load(Repo.topics)
        let tti = try #require(c.theme("traffic")?.measures.first { $0.name == "tti" }?.levels)
        #expect(
            [1.0, 1.2, 1.49, 1.5, 1.8, 2.1, 9].map(tti.severity) == [
                .normal, .blue, .blue, .yellow, .orange, .red, .red,
            ])
        for m in c.themes.flatMap(\.measures) { #expect(m.levels?.source != "") }
        let crowd = try #require(c.theme("emergency")?.measures.first { $0.name == "crowd" })
        #expect(crowd.source == .density("persons") && crowd.levels?.source.hasPrefix("Fruin") == true)
    }
}

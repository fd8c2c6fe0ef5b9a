import Contracts
import Testing

/// Stations, what judges them, and what makes an incident of a street.
@Suite struct IncidentConfigTests {
    static let (a, t, s) = ("inputs/a.yaml", "themes/t.yaml", "sensors/s.csv")

    /// Contract a with a kind `occupancy` and `stations:`, which stands in line 20.
    static func contract(_ stations: String, kind: String = "occupancy") -> String {
        (TopicsFixture.files[a] ?? "").replacing(
            "fields:\n", with: "  \(kind): { unit: \"%\", range: [0, 100] }\nstations:\n"
                + stations.split(separator: "\n").map { "  \($0)\n" }.joined() + "fields:\n")
    }
    static let sound = "california: { source: x }"

    private func problems(_ edits: [String: String?]) throws -> [String] { try TopicsFixture(edits).problems }

    @Test(arguments: [
        (sound, 0, ""), ("interval: 30s\n" + sound, 0, ""), ("deviate: { source: x, of: speed }", 0, ""),
        ("interval: 2m", 19, "`stations` names no detector"),
        ("interval: 4s\n" + sound, 20, "`interval` must be from out_of_orderness"),
        ("interval: 2h\n" + sound, 20, "`interval` must be from out_of_orderness"),
        ("california: { difference: 8 }", 20, "`source` is missing"),
        ("california: { source: x, relative: 1.5 }", 20, "`relative` must be a number from 0.0 to 1.0"),
        ("california: { source: x, persistence: 0 }", 20, "`persistence` must be a whole number"),
        ("california: { source: x, of: speed }", 20, "unknown key `of`"),
        ("deviate: { source: x, history: 1 }", 20, "`history` must be a whole number from 2 to 120"),
        ("deviate: { source: x, of: rain }", 20, "One of: occupancy, speed"),
        ("smoothing: { source: x, alpha: 1 }", 20, "`alpha` must be a number from 0.01 to 0.9"),
        ("smoothing: { source: x, longest: 1 }", 20, "`longest` must be a whole number"),
        ("incident: {}", 20, "unknown key `incident`"),
    ])
    func `stations are told their mistakes`(written: String, line: Int, says: String) throws {
        let found = try problems([Self.a: Self.contract(written)])
        if line == 0 { return #expect(found == []) }
        #expect(found.first.map { $0.hasPrefix("inputs/a.yaml:\(line): ") || written.hasPrefix("in") } == true, "\(found)")
        #expect(found.contains { $0.contains(says) }, "\(found)")
    }

    @Test func `stations need the kind occupancy, and readings`() throws {
        let none = try problems([Self.a: Self.contract(Self.sound, kind: "density")])
        #expect(none.count == 1 && none[0].contains("`stations` needs the kind occupancy"), "\(none)")
        let video = (TopicsFixture.files["inputs/v.yaml"] ?? "") + "stations:\n  california: { source: x }\n"
        #expect(try problems(["inputs/v.yaml": video]).first?.contains("`stations` needs format kapok-json") == true)
        let sent = try problems([Self.a: Self.contract(Self.sound).replacing("rain:", with: "incident_video:")])
        #expect(sent.contains { $0.contains("`incident_video` is what incident detection finds") }, "\(sent)")
    }

    @Test func `a theme can read what the detectors of its contracts say, and nothing else`() throws {
        func theme(_ kind: String) -> String {
            (TopicsFixture.files[Self.t] ?? "").replacing("kind: speed\n    unit: km/h", with: "kind: \(kind)\n    unit: km/h")
        }
        let a = Self.contract(Self.sound)
        #expect(try problems([Self.a: a, Self.t: theme("incident_california")]) == [])
        let other = try problems([Self.a: a, Self.t: theme("incident_deviate")])
        #expect(other.count == 1 && other[0].contains("`incident_deviate` is not a kind"), "\(other)")
    }

    private static func station(_ id: String, _ upstream: String, street: String = "440106004000") -> String {
        "\(id),occupancy,loop,\(street),%,20,R,,,,\(upstream)"
    }

    @Test(arguments: [
        ([station("a", ""), station("b", "a"), station("c", "b")], 0, ""),
        ([station("a", ""), station("b", "z")], 3, "`z` measures no occupancy"),
        ([station("a", "", street: "440106006000"), station("b", "a")], 3, "`a` is in another street"),
        ([station("a", "a")], 2, "the stations upstream of `a` lead back to it"),
        ([station("a", "c"), station("b", "a"), station("c", "b")], 2, "the stations upstream of `a` lead back to it"),
        ([station("a", ""), "b,speed,loop,440106004000,km/h,20,R,,,,a"], 3, "only rows of occupancy have a station"),
    ])
    func `the next station upstream is one of the same street, and none leads back`(
        rows: [String], line: Int, says: String
    ) throws {
        let text = "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2,upstream\n"
            + rows.map { $0 + "\n" }.joined()
        let found = try problems([Self.a: Self.contract(Self.sound), Self.s: text])
        if line == 0 { return #expect(found == []) }
        #expect(found.first?.hasPrefix("sensors/s.csv:\(line): ") == true, "\(found)")
        #expect(found.first?.contains(says) == true, "\(found)")
    }

    @Test func `further columns may be left out, and stand in any order`() throws {
        let header = "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2"
        let a = Self.contract(Self.sound).replacing(
            "occupancy: { unit: \"%\", range: [0, 100] }",
            with: "occupancy: { unit: \"%\", range: [0, 100], checks: { agree: { percent: 5 }, source: x } }")
        func sensors(_ columns: String, _ first: String, _ second: String) throws -> [[String?]] {
            let rows = [Self.station("a", "").dropLast() + first, Self.station("b", "").dropLast() + second]
            let fixture = try TopicsFixture([Self.a: a, Self.s: header + columns + "\n" + rows.joined(separator: "\n") + "\n"])
            return try Catalogue.load(fixture.root).sensors.map { [$0.group, $0.upstream] }
        }
        #expect(try sensors(",upstream,group", ",,g", ",a,g") == [["g", nil], ["g", "a"]])
        #expect(try sensors(",group,upstream", ",g,", ",g,a") == [["g", nil], ["g", "a"]])
        #expect(try sensors(",upstream", ",", ",a") == [[nil, nil], [nil, "a"]])
        #expect(try sensors("", "", "") == [[nil, nil], [nil, nil]])
        for wrong in [",upstream,upstream", ",downstream", ","] {
            #expect(try problems([Self.s: header + wrong + "\n"]).first?.contains("the header is not the expected one") == true)
        }
    }

    @Test(arguments: [
        ("weights: { california: 0.7 }\nraise: 0.7\nsource: x", ""),
        ("weights: { california: 0.7, deviate: 0.5 }\nraise: 0.8\nclear: 0.5\nsource: x", ""),
        ("weights: { california: 0.7 }\nraise: 0.8\nsource: x", "all weights together do not reach `raise`"),
        ("weights: { california: 0.7 }\nraise: 0.5\nclear: 0.6\nsource: x", "`clear` is above `raise`"),
        ("weights: {}\nsource: x", "`weights` names no source"),
        ("weights: { loops: 1 }\nsource: x", "unknown key `loops`"),
        ("weights: { video: 1.5 }\nsource: x", "`video` must be a number from 0.0 to 1.0"),
        ("weights: { video: 1 }", "`source` is missing"),
        ("weights: { video: 1 }\nhold: soon\nsource: x", "`soon` is not a duration"),
    ])
    func `what makes an incident is told its mistakes`(written: String, says: String) throws {
        let theme = (TopicsFixture.files[Self.t] ?? "").replacing(
            "measures:\n", with: "incidents:\n"
                + written.split(separator: "\n").map { "  \($0)\n" }.joined() + "measures:\n")
        let found = try problems([Self.t: theme])
        if says.isEmpty { return #expect(found == []) }
        #expect(found.contains { $0.hasPrefix("themes/t.yaml:") && $0.contains(says) }, "\(found)")
    }
}

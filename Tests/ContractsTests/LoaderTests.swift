import Contracts
import Foundation
import Testing

@Suite struct LoaderTests {
    @Test func `problems come in the order of files and lines`() throws {
        let fixture = try TopicsFixture([
            "sensors/s.csv": "x\n", "inputs/a.yaml": "topic: t.a\n",
            "places/p.csv": TopicsFixture.files["places/p.csv"].map { $0 + "1,2\n" + "3,4\n" },
        ])
        let found = Catalogue.check(fixture.root)
        #expect(found == found.sorted() && found.count > 5)
        #expect(found.last?.file.hasSuffix("themes/t.yaml") == true)
        #expect(throws: ContractsError.self) { try Catalogue.load(fixture.root) }
        do { _ = try Catalogue.load(fixture.root) } catch { #expect(error.problems == found) }
    }

    @Test(arguments: ["inputs/a.yaml", "themes/t.yaml", "places/p.csv", "sensors/s.csv", "outputs/alerts.yaml"])
    func `a byte order mark and CRLF line ends are accepted`(file: String) throws {
        let text = try #require(TopicsFixture.files[file])
        let fixture = try TopicsFixture([file: "\u{FEFF}" + text.replacing("\n", with: "\r\n")])
        #expect(fixture.problems == [])
    }

    @Test(arguments: ["places/p.csv", "sensors/s.csv"])
    func `a row in a CRLF file keeps its line`(file: String) throws {
        let text = try #require(TopicsFixture.files[file]) + "bad\n"
        let lines = text.split(separator: "\n").count
        let fixture = try TopicsFixture([file: text.replacing("\n", with: "\r\n")])
        #expect(fixture.problems.first?.hasPrefix("\(file):\(lines): the row has 1 fields") == true)
    }

    @Test func `places and sensors are unique across files, and the first place of a repeated one is named`() throws {
        let sensors = try #require(TopicsFixture.files["sensors/s.csv"])
        let places = "code,level,name,name_en,parent,lon,lat\n440106004000,street,沙河街道,Shahe,440106000000,,\n"
        #expect(try TopicsFixture(["places/q.csv": places]).problems.map { $0.prefix(15) } == ["places/q.csv:2:"])
        let twice = try TopicsFixture(["sensors/t.csv": sensors]).problems
        #expect(twice.map { $0.prefix(16) } == ["sensors/t.csv:2:", "sensors/t.csv:3:", "sensors/t.csv:4:"])
        #expect(twice.first?.contains("sensors/s.csv:2") == true)
    }

    @Test func `a slash behind the root changes nothing`() throws {
        let fixture = try TopicsFixture(["inputs/a.yaml": "x: 1\n"])
        #expect(Catalogue.check(fixture.root + "/") == Catalogue.check(fixture.root))
    }

    @Test func `a kind has one contract`() throws {
        let v = try #require(TopicsFixture.files["inputs/v.yaml"])
        let fixture = try TopicsFixture(["inputs/w.yaml": v.replacing("t.v", with: "t.w")])
        #expect(fixture.problems.map { $0.prefix(17) } == ["inputs/w.yaml:10:"])
        #expect(fixture.problems.first?.contains("promised by contract v of Video") == true)
    }

    @Test func `a missing folder, a file in its place, an empty one and a wrong ending are told`() throws {
        let names = ["inputs", "themes", "outputs", "places", "sensors"]
        let nowhere = Catalogue.check("/nonexistent/kapok")
        #expect(nowhere.map(\.file).sorted() == names.map { "/nonexistent/kapok/\($0)" }.sorted())
        #expect(nowhere.allSatisfy { $0.what == "there is no such folder" })
        #expect(
            try TopicsFixture(["sensors/s.csv": nil, "sensors": "x"]).problems.first?.contains("folder cannot be read")
                == true)
        #expect(
            try TopicsFixture(["sensors/s.csv": nil, "sensors/README": "x"]).problems.first?.contains("no .csv file")
                == true)
        #expect(
            try TopicsFixture(["themes/u.yml": "x"]).problems == [
                "themes/u.yml:1: files must end in .yaml to be read. Rename it"
            ])
        #expect(
            try TopicsFixture(["themes/x.yaml/y": "x"]).problems == [
                "themes/x.yaml:1: the file cannot be read. Check that it is a file, and its permissions"
            ])
        #expect(try TopicsFixture(["themes/.u.yaml": "x", "themes/u.yaml~": "x"]).problems == [])
    }

    @Test func `a folder without permissions is told`() throws {
        let fixture = try TopicsFixture()
        let path = fixture.root + "/sensors"
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path) }
        // The superuser may read it all the same.
        let told = fixture.problems.contains { $0.contains("the folder cannot be read") }
        #expect(told != FileManager.default.isReadableFile(atPath: path))
    }

    @Test func `the hub's outputs must all be there, and no others`() throws {
        let alerts = try #require(TopicsFixture.files["outputs/alerts.yaml"])
        #expect(
            try TopicsFixture(["outputs/alerts.yaml": nil]).problems == [
                "outputs:1: there is no alerts.yaml. Add it: the hub writes this output"
            ])
        let more = try TopicsFixture(["outputs/more.yaml": alerts.replacing("k.alerts.{theme}", with: "k.more")])
            .problems
        #expect(more.map { $0.prefix(20) } == ["outputs/more.yaml:1:"])
    }

    @Test func `a file name that cannot be a name is refused`() throws {
        let theme = try #require(TopicsFixture.files["themes/t.yaml"])
        let found = try TopicsFixture(["themes/a b.yaml": theme]).problems
        #expect(found == ["themes/a b.yaml:1: `a b` cannot name a theme. Use up to 64 letters, digits, `_` and `-`"])
    }

    @Test func `a broken contract file does not blame every sensor`() throws {
        let found = try TopicsFixture(["inputs/a.yaml": "topic: [", "inputs/v.yaml": "topic: ["]).problems
        #expect(!found.contains { $0.hasPrefix("sensors/") })
        #expect(!(try TopicsFixture(["places/p.csv": "x\n"]).problems.contains { $0.hasPrefix("sensors/") }))
    }

    @Test func `what is not UTF-8 or too large is refused`() throws {
        let fixture = try TopicsFixture()
        try fixture.write("themes/t.yaml", Data([0x61, 0x3A, 0xFF]))
        try fixture.write("sensors/s.csv", Data([0xFF]))
        try fixture.write("outputs/alerts.yaml", Data(repeating: 0x20, count: 1 << 20 | 1))
        let found = fixture.problems
        #expect(found.map { $0.prefix { $0 != ":" } } == ["outputs/alerts.yaml", "sensors/s.csv", "themes/t.yaml"])
        #expect(
            found[0].contains("larger than 1 MiB") && found[1].contains("not UTF-8") && found[2].contains("not UTF-8"))
    }

    @Test(arguments: ["[", "a: {", "- ", "? ", "- [", "? {"])
    func `deep nesting is told, and crashes nothing`(level: String) throws {
        let found = try TopicsFixture(["themes/t.yaml": String(repeating: level, count: 250_000)]).problems
        #expect(found.count == 1 && found.first?.hasPrefix("themes/t.yaml:1: YAML: ") == true, "\(found)")
    }

    @Test func `deep indentation is told, and crashes nothing`() throws {
        let text = (0..<1200).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        let found = try TopicsFixture(["themes/t.yaml": text]).problems
        #expect(found.first?.hasPrefix("themes/t.yaml:") == true)
    }

    @Test func `aliases are refused before they are multiplied out`() throws {
        var bomb = "a0: &a0 [x, x]\n"
        for i in 1...40 { bomb += "a\(i): &a\(i) { ? [*a\(i - 1), *a\(i - 1)] : x }\n" }
        let found = try TopicsFixture(["themes/t.yaml": bomb]).problems
        #expect(found.count == 1 && found.first?.contains("aliases") == true)
        let one = try TopicsFixture(["themes/t.yaml": "a: &b c\nd: *b\n"]).problems
        #expect(one == ["themes/t.yaml:1: YAML anchors (`&name`) are not accepted. Write the value out"])
    }

    @Test func `words with stars and ampersands are no aliases`() throws {
        let theme = try #require(TopicsFixture.files["themes/t.yaml"])
        let text = theme.replacing("en: Theme", with: "en: \"R&D - *all* of it\"")
        let fixture = try TopicsFixture(["themes/t.yaml": "# *note*: a & b, [&x]\n" + text])
        #expect(try Catalogue.load(fixture.root).themes.first?.title["en"] == "R&D - *all* of it")
    }
}

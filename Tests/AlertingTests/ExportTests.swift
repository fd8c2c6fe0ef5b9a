import Alerting
import CityModel
import Contracts
import Foundation
import HubAPI
import TestSupport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ExportTests {
    typealias F = AlertFixture

    /// An alert's life as CAP messages: opened, worse, over.
    static func life(title: [String: String] = ["zh": "积水", "en": "Flood"]) throws -> ([CapMessage], PlaceTree) {
        var f = try F([LifecycleTests.rule { $0.title = title }])
        let places = f.city.catalogue.places
        var notices = f.run(0, TinyCity.streets[0], [0.2, 0.5]).notices
        notices += f.run(2, TinyCity.streets[0], [0.01, 0.01, 0.01]).notices
        #expect(notices.map(\.kind) == [.opened, .raised, .resolved])
        let sender = CapMessage.Sender(id: "kapok.gz.example", name: "Operations & Centre", restriction: "city desks")
        var sent: [CapMessage.Reference] = []
        return (
            notices.map { n in
                let m = CapMessage(
                    n.alert, sent: n.at, sender: sender, earlier: sent, category: .safety, places: places)
                sent.append(m.reference)
                return m
            }, places
        )
    }

    @Test func `an alert is told as Alert, Update and Cancel, each with references to those before`() throws {
        let messages = try Self.life().0
        #expect(messages.map(\.type) == [.alert, .update, .cancel])
        #expect(messages.map { CapRules.problems($0.xml) } == [[], [], []])
        let last = try CapRules.parse(messages[2].xml)
        let references = try #require(last.value("references")).split(separator: " ")
        #expect(references.count == 2)
        #expect(references[0] == "kapok.gz.example,\(messages[0].identifier),2026-11-24T16:01:02+08:00")
        #expect(last.all("info").map { $0.value("language") } == ["zh-CN", "en"])
        #expect(last.all("info").map { $0.value("urgency") } == ["Past", "Past"])
        let second = try CapRules.parse(messages[1].xml).all("info")[1]
        #expect(
            second.value("severity") == "Extreme" && second.value("certainty") == "Observed"
                && second.value("urgency") == "Immediate")
        #expect(second.value("headline")?.contains("West One, West Flood: red") == true)
        #expect(second.all("area").first?.all("geocode").first?.value("value") == TinyCity.streets[0])
        #expect(try CapRules.parse(messages[0].xml).value("references") == nil)
    }

    @Test func `text of any kind stays well-formed`() throws {
        let odd = "a<b> & \"c\" ]]>\u{0}\u{b}\u{1F6A8}\r\n"
        for m in try Self.life(title: ["zh": odd, "en": odd]).0 { #expect(CapRules.problems(m.xml) == []) }
    }

    @Test func `the rules that messages are checked by find mistakes`() throws {
        let good = try Self.life().0[0].xml
        for (old, new, says) in [
            ("<msgType>Alert<", "<msgType>Alarm<", "msgType"), ("+08:00</sent>", "Z</sent>", "sent"),
            ("<sender>kapok.gz.example", "<sender>a b", "sender"), ("<scope>Restricted</scope>", "", "scope"),
            ("<urgency>Expected", "<urgency>Soon", "urgency"), ("<areaDesc>", "<areaName>", "not well-formed"),
            ("  <restriction>city desks</restriction>\n", "", "restriction"),
            ("<event>", "<event/><event>", "event"),
        ] {
            let broken = good.replacing(old, with: new)
            #expect(CapRules.problems(broken).contains { $0.contains(says) }, "\(old)")
        }
    }

    /// `KAPOK_CAP_XSD`: a copy of OASIS's CAP-v1.2.xsd, which is not part of this repository.
    @Test(
        .enabled(
            if: CapRules.schema != nil && CapRules.xmllint != nil,
            "needs xmllint, and the schema's file in KAPOK_CAP_XSD: only our own statement of its rules was checked"))
    func `messages are valid by the schema itself`() throws {
        let folder = try TempFolder("kapok-cap")
        for (i, m) in try Self.life().0.enumerated() {
            let file = folder.file("\(i).xml")
            try Data(m.xml.utf8).write(to: file)
            let p = Process()
            p.executableURL = URL(fileURLWithPath: try #require(CapRules.xmllint))
            p.arguments = ["--noout", "--nonet", "--schema", try #require(CapRules.schema), file.path]
            let errors = Pipe()
            p.standardError = errors
            try p.run()
            let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            p.waitUntilExit()
            #expect(p.terminationStatus == 0, "\(said)")
        }
    }

    @Test func `an alert is an NGSI-LD entity of the Alert model`() throws {
        var f = try F()
        let places = f.city.catalogue.places
        var notices = f.run(0, TinyCity.streets[0], [0.5]).notices
        notices += f.run(1, TinyCity.streets[0], [0.01, 0.01, 0.01]).notices
        func entity(_ n: AlertNotice) throws -> [String: Any] {
            let a = NgsiAlert(
                n.alert, issued: n.at, category: .met, subcategory: "flood", source: "urn:ngsi-ld:Organization:kapok",
                places: places)
            return try #require(try JSONSerialization.jsonObject(with: F.bytes(a)) as? [String: Any])
        }
        let open = try entity(notices[0])
        #expect(
            open["id"] as? String == "urn:ngsi-ld:Alert:kapok:\(notices[0].alert.id)"
                && open["type"] as? String == "Alert")
        func value(_ e: [String: Any], _ name: String) -> Any? { (e[name] as? [String: Any])?["value"] }
        #expect(value(open, "category") as? String == "weather" && value(open, "subCategory") as? String == "flood")
        #expect(value(open, "severity") as? String == "critical")
        #expect(
            (value(open, "dateIssued") as? [String: String]) == ["@type": "DateTime", "@value": "2026-11-24T08:01:02Z"])
        #expect(
            (open["alertSource"] as? [String: String]) == [
                "type": "Relationship", "object": "urn:ngsi-ld:Organization:kapok",
            ])
        #expect((value(open, "address") as? [String: String])?["streetAddress"] == "西一街道")
        #expect(open["validTo"] == nil && open["location"] == nil && (open["@context"] as? [String])?.count == 2)
        let over = try entity(notices[1])
        #expect((value(over, "validTo") as? [String: String])?["@value"] == "2026-11-24T08:04:00Z")
        #expect((value(over, "data") as? [String: Any])?["state"] as? String == "resolved")
        // Every attribute says what it is.
        for (name, v) in open where !["id", "type", "@context"].contains(name) {
            #expect(
                ["Property", "GeoProperty", "Relationship"].contains((v as? [String: Any])?["type"] as? String),
                "\(name)")
        }
    }
}

import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// What CAP 1.2 asks of a message, stated anew from the specification (CAP-v1.2-os, section 3.2) rather than from the
/// writer: which elements, in which order, how often, with which values.
enum CapRules {
    static var schema: String? {
        ProcessInfo.processInfo.environment["KAPOK_CAP_XSD"].flatMap {
            FileManager.default.fileExists(atPath: $0) ? $0 : nil
        }
    }
    static var xmllint: String? {
        ["/usr/bin/xmllint", "/usr/local/bin/xmllint"].first(where: FileManager.default.isExecutableFile(atPath:))
    }

    final class Element {
        let name: String
        var text = ""
        var children: [Element] = []
        init(_ name: String) { self.name = name }
        func all(_ name: String) -> [Element] { children.filter { $0.name == name } }
        func value(_ name: String) -> String? { all(name).first?.text }
    }

    struct Malformed: Error {}

    static func parse(_ xml: String) throws -> Element {
        final class Reader: NSObject, XMLParserDelegate {
            var root: Element?
            var open: [Element] = []
            func parser(
                _: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
                attributes: [String: String]
            ) {
                let e = Element(namespaceURI == "urn:oasis:names:tc:emergency:cap:1.2" ? name : "?\(name)")
                if let parent = open.last { parent.children.append(e) } else { root = e }
                open.append(e)
            }
            func parser(_: XMLParser, foundCharacters text: String) { open.last?.text += text }
            func parser(_: XMLParser, didEndElement: String, namespaceURI: String?, qualifiedName: String?) {
                open.removeLast()
            }
        }
        let parser = XMLParser(data: Data(xml.utf8))
        let reader = Reader()
        parser.shouldProcessNamespaces = true
        parser.delegate = reader
        guard parser.parse(), let root = reader.root else { throw Malformed() }
        return root
    }

    struct Rule {
        var name: String
        var least = 0
        var most = Int.max
        var values: [String]?
        var pattern: String?
        var children: [Rule]?
    }
    private static func one(_ name: String, _ values: [String]? = nil, pattern: String? = nil) -> Rule {
        Rule(name: name, least: 1, most: 1, values: values, pattern: pattern)
    }
    private static func maybe(_ name: String, pattern: String? = nil) -> Rule {
        Rule(name: name, most: 1, pattern: pattern)
    }
    /// Whole seconds and a numeric offset: `Z` is not allowed.
    private static let time = #"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d"#
    private static let pair = [one("valueName"), one("value")]

    static let alert = Rule(
        name: "alert",
        children: [
            one("identifier", pattern: #"[^\s,<&]+"#), one("sender", pattern: #"[^\s,<&]+"#),
            one("sent", pattern: time),
            one("status", ["Actual", "Exercise", "System", "Test", "Draft"]),
            one("msgType", ["Alert", "Update", "Cancel", "Ack", "Error"]), maybe("source"),
            one("scope", ["Public", "Restricted", "Private"]), maybe("restriction"), maybe("addresses"),
            Rule(name: "code"),
            maybe("note"), maybe("references", pattern: #"[^\s,]+,[^\s,]+,\#(time)( [^\s,]+,[^\s,]+,\#(time))*"#),
            maybe("incidents"), Rule(name: "info", children: info),
        ])
    static let info = [
        maybe("language", pattern: "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"),
        Rule(
            name: "category", least: 1,
            values: [
                "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE",
                "Other",
            ]),
        one("event"),
        Rule(
            name: "responseType",
            values: ["Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"]),
        one("urgency", ["Immediate", "Expected", "Future", "Past", "Unknown"]),
        one("severity", ["Extreme", "Severe", "Moderate", "Minor", "Unknown"]),
        one("certainty", ["Observed", "Likely", "Possible", "Unlikely", "Unknown"]), maybe("audience"),
        Rule(name: "eventCode", children: pair), maybe("effective", pattern: time), maybe("onset", pattern: time),
        maybe("expires", pattern: time), maybe("senderName"), maybe("headline"), maybe("description"),
        maybe("instruction"),
        maybe("web"), maybe("contact"), Rule(name: "parameter", children: pair),
        Rule(
            name: "area",
            children: [
                one("areaDesc"), Rule(name: "polygon"), Rule(name: "circle"), Rule(name: "geocode", children: pair),
            ]),
    ]

    static func problems(_ xml: String) -> [String] {
        guard let root = try? parse(xml) else { return ["not well-formed"] }
        guard root.name == "alert" else { return ["the root is \(root.name)"] }
        var out: [String] = []
        check(root, alert, &out)
        if root.value("scope") == "Restricted", root.value("restriction") == nil {
            out.append("restriction is missing")
        }
        if ["Update", "Cancel"].contains(root.value("msgType")), root.value("references") == nil {
            out.append("references are missing")
        }
        return out
    }

    private static func check(_ e: Element, _ rule: Rule, _ out: inout [String]) {
        guard let children = rule.children else {
            if !e.children.isEmpty { out.append("\(e.name) holds elements") }
            if let values = rule.values, !values.contains(e.text) { out.append("\(e.name) is `\(e.text)`") }
            if let p = rule.pattern, e.text.wholeMatch(of: try! Regex(p)) == nil {
                out.append("\(e.name) is `\(e.text)`")
            }
            return
        }
        var i = 0
        for r in children {
            var n = 0
            while i < e.children.count, e.children[i].name == r.name {
                check(e.children[i], r, &out)
                i += 1
                n += 1
            }
            if n < r.least || n > r.most { out.append("\(n) times \(r.name) in \(e.name)") }
        }
        if i < e.children.count { out.append("\(e.children[i].name) is out of place in \(e.name)") }
    }
}

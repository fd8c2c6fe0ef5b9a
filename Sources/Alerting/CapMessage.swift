import CityModel
import HubAPI

/// An alert's revision as a CAP 1.2 message (OASIS CAP-v1.2-os): Alert when it opens, Update while it goes on, Cancel
/// when it is over. One `info` a language.
public struct CapMessage: Sendable {
    public enum Status: String, Sendable, CaseIterable {
        case actual = "Actual"
        case exercise = "Exercise"
        case test = "Test"
    }
    public enum MessageType: String, Sendable {
        case alert = "Alert"
        case update = "Update"
        case cancel = "Cancel"
    }

    /// A message that was sent before.
    public struct Reference: Codable, Sendable, Hashable {
        public var identifier: String
        public var sent: EventTime
        public init(identifier: String, sent: EventTime) {
            self.identifier = identifier
            self.sent = sent
        }
    }
    /// Who speaks, and to whom.
    public struct Sender: Sendable {
        /// Globally unique, without spaces, commas, `<` and `&`: a domain name.
        public var id: String
        public var name: String
        /// To whom it is restricted; nil: public.
        public var restriction: String?
        public var status: Status
        public init(id: String, name: String, restriction: String?, status: Status = .actual) {
            self.id = id
            self.name = name
            self.restriction = restriction
            self.status = status
        }
    }

    public let alert: Alert
    public let sent: EventTime
    public let sender: Sender
    /// Messages of the same alert that were sent before, oldest first.
    public let earlier: [Reference]
    public let category: AlertCategory
    public let places: PlaceTree

    public init(
        _ alert: Alert, sent: EventTime, sender: Sender, earlier: [Reference], category: AlertCategory,
        places: PlaceTree
    ) {
        self.alert = alert
        self.sent = sent
        self.sender = sender
        self.earlier = earlier
        self.category = category
        self.places = places
    }

    public var identifier: String { Self.identifier(alert) }
    public static func identifier(_ a: Alert) -> String { "kapok-\(a.id)-\(a.revision)" }
    public var reference: Reference { Reference(identifier: identifier, sent: sent) }

    /// An alert that is over before anybody was sent anything is told as an Alert of the past.
    public var type: MessageType { earlier.isEmpty ? .alert : alert.state == .resolved ? .cancel : .update }

    /// The document, UTF-8.
    public var xml: String {
        var x = XMLText()
        x.element("alert", attributes: " xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"") { x in
            x.element("identifier", identifier)
            x.element("sender", sender.id)
            x.element("sent", Self.time(sent))
            x.element("status", sender.status.rawValue)
            x.element("msgType", type.rawValue)
            x.element("scope", sender.restriction == nil ? "Public" : "Restricted")
            if let r = sender.restriction { x.element("restriction", r) }
            if !earlier.isEmpty {
                x.element(
                    "references",
                    earlier.map { "\(sender.id),\($0.identifier),\(Self.time($0.sent))" }.joined(separator: " "))
            }
            x.element("incidents", alert.id)
            for l in Language.allCases { info(l, &x) }
        }
        return x.text
    }

    private func info(_ l: Language, _ x: inout XMLText) {
        let title = alert.title[l.rawValue] ?? alert.rule
        let place = AlertWords.name(alert.place, l, places)
        x.element("info") { x in
            x.element("language", l == .zh ? "zh-CN" : "en")
            x.element("category", category.rawValue)
            x.element("event", title)
            x.element("responseType", alert.state == .resolved ? "AllClear" : "Monitor")
            x.element("urgency", Self.capitalised(alert.urgency.rawValue))
            x.element("severity", Self.severity(alert.severity))
            x.element("certainty", Self.capitalised(alert.certainty.rawValue))
            x.element("effective", Self.time(sent))
            x.element("onset", Self.time(alert.since))
            x.element("senderName", sender.name)
            x.element(
                "headline",
                "\(place) \(title): \(AlertWords.text(alert.severity, l)), \(AlertWords.text(alert.state, l))")
            x.element("description", description(l))
            for (name, value) in parameters {
                x.element("parameter") { x in
                    x.element("valueName", name)
                    x.element("value", value)
                }
            }
            x.element("area") { x in
                x.element("areaDesc", place)
                x.element("geocode") { x in
                    // Division codes of the National Bureau of Statistics, 12 digits.
                    x.element("valueName", "CN-NBS-12")
                    x.element("value", alert.place)
                }
            }
        }
    }

    private func description(_ l: Language) -> String {
        let e = alert.evidence
        let newest = AlertWords.value(e.windows.last?.value ?? nil, e.unit)
        let worst = AlertWords.value(e.worstValue, e.unit)
        return l == .zh
            ? "\(e.measure)（\(e.window)）：当前 \(newest)，最严重 \(worst)。"
            : "\(e.measure) over \(e.window): now \(newest), at worst \(worst)."
    }

    private var parameters: [(String, String)] {
        var out = [("kapok:rule", "\(alert.theme)/\(alert.rule)"), ("kapok:colour", alert.severity.rawValue)]
        out.append(("kapok:state", alert.state.rawValue))
        out.append(("kapok:themeVersion", String(alert.evidence.themeVersion)))
        if let w = alert.evidence.windows.last, !w.digest.isEmpty { out.append(("kapok:digest", w.digest)) }
        return out
    }

    /// Red Extreme, orange Severe, yellow Moderate, blue Minor.
    static func severity(_ s: Severity) -> String {
        switch s {
        case .red: "Extreme"
        case .orange: "Severe"
        case .yellow: "Moderate"
        case .blue: "Minor"
        case .normal, .unknown: "Unknown"
        }
    }

    private static func capitalised(_ s: String) -> String { s.prefix(1).uppercased() + s.dropFirst() }

    /// CAP's form of a time: whole seconds and a numeric offset, China's; no `Z`.
    static func time(_ t: EventTime) -> String {
        // Beyond the years that CAP can write it is as near as it gets.
        let ms = min(max(t.ms, -62_135_596_800_000), 253_402_214_400_000)
        let whole = ms.quotientAndRemainderFloored(by: 1000).0 * 1000
        return EventTime(ms: whole + 8 * 3_600_000).rfc3339.replacing("Z", with: "+08:00")
    }
}

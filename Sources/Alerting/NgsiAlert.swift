import CityModel
import HubAPI

/// An alert as an NGSI-LD entity of the Smart Data Models' `Alert` (dataModel.Alert, schema 0.0.2), normalised form.
public struct NgsiAlert: Encodable, Sendable {
    let alert: Alert
    let issued: EventTime
    let category: AlertCategory
    let subcategory: String?
    let source: String
    let places: PlaceTree

    /// - Parameters:
    ///   - issued: when this revision was made, wall clock.
    ///   - subcategory: a word of the model (`trafficJam`, `flood` ...); nil: left out.
    ///   - source: URI of who speaks: `urn:ngsi-ld:Organization:...`.
    public init(
        _ alert: Alert, issued: EventTime, category: AlertCategory, subcategory: String?, source: String,
        places: PlaceTree
    ) {
        self.alert = alert
        self.issued = issued
        self.category = category
        self.subcategory = subcategory
        self.source = source
        self.places = places
    }

    /// The model's categories are fewer than CAP's.
    static func category(_ c: AlertCategory) -> String {
        switch c {
        case .transport, .infra: "traffic"
        case .met: "weather"
        case .geo: "naturalDisaster"
        case .env: "environment"
        case .health: "health"
        case .safety, .security, .rescue, .fire, .cbrne, .other: "security"
        }
    }

    static func severity(_ s: Severity) -> String {
        switch s {
        case .red: "critical"
        case .orange: "high"
        case .yellow: "medium"
        case .blue: "low"
        case .normal, .unknown: "informational"
        }
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ s: String) { stringValue = s }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
    private struct Property<V: Encodable>: Encodable {
        let type: String
        var value: V
    }
    private struct Relationship: Encodable {
        let type = "Relationship"
        var object: String
    }
    private struct DateTime: Encodable {
        var time: EventTime
        func encode(to encoder: any Encoder) throws {
            var c = encoder.container(keyedBy: Key.self)
            try c.encode("DateTime", forKey: Key("@type"))
            try c.encode(time.rfc3339, forKey: Key("@value"))
        }
    }
    private struct Point: Encodable {
        let type = "Point"
        var coordinates: [Double]
    }
    private struct Address: Encodable {
        let addressCountry = "CN"
        var addressLocality: String
        var district: String?
        var streetAddress: String?
    }
    private struct Payload: Encodable {
        var state, rule, measure, window, place: String
        var value, worst: Double?
        var certainty, urgency: String
        var revision: Int
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: Key.self)
        func property(_ name: String, _ value: some Encodable) throws {
            try c.encode(Property(type: "Property", value: value), forKey: Key(name))
        }
        try c.encode("urn:ngsi-ld:Alert:kapok:\(alert.id)", forKey: Key("id"))
        try c.encode("Alert", forKey: Key("type"))
        try property("category", Self.category(category))
        if let subcategory { try property("subCategory", subcategory) }
        try property("severity", Self.severity(alert.severity))
        try property("dateIssued", DateTime(time: issued))
        try property("validFrom", DateTime(time: alert.since))
        if let ended = alert.ended { try property("validTo", DateTime(time: ended)) }
        try property("name", alert.title["en"] ?? alert.rule)
        try property("alternateName", alert.title["zh"] ?? alert.rule)
        let (state, severity) = (AlertWords.text(alert.state, .en), AlertWords.text(alert.severity, .en))
        try property("description", "\(alert.title["en"] ?? alert.rule): \(severity), \(state)")
        try property("areaServed", AlertWords.name(alert.place, .zh, places))
        try property("address", address)
        try c.encode(Relationship(object: source), forKey: Key("alertSource"))
        if let p = UInt64(alert.place).flatMap({ places.place($0) }), let lon = p.lon, let lat = p.lat {
            try c.encode(Property(type: "GeoProperty", value: Point(coordinates: [lon, lat])), forKey: Key("location"))
        }
        let e = alert.evidence
        try property(
            "data",
            Payload(
                state: alert.state.rawValue, rule: "\(alert.theme)/\(alert.rule)", measure: e.measure, window: e.window,
                place: alert.place, value: e.windows.last?.value, worst: e.worstValue,
                certainty: alert.certainty.rawValue, urgency: alert.urgency.rawValue, revision: alert.revision))
        try c.encode(
            [
                "https://smart-data-models.github.io/dataModel.Alert/context.jsonld",
                "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
            ], forKey: Key("@context"))
    }

    private var address: Address {
        var line: [Place] = []
        var next = UInt64(alert.place)
        while let p = next.flatMap({ places.place($0) }) {
            line.append(p)
            next = p.parent
        }
        func name(_ l: PlaceLevel) -> String? { line.first { $0.level == l }?.name }
        return Address(addressLocality: name(.city) ?? "", district: name(.district), streetAddress: name(.street))
    }
}

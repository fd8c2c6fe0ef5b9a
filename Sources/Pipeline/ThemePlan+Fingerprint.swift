import Contracts

extension ThemePlan {
    /// Raised with every change of the program that makes other rows out of the same partials.
    static let formula = 1

    /// SHA-256, hex, of all that rows depend on besides partials: the theme's definition (not its titles and runbooks), the Kafka
    /// topics, the tree of places, and which sensors are expected where. Equal fingerprints: the same partials give the same rows.
    public var fingerprint: String {
        var def = def
        def.title = [:]
        def.runbooks = []
        def.outlook = nil
        // Rules read rows; no row depends on them.
        def.rules = []
        for m in def.measures.indices {
            def.measures[m].title = [:]
            def.measures[m].levels?.names = [:]
            def.measures[m].levels?.grades = []
        }
        var text = "formula \(Self.formula)\n"
        Self.describe(def, &text)
        text += "topics \(topics)\n"
        for p in places.places { text += "\(p.code) \(p.level) \(p.parent ?? 0)\n" }
        for (input, i) in zip(inputs, inputs.indices) {
            text += "\(input.name):"
            for s in 0..<places.streets.count {
                // The order of ids decides which bit of a partial is whose.
                text += " \(sensors[s * inputs.count + i].map { "\($0.id.utf8.count):\($0.id) \($0.intervalSeconds)" })"
            }
        }
        for (kind, rule) in checks.sorted(by: { $0.key < $1.key }) {
            text += "\(kind): "
            Self.describe(rule, &text)
        }
        for street in compared { for c in street { text += "\(c.group) \(c.cell)\n" } }
        return hexDigest(Array(text.utf8))
    }

    /// A value as text that is the same in every run: members that a definition gains later are in it by themselves.
    static func describe(_ value: Any, _ out: inout String) {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .set?, .dictionary?:
            out += "{" + mirror.children.map { child in
                var text = ""
                describe(child.value, &text)
                return text
            }.sorted().joined(separator: ";") + "}"
        case _ where mirror.children.isEmpty:
            let text = String(describing: value)
            out += "\(text.utf8.count):\(text)"
        default:
            out += "("
            for child in mirror.children {
                if let label = child.label { out += label + "=" }
                describe(child.value, &out)
                out += ";"
            }
            out += ")"
        }
    }
}

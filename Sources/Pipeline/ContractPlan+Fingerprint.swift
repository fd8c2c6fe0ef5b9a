import Contracts

extension ContractPlan {
    /// SHA-256, hex, of all that decides what becomes of a record of the topic: the contract (not who owns it, nor how
    /// the topic is kept) and its sensors in their order.
    public static func fingerprint(_ c: TopicContract, _ catalogue: Catalogue) -> String {
        var c = c
        (c.owner, c.partitions, c.config, c.idleAfterMs) = ("", 0, [:], 0)
        for k in c.kinds.indices { (c.kinds[k].owner, c.kinds[k].simulation) = ("", nil) }
        var text = ""
        ThemePlan.describe(c, &text)
        let kinds = Set(c.kinds.map(\.name))
        for var s in catalogue.sensors where kinds.contains(s.kind) {
            s.owner = ""
            ThemePlan.describe(s, &text)
        }
        return hexDigest(Array(text.utf8))
    }
}

/// What a bundle must have been made under: both sides' configuration in short.
public struct EdgeConfiguration: Sendable {
    struct Theme: Sendable {
        var name: String
        var version: Int
        var fingerprint: Fingerprint
    }
    public let contract: Fingerprint
    /// Of the themes that read the topic.
    let themes: [Theme]

    public init(_ plan: ContractPlan, _ catalogue: Catalogue) {
        contract = Fingerprint(hex: ContractPlan.fingerprint(plan.contract, catalogue))
        themes = plan.themes.map {
            Theme(name: $0.def.name, version: $0.def.version, fingerprint: Fingerprint(hex: $0.fingerprint))
        }
    }

    /// An empty part of a bundle for a theme; nil where the topic feeds none of that name.
    public func part(_ theme: String) -> PartialBundle.Theme? {
        themes.first { $0.name == theme }.map { .init(name: $0.name, version: $0.version, fingerprint: $0.fingerprint) }
    }

    /// In what a bundle's configuration differs, for people; nil where in nothing.
    public func mismatch(_ b: PartialBundle) -> String? {
        if b.contract != contract {
            return "contract of \(b.topic): edge \(b.edge) has \(b.contract.text), the hub \(contract.text)"
        }
        for t in b.themes {
            guard let mine = themes.first(where: { $0.name == t.name }) else {
                return "theme \(t.name): the hub has none that reads \(b.topic)"
            }
            if t.fingerprint != mine.fingerprint {
                return "theme \(t.name): edge \(b.edge) has version \(t.version) (\(t.fingerprint.text)), "
                    + "the hub version \(mine.version) (\(mine.fingerprint.text))"
            }
        }
        return nil
    }
}

import Contracts
import HubAPI
import Pipeline
import Store

/// Forecasts and anomaly scores. Where no theme has an outlook, these do nothing.
extension HubCore {
    static func outlook(_ plan: ThemePlan, _ catalogue: Catalogue, _ store: HubStore) throws -> Outlook? {
        guard var o = Outlook(plan, catalogue) else { return nil }
        for stored in try store.outlooks(theme: plan.def.name) where !o.restore(stored) {
            throw store.damaged("the outlook of \(plan.def.name)/\(stored.measure) cannot be read")
        }
        return o
    }

    /// What every theme's outlook says now, in the order of themes, measures and places.
    public var outlooks: [OutlookRow] { themes.flatMap { $0.outlook?.rows ?? [] } }
}

import CityModel
import Contracts
import Foundation
import HubAPI
import Hummingbird
import Store

/// Alerts: what the store keeps of them, and what people do.
extension HubServer {
    private static let active = AlertState.allCases.filter { $0 != .resolved && $0 != .pending }

    func alerts(_ q: Query) async throws -> Response {
        try q.allow(["theme", "rule", "place", "state", "severity", "from", "to", "limit"])
        let theme = try theme(q)
        let themes = theme.map { [$0] } ?? catalogue.themes
        let limit = try q.integer("limit", 1000, in: 1...100_000)
        var query = AlertQuery(
            theme: theme?.name, rule: try known(q, "rule", themes.flatMap { $0.rules.map(\.name) }),
            places: try place(q).map(below), states: try states(q),
            minSeverity: try q.choice("severity", Severity.self) ?? .unknown, from: try q.time("from"),
            to: try q.time("to"))
        // One more than is given out tells whether there is more.
        query.limit = limit + 1
        return try await offLoop { [query] in
            let all = try store.alerts(query)
            return try json(AlertsResponse(alerts: Array(all.prefix(limit)), truncated: all.count > limit))
        }
    }

    private func states(_ q: Query) throws -> [AlertState]? {
        switch q.text("state") ?? "active" {
        case "active": return Self.active
        case "all": return nil
        case let name:
            guard let s = AlertState(rawValue: name) else {
                let all = AlertState.allCases.map(\.rawValue).joined(separator: ", ")
                throw Refusal(
                    .badRequest, "bad-parameter", "`state` cannot be `\(name)`", mend: "One of: active, all, \(all)")
            }
            return [s]
        }
    }

    func alert(_ q: Query) async throws -> Response {
        try q.allow(["id"])
        guard let id = q.text("id") else {
            throw Refusal(.badRequest, "bad-parameter", "`id` is missing", mend: "Name an alert: ?id=...")
        }
        return try await offLoop {
            guard let found = try store.alert(id) else {
                throw Refusal(.notFound, "unknown-alert", "there is no alert `\(id)`", mend: "See /v1/alerts?state=all")
            }
            return try json(AlertResponse(alert: found.alert, transitions: found.transitions))
        }
    }

    func alertHistory(_ q: Query) async throws -> Response {
        try q.allow(["theme", "place", "from", "to", "limit"])
        let theme = try theme(q)?.name
        let places = try place(q).map(below)
        let (from, to) = (try q.time("from")?.ms ?? .min, try q.time("to")?.ms ?? .max)
        let limit = try q.integer("limit", 1000, in: 1...100_000)
        return try await offLoop {
            let all = try store.alertHistory(theme: theme, places: places, from: from, to: to, limit: limit + 1)
            return try json(AlertHistoryResponse(transitions: Array(all.prefix(limit)), truncated: all.count > limit))
        }
    }

    func silences(_ q: Query) async throws -> Response {
        try q.allow([])
        let now = now()
        return try await offLoop { try json(SilencesResponse(silences: try store.silences(endingAfter: now))) }
    }

    /// The place and everything below it.
    private func below(_ place: Place) -> [UInt64] {
        [place.code] + PlaceLevel.allCases.filter { $0 != place.level }.flatMap { codes(of: place, $0) }
    }

    /// Bytes of an action's body.
    private static let longestAction = 64 << 10

    /// Hands an action to the hub, and answers when what came of it is on disk.
    func act(_ request: Request) async throws -> Response {
        try request.uri.queryParameters.allow([])
        let action: AlertAction
        do {
            let body = try await request.body.collect(upTo: Self.longestAction)
            action = try JSONDecoder().decode(AlertAction.self, from: Data(body.readableBytesView))
        } catch is DecodingError {
            throw Refusal(.badRequest, "bad-action", "the body is not an action", mend: "See docs/openapi.yaml")
        }
        switch await actOn(action) {
        case .done: return try json(AlertActionResponse())
        case .silenced(let s): return try json(AlertActionResponse(silence: s))
        case .gone:
            throw Refusal(.serviceUnavailable, "stopping", "the hub stops", mend: "Try again when it is back")
        case .refused(let code, let what, let mend):
            throw Refusal(code.hasPrefix("unknown-") ? .notFound : .badRequest, code, what, mend: mend)
        }
    }
}

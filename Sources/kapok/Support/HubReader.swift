import AsyncHTTPClient
import CityModel
import Foundation
import HubAPI

/// Reads JSON from a hub.
struct HubReader {
    let base: String
    init(_ base: String) {
        let whole = base.contains("://") ? base : "http://" + base
        self.base = String(whole.trimmingSuffix { $0 == "/" })
    }

    /// The percent-encoded query of what is given.
    static func query(_ items: [(String, String?)]) -> String {
        var c = URLComponents()
        c.queryItems = items.compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) } }
        // A plus sign would be read as a space.
        return (c.percentEncodedQuery ?? "").replacing("+", with: "%2B")
    }

    /// - Throws: `hub-unreachable`, `hub-undecodable`, or the hub's own error.
    func get<T: Decodable>(_ path: String) async throws -> T {
        try await ask(HTTPClientRequest(url: base + path), path)
    }

    /// - Throws: as `get`.
    func post<T: Decodable>(_ path: String, _ body: some Encodable) async throws -> T {
        var request = HTTPClientRequest(url: base + path)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(Array(try JSONEncoder().encode(body)))
        return try await ask(request, path)
    }

    /// What the hub says where it does not answer with success.
    static func refusal(_ status: UInt, _ data: Data, _ path: String) -> KapokError {
        let body = try? JSONDecoder().decode(APIErrorBody.self, from: data)
        return KapokError(
            body?.error.code ?? "hub-refused", body?.error.what ?? "the hub answers \(status) to \(path)",
            mend: body?.error.mend ?? "See the hub's log")
    }

    private func ask<T: Decodable>(_ request: HTTPClientRequest, _ path: String) async throws -> T {
        let response: HTTPClientResponse
        let data: Data
        do {
            response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            data = Data(try await response.body.collect(upTo: 256 << 20).readableBytesView)
        } catch {
            throw KapokError(
                "hub-unreachable", "\(base) does not answer: \(error)", mend: "Check that a hub runs there: kapok hub")
        }
        guard response.status == .ok else { throw Self.refusal(response.status.code, data, path) }
        do { return try JSONDecoder().decode(T.self, from: data) } catch {
            throw KapokError(
                "hub-undecodable", "\(base) answers, but not as a hub does",
                mend: "Check the address, and that the hub has this program's version")
        }
    }
}

extension StringProtocol {
    func trimmingSuffix(while drop: (Character) -> Bool) -> SubSequence {
        var s = self[...]
        while let c = s.last, drop(c) { s = s.dropLast() }
        return s
    }
}

import AsyncHTTPClient
import CityModel
import Foundation
import HubAPI

/// Why the hub's answer could not be had or used.
struct HubFailure: Error, Sendable, Hashable {
    enum Code: String, Sendable {
        case unreachable, timeout
        case refused = "hub-refused"
        case undecodable = "hub-undecodable"
    }
    var code: Code
    var what: String

    /// Nobody answered, as against an answer that is of no use.
    var isAway: Bool { code == .unreachable || code == .timeout }
    var isRetriable: Bool { true }
}

/// Reads a hub's HTTP API. A value over a shared client; requests may overlap.
struct HubClient: Sendable {
    let base: String
    let timeoutMs: Int64
    let token: String?
    let http: HTTPClient

    /// Lives as long as the process. The library would hide a refused connection until the deadline; an operator
    /// wants to hear of it at once.
    private static let shared: HTTPClient = {
        var c = HTTPClient.Configuration()
        c.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: c)
    }()

    /// Answers larger than this are refused.
    private static let maxBytes = 16 << 20

    init(_ base: String, timeoutMs: Int64 = 5000, token: String? = nil, http: HTTPClient = Self.shared) {
        var b = base
        while b.hasSuffix("/") { b.removeLast() }
        self.base = b.contains("://") ? b : "http://" + b
        self.timeoutMs = timeoutMs
        self.token = token
        self.http = http
    }

    func board(_ key: BoardKey, trend: Int) async throws(HubFailure) -> Board {
        try await get("/v1/board?place=\(Self.escape(key.place))&theme=\(Self.escape(key.theme))&trend=\(trend)")
    }
    func health() async throws(HubFailure) -> Health { try await get("/v1/health") }
    func places() async throws(HubFailure) -> PlacesResponse { try await get("/v1/places") }
    func themes() async throws(HubFailure) -> ThemesResponse { try await get("/v1/themes") }

    private static func escape(_ text: String) -> String {
        let plain = CharacterSet.alphanumerics.intersection(
            CharacterSet(charactersIn: Unicode.Scalar(0)..<Unicode.Scalar(128)))
        return text.addingPercentEncoding(withAllowedCharacters: plain.union(CharacterSet(charactersIn: "-._~"))) ?? ""
    }

    private func get<T: Decodable>(_ path: String) async throws(HubFailure) -> T {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: "accept", value: "application/json")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        let body: Data
        let status: UInt
        do {
            let response = try await http.execute(request, timeout: .milliseconds(timeoutMs))
            status = response.status.code
            body = Data((try await response.body.collect(upTo: Self.maxBytes)).readableBytesView)
        } catch let e as HTTPClientError where e == .deadlineExceeded || e == .connectTimeout || e == .readTimeout {
            throw HubFailure(code: .timeout, what: "no answer within \(timeoutMs) ms")
        } catch {
            throw HubFailure(code: .unreachable, what: Self.reason(error))
        }
        guard status == 200 else {
            throw HubFailure(code: .refused, what: "the hub answers \(status) to \(path.prefix { $0 != "?" })")
        }
        do {
            return try JSONDecoder().decode(T.self, from: body)
        } catch {
            throw HubFailure(
                code: .undecodable, what: "\(path.prefix { $0 != "?" }) cannot be read: \(Self.reason(error))")
        }
    }

    /// The first line of an error, short enough for a screen.
    private static func reason(_ error: any Error) -> String {
        let text = String(describing: error)
        if text.contains("Connection refused") { return "connection refused" }
        return String(text.prefix { !$0.isNewline }.prefix(120))
    }
}

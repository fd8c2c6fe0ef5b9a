import CityModel
import Foundation
import HubAPI
import Hummingbird

/// A request that cannot be served, with the status and the body that say why.
struct Refusal: Error {
    var status: HTTPResponse.Status
    var body: APIErrorBody
    init(_ status: HTTPResponse.Status, _ code: String, _ what: String, mend: String) {
        self.status = status
        body = APIErrorBody(code, what, mend: mend)
    }
}

/// Gives every error the same JSON body.
struct ErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Paths that are served, for GET and HEAD.
    let paths: Set<String>
    /// Paths that are served, for POST alone.
    var actions: Set<String> = []

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let r as Refusal {
            return Self.answer(r.status, r.body)
        } catch let e as HTTPError
            where e.status == .notFound && (paths.contains(request.uri.path) || actions.contains(request.uri.path))
        {
            let post = actions.contains(request.uri.path)
            var answer = Self.answer(
                .methodNotAllowed,
                APIErrorBody(
                    "wrong-method", "\(request.method.rawValue) is not served here", mend: post ? "Use POST" : "Use GET"))
            answer.headers[.allow] = post ? "POST" : "GET, HEAD"
            return answer
        } catch let e as HTTPError where e.status == .notFound {
            return Self.answer(
                .notFound,
                APIErrorBody("unknown-path", "there is nothing at \(request.uri.path)", mend: "See docs/openapi.yaml"))
        } catch let e as HTTPError {
            return Self.answer(
                e.status, APIErrorBody("http", e.body ?? e.status.reasonPhrase, mend: "See docs/openapi.yaml"))
        } catch let e as KapokError {
            context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(e)"])
            return Self.answer(.internalServerError, APIErrorBody(e.code, e.what, mend: e.mend))
        } catch {
            context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Self.answer(
                .internalServerError, APIErrorBody("internal", "the request failed", mend: "See the hub's log"))
        }
    }

    static func answer(_ status: HTTPResponse.Status, _ body: APIErrorBody) -> Response {
        let data = (try? HubServer.encoder.encode(body)) ?? Data()
        return Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }
}

typealias Query = Parameters

/// Typed query parameters; an empty one is an absent one.
extension Query {
    func text(_ name: String) -> String? {
        guard let v = self[name[...]], !v.isEmpty else { return nil }
        return String(v)
    }

    /// Refuses what is not in `names`, and what is given twice: a filter that is passed over without a word misleads.
    func allow(_ names: [String]) throws {
        var seen: Set<Substring> = []
        for (name, _) in self {
            guard names.contains(String(name)) else {
                throw Refusal(
                    .badRequest, "bad-parameter", "there is no parameter `\(name)`",
                    mend: "One of: \(names.joined(separator: ", "))")
            }
            guard seen.insert(name).inserted else {
                throw Refusal(.badRequest, "bad-parameter", "`\(name)` is given twice", mend: "Keep one")
            }
        }
    }

    func choice<T: RawRepresentable<String> & CaseIterable>(_ name: String, _: T.Type) throws -> T? {
        guard let t = text(name) else { return nil }
        guard let v = T(rawValue: t) else {
            throw Refusal(
                .badRequest, "bad-parameter", "`\(name)` cannot be `\(t)`",
                mend: "One of: \(T.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return v
    }

    func integer(_ name: String, _ fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let t = text(name) else { return fallback }
        guard let v = Int(t), range.contains(v) else {
            throw Refusal(
                .badRequest, "bad-parameter",
                "`\(name)` must be a whole number from \(range.lowerBound) to \(range.upperBound)",
                mend: "Mend `\(name)`")
        }
        return v
    }

    func time(_ name: String) throws -> EventTime? {
        guard let t = text(name) else { return nil }
        if let ms = Int64(t), ms.magnitude < 253_402_300_800_000 { return EventTime(ms: ms) }
        guard let v = EventTime(rfc3339: t) else {
            throw Refusal(
                .badRequest, "bad-parameter", "`\(name)` is not a time",
                mend: "Write RFC 3339 (2026-11-24T08:00:00Z) or ms since the epoch")
        }
        return v
    }
}

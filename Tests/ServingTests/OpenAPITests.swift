import CityModel
import Foundation
import HubAPI
import Testing
import Yams

@testable import Serving

/// The part of JSON Schema that `docs/openapi.yaml` uses. A property that is not documented is a mistake.
struct SchemaChecker {
    let document: [String: Any]

    func resolve(_ node: Any?) -> [String: Any] {
        var map = node as? [String: Any] ?? [:]
        while let ref = map["$ref"] as? String {
            var target: Any = document
            for part in ref.dropFirst(2).split(separator: "/") {
                target = (target as? [String: Any])?[String(part)] ?? [:]
            }
            map = target as? [String: Any] ?? [:]
        }
        return map
    }

    /// What does not fit, each with its path.
    func mistakes(_ value: Any, _ node: Any?, at path: String = "$") -> [String] {
        let schema = resolve(node)
        let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
        if types.isEmpty { return ["\(path): no schema"] }
        guard types.contains(where: { fits(value, $0) }) else { return ["\(path): not \(types): \(value)"] }
        var out: [String] = []
        if let allowed = schema["enum"] as? [String], let text = value as? String, !allowed.contains(text) {
            out.append("\(path): `\(text)` is not documented")
        }
        if schema["format"] as? String == "date-time", let text = value as? String, EventTime(rfc3339: text) == nil {
            out.append("\(path): not a time: \(text)")
        }
        if let items = value as? [Any], types.contains("array") {
            out += items.enumerated().flatMap { mistakes($1, schema["items"], at: "\(path)[\($0)]") }
        }
        if let map = value as? [String: Any] {
            let properties = schema["properties"] as? [String: Any] ?? [:]
            for name in schema["required"] as? [String] ?? [] where map[name] == nil {
                out.append("\(path): no \(name)")
            }
            for (name, v) in map {
                if let known = properties[name] ?? schema["additionalProperties"] {
                    out += mistakes(v, known, at: "\(path).\(name)")
                } else {
                    out.append("\(path): \(name) is not documented")
                }
            }
        }
        return out
    }

    private func fits(_ value: Any, _ type: String) -> Bool {
        let isBool = (value as? NSNumber).map { CFTypeIsBool($0) } ?? (value is Bool)
        switch type {
        case "object": return value is [String: Any]
        case "array": return value is [Any]
        case "string": return value is String
        case "boolean": return isBool
        case "number": return value is NSNumber && !isBool
        case "integer":
            return !isBool && (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } == true
        case "null": return value is NSNull
        default: return false
        }
    }
    private func CFTypeIsBool(_ n: NSNumber) -> Bool {
        String(cString: n.objCType) == "c" || String(cString: n.objCType) == "B"
    }
}

@Suite struct OpenAPITests {
    let checker: SchemaChecker
    let paths: [String: Any]

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../docs/openapi.yaml")
        let text = try String(contentsOf: file.standardized, encoding: .utf8)
        let document = try #require(try Yams.load(yaml: text) as? [String: Any])
        checker = SchemaChecker(document: document)
        paths = try #require(document["paths"] as? [String: Any])
    }

    private func operation(_ path: String) -> [String: Any] {
        (paths[path] as? [String: Any])?["get"] as? [String: Any] ?? [:]
    }
    private func schema(_ path: String, _ status: Int, _ type: String = "application/json") -> Any? {
        let response = checker.resolve((operation(path)["responses"] as? [String: Any])?["\(status)"])
        return ((response["content"] as? [String: Any])?[type] as? [String: Any])?["schema"]
    }
    private func parameters(_ path: String) -> [String] {
        (operation(path)["parameters"] as? [Any] ?? []).compactMap { checker.resolve($0)["name"] as? String }
    }

    @Test func `every path served is documented, and the other way round`() async throws {
        try await Served.with { s in #expect(Set((s.server.routes + s.server.actions).map(\.path)) == Set(paths.keys)) }
    }

    @Test func `every reference leads somewhere`() throws {
        func references(_ node: Any) -> [String] {
            if let map = node as? [String: Any] {
                return map.flatMap { k, v in k == "$ref" ? [v as? String ?? ""] : references(v) }
            }
            return (node as? [Any] ?? []).flatMap(references)
        }
        let all = Set(references(checker.document))
        #expect(all.count > 10)
        for r in all { #expect(!checker.resolve(["$ref": r]).isEmpty, "\(r)") }
    }

    @Test func `every documented parameter is taken, and no other`() async throws {
        try await Served.with([], health()) { s in
            let values = [
                "theme": "traffic", "place": "440106000000", "level": "street", "measure": "speed", "window": "1m",
                "from": "0",
                "to": "1970-01-01T01:00:00Z", "limit": "5", "trend": "3", "minutes": "20", "state": "silent",
                "kind": "speed", "owner": "Police",
            ]
            for path in [
                "/v1/summaries", "/v1/sensors", "/v1/board", "/v1/sliding", "/v1/response", "/v1/forecasts", "/v1/anomalies",
                "/v1/stream",
            ] {
                let documented = parameters(path)
                #expect(!documented.isEmpty)
                for name in values.keys.sorted() {
                    let r = try await s.get("\(path)?\(name)=\(values[name] ?? "")", method: "HEAD")
                    #expect(r.status == (documented.contains(name) ? 200 : 400), "\(path) \(name)")
                }
            }
        }
    }

    @Test func `incidents fit what is documented`() async throws {
        try await Served.with(
            [], health(), partitions: [IncidentTests.partition()], catalogue: IncidentTests.catalogue()
        ) { s in
            let json = try JSONSerialization.jsonObject(with: Data(try await s.get("/v1/incidents?state=all").body))
            let wanted = try #require(schema("/v1/incidents", 200))
            #expect(checker.mistakes(json, wanted) == [])
            for (name, value) in ["theme": "traffic", "place": "440106000000", "minutes": "9", "limit": "5", "state": "all"] {
                #expect(parameters("/v1/incidents").contains(name))
                #expect(try await s.get("/v1/incidents?\(name)=\(value)").status == 200)
            }
        }
    }

    @Test func `what is served fits what is documented`() async throws {
        let last = present / minute * minute - minute
        let rows = [City.code, City.east, City.west].flatMap { p in
            [
                summary(p, "speed", start: last - minute, status: .revised),
                summary(p, "speed", start: last, value: nil),
                summary(p, "flow", start: last, status: .provisional, severity: .red),
                summary(p, "speed", window: "5m", start: last),
            ]
        }
        for report in [health(), health(clock: nil, idle: [true], broker: .down)] {
            try await Served.with(
                rows, report, partitions: [try partials()], catalogue: try OutlookTests.catalogue()
            ) { s in
                s.feed.publish(.outlook(OutlookTests.rows))
                for target in [
                    "/v1/places", "/v1/themes", "/v1/health", "/v1/summaries", "/v1/summaries?limit=1", "/v1/sensors",
                    "/v1/board?theme=traffic",
                    "/v1/board?theme=emergency", "/v1/sliding?theme=traffic", "/v1/sliding?theme=emergency", "/v1/forecasts", "/v1/anomalies",
                ] {
                    let r = try await s.get(target)
                    let path = String(target.prefix { $0 != "?" })
                    let wanted = try #require(schema(path, 200))
                    let json = try JSONSerialization.jsonObject(with: Data(r.body))
                    #expect(checker.mistakes(json, wanted) == [], "\(target)")
                    #expect(r.headers["content-type"]?.hasPrefix("application/json") == true)
                }
                #expect(schema("/metrics", 200, "text/plain") != nil)
                let reader = try await EventReader(s.port)
                let first = try #require(await reader.next())
                s.feed.publish(.summaries(rows))
                let second = try #require(await reader.next())
                s.feed.publish(.outlook(OutlookTests.rows))
                let third = try #require(await reader.next())
                let content = checker.resolve((operation("/v1/stream")["responses"] as? [String: Any])?["200"])[
                    "content"]
                let events =
                    ((content as? [String: Any])?["text/event-stream"] as? [String: Any])?["x-events"] as? [String: Any]
                for e in [first, second, third] {
                    let json = try JSONSerialization.jsonObject(with: Data(e.data.utf8))
                    #expect(checker.mistakes(json, events?[e.name]) == [], "\(e.name)")
                }
            }
        }
    }

    @Test(arguments: [
        ("/v1/health", 503), ("/metrics", 503), ("/v1/summaries?limit=0", 400), ("/v1/summaries?theme=x", 404),
        ("/v1/board?trend=x", 400), ("/v1/board?place=x", 404), ("/v1/stream?x=1", 400), ("/v1/stream?theme=x", 404),
        ("/v1/sliding?minutes=1441", 400), ("/v1/sliding?measure=x", 404),
        ("/v1/forecasts?level=x", 400), ("/v1/forecasts?place=x", 404), ("/v1/anomalies?limit=0", 400),
        ("/v1/anomalies?measure=x", 404),
    ])
    func `what is refused fits what is documented`(target: String, status: Int) async throws {
        try await Served.with { s in
            let r = try await s.get(target)
            #expect(r.status == status)
            let wanted = try #require(schema(String(target.prefix { $0 != "?" }), status))
            let json = try JSONSerialization.jsonObject(with: Data(r.body))
            #expect(checker.mistakes(json, wanted) == [])
        }
    }

    @Test func `the checker finds what does not fit`() {
        let time: [String: Any] = ["type": "string", "format": "date-time"]
        let schema: [String: Any] = [
            "type": "object", "required": ["a", "b"],
            "properties": [
                "a": ["type": "integer"], "b": ["type": "string", "enum": ["x"]], "t": time, "f": ["type": "boolean"],
            ],
        ]
        let sound: [String: Any] = ["a": 1, "b": "x", "t": "2026-01-01T00:00:00Z", "f": true]
        #expect(checker.mistakes(sound, schema) == [])
        for (name, wrong) in [("a", 1.5), ("a", true), ("a", "1"), ("b", "y"), ("t", "now"), ("f", 1), ("new", 1)]
            as [(String, Any)]
        {
            var bad = sound
            bad[name] = wrong
            #expect(checker.mistakes(bad, schema).count == 1, "\(name) \(wrong)")
        }
        var short = sound
        short["b"] = nil
        #expect(checker.mistakes(short, schema) == ["$: no b"])
    }
}

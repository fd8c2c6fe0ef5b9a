import ArgumentParser
import CityModel
import Foundation
import HubAPI

struct SummariesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summaries", abstract: "Print a hub's summaries as a table, JSON lines or CSV.",
        discussion: """
            Example: kapok summaries --place 天河区 --theme traffic --window 1m --from 2026-11-24T08:00:00+08:00
            Example: kapok summaries --theme emergency --format csv > day.csv
            Example: kapok summaries --last 15m --place 天河区
            --last merges the panes of the last minutes, of the place (default: the city) and its children.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, csv }

    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(help: "Place, by code or name; default: all.") var place: String?
    @Option(help: "Theme; default: all.") var theme: String?
    @Option(help: "Measure; default: all.") var measure: String?
    @Option(help: "Window's name; default: all.") var window: String?
    @Option(help: "First window start, RFC 3339.") var from: TimeArgument?
    @Option(help: "Window starts before this, RFC 3339.") var to: TimeArgument?
    @Option(help: "Instead of windows: the last so many minutes as one, 1m to 24h, up to now in event time.")
    var last: DurationArgument?
    @Option(help: "Most rows.") var limit = 10_000
    @Option(help: "table, json or csv.") var format = Format.table

    func validate() throws {
        guard let last else { return }
        guard last.ms % 60_000 == 0, (1...1440).contains(last.ms / 60_000) else {
            throw ValidationError("--last must be whole minutes, from 1m to 24h")
        }
        guard window == nil, from == nil, to == nil else {
            throw ValidationError("--last does not go with --window, --from and --to")
        }
    }

    func run() async throws {
        do {
            if let last { try await sliding(minutes: last.ms / 60_000) } else { try await windows() }
        } catch { throw report(error) }
    }

    private func windows() async throws {
        let answer: SummariesResponse = try await ask(
            "/v1/summaries",
            [
                ("place", place), ("theme", theme), ("measure", measure), ("window", window),
                ("from", from.map { String($0.time.ms) }), ("to", to.map { String($0.time.ms) }),
                ("limit", String(limit)),
            ])
        try show(answer.summaries)
        if answer.truncated {
            fail("kapok: more than \(limit) rows; narrow them with --place, --from and --to, or raise --limit")
        }
    }

    private func sliding(minutes: Int64) async throws {
        var themes = theme.map { [$0] } ?? []
        if themes.isEmpty {
            let all: ThemesResponse = try await HubReader(hub).get("/v1/themes")
            themes = all.themes.map(\.name)
        }
        var rows: [Summary] = []
        var refused: KapokError?
        for t in themes {
            do {
                let answer: SlidingResponse = try await ask(
                    "/v1/sliding",
                    [("theme", t), ("place", place), ("measure", measure), ("minutes", String(minutes))])
                rows += answer.summaries
            } catch let e as KapokError where e.code == "unknown-measure" && theme == nil {
                refused = e  // another theme may have it
            }
        }
        if let refused, rows.isEmpty { throw refused }
        try show(Array(rows.prefix(limit)))
        if rows.count > limit { fail("kapok: more than \(limit) rows; raise --limit") }
    }

    private func ask<T: Decodable>(_ path: String, _ query: [(String, String?)]) async throws -> T {
        try await HubReader(hub).get("\(path)?\(HubReader.query(query))")
    }

    private func show(_ rows: [Summary]) throws {
        switch format {
        case .json:
            for r in rows { print(String(decoding: try LineWriter.encoder.encode(r), as: UTF8.self)) }
        case .csv:
            print(Self.columns.map(\.name).joined(separator: ","))
            for r in rows { print(Self.columns.map { Self.quoted($0.text(r)) }.joined(separator: ",")) }
        case .table:
            printTable([Self.columns.map(\.name)] + rows.map { r in Self.columns.map { $0.text(r) } })
        }
    }

    private static let columns: [(name: String, text: @Sendable (Summary) -> String)] = [
        ("start", { $0.start.rfc3339 }), ("window", { $0.window }), ("place", { $0.place }),
        ("theme", { $0.theme }), ("measure", { $0.measure }), ("value", { $0.value.map { "\($0)" } ?? "" }),
        ("unit", { $0.unit }), ("severity", { $0.severity.rawValue }), ("status", { $0.status.rawValue }),
        ("revision", { String($0.revision) }),
        ("count", { String($0.count) }), ("reporting", { String($0.reporting) }), ("expected", { String($0.expected) }),
        ("late", { String($0.late) }),
        ("values", { $0.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }),
        ("digest", { $0.digest }),
    ]

    private static func quoted(_ s: String) -> String {
        s.contains(where: { ",\"\n".contains($0) }) ? "\"" + s.replacing("\"", with: "\"\"") + "\"" : s
    }
}

import ArgumentParser
import CityModel
import Dashboard
import Foundation
import HubAPI

struct AnomaliesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anomalies", abstract: "What a hub finds odd beside each place's own past.",
        discussion: """
            The newest episode of each place and measure: ongoing ones first. A score of 3.5 is one window in 3000 of a
            place where nothing happens.
            Example: kapok anomalies --place 天河区 --lang zh
            Example: kapok anomalies --theme traffic --from 2026-11-24T08:00:00+08:00 --format json
            """)

    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(help: "Place, by code or name, with all below it; default: the city.") var place: String?
    @Option(help: "Theme; default: all.") var theme: String?
    @Option(help: "Measure; default: all.") var measure: String?
    @Option(help: "Only episodes that lasted until this time or longer, RFC 3339.") var from: TimeArgument?
    @Option(help: "Most rows.") var limit = 1000
    @Option(help: "Language: zh or en; default from LANG.") var lang: Language?
    @Option(help: "text or json (a row a line).") var format = OutlookFormat.text

    func run() async throws {
        do {
            let query = HubReader.query([
                ("place", place), ("theme", theme), ("measure", measure), ("from", from.map { String($0.time.ms) }),
                ("limit", String(limit)),
            ])
            let answer: AnomaliesResponse = try await HubReader(hub).get("/v1/anomalies?\(query)")
            let text = OutlookText(lang ?? .ofLocale)
            let now = EventTime(ms: wallClockMs())
            for r in answer.anomalies {
                switch format {
                case .json: print(String(decoding: try LineWriter.encoder.encode(r), as: UTF8.self))
                case .text: if let line = text.episode(r, now: now) { print(line) }
                }
            }
            if answer.truncated { fail("kapok: more than \(limit) rows; narrow them, or raise --limit") }
        } catch { throw report(error) }
    }
}

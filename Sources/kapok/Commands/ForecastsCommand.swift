import ArgumentParser
import CityModel
import Dashboard
import Foundation
import HubAPI

enum OutlookFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

struct ForecastsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecasts", abstract: "What a hub expects of speeds, indices, water and crowds in the next hour.",
        discussion: """
            Each forecast has its bounds, its own error here so far, and that of the last value taken as the forecast.
            Example: kapok forecasts --place 天河区 --theme traffic
            Example: kapok forecasts --theme emergency --level street --lang zh
            Example: kapok forecasts --level district --format json
            """)

    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(help: "Place, by code or name; default: the city.") var place: String?
    @Option(help: "Every place of this level at or below the place: city, district or street.") var level: PlaceLevel?
    @Option(help: "Theme; default: all.") var theme: String?
    @Option(help: "Measure; default: all.") var measure: String?
    @Option(help: "Language: zh or en; default from LANG.") var lang: Language?
    @Option(help: "text or json (a row a line).") var format = OutlookFormat.text

    func run() async throws {
        do {
            let level = level ?? (place == nil ? .city : nil)
            let query = HubReader.query([
                ("place", place), ("level", level?.rawValue), ("theme", theme), ("measure", measure),
            ])
            let answer: ForecastsResponse = try await HubReader(hub).get("/v1/forecasts?\(query)")
            let text = OutlookText(lang ?? .ofLocale)
            let now = EventTime(ms: wallClockMs())
            for r in answer.forecasts {
                switch format {
                case .json: print(String(decoding: try LineWriter.encoder.encode(r), as: UTF8.self))
                case .text: print(text.lines(r, now: now).joined(separator: "\n"))
                }
            }
            if answer.forecasts.isEmpty {
                fail("kapok: nothing is forecast here: no complete window yet, or the measure is in no `outlook`")
            }
        } catch { throw report(error) }
    }
}

extension PlaceLevel: ExpressibleByArgument {}

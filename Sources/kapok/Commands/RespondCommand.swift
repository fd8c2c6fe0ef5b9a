import ArgumentParser
import CityModel
import Foundation
import HubAPI

struct RespondCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "respond", abstract: "What stands at a level, how sure it is, who answers and what to do.",
        discussion: """
            Streets where a measure with a runbook (Topics/themes) stands at a level, worst first.
            Example: kapok respond
            Example: kapok respond --theme emergency --place 天河区 --lang en
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(help: "Theme; default: all.") var theme: String?
    @Option(help: "Place, by code or name; default: the city.") var place: String?
    @Option(help: "Most situations listed.") var limit = 20
    @Option(help: "text or json.") var format = Format.text
    @Option(help: "Language: zh or en; default from LANG.") var lang: Language?

    func run() async throws {
        do {
            let query = HubReader.query([("theme", theme), ("place", place), ("limit", String(limit))])
            let answer: ResponseList = try await HubReader(hub).get("/v1/response?\(query)")
            let lang = lang ?? .ofLocale
            switch format {
            case .json: print(String(decoding: try LineWriter.encoder.encode(answer), as: UTF8.self))
            case .text:
                let text = answer.items.map { $0.lines(lang).joined(separator: "\n") }.joined(separator: "\n\n")
                print(text.isEmpty ? (lang == .zh ? "没有达到级别的指标" : "Nothing stands at a level") : text)
            }
            if answer.truncated { fail("kapok: more than \(limit) situations; narrow them, or raise --limit") }
        } catch { throw report(error) }
    }
}

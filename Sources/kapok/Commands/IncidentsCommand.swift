import ArgumentParser
import CityModel
import Foundation
import HubAPI

struct IncidentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents", abstract: "List a hub's traffic incidents, open and recent, with what told them.",
        discussion: """
            Example: kapok incidents --place 天河区
            Example: kapok incidents --state all --last 6h --format json
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(help: "Place, by code or name; default: all.") var place: String?
    @Option(help: "Theme; default: all that tell incidents.") var theme: String?
    @Option(help: "raised (open or cleared), open, cleared, tentative or all.") var state = "raised"
    @Option(help: "Cleared ones of the last so many minutes of event time, 1m to 7d.") var last = DurationArgument(ms: 3_600_000)
    @Option(help: "Most incidents.") var limit = 1000
    @Option(help: "Language of headings and states: zh or en; default: that of the locale.") var lang: Language?
    @Option(help: "table or json.") var format = Format.table

    func run() async throws {
        do {
            let query = HubReader.query([
                ("theme", theme), ("place", place), ("state", state), ("minutes", String(max(1, last.ms / 60_000))),
                ("limit", String(limit)),
            ])
            let answer: IncidentsResponse = try await HubReader(hub).get("/v1/incidents?\(query)")
            switch format {
            case .json: print(String(decoding: try LineWriter.encoder.encode(answer), as: UTF8.self))
            case .table: show(answer)
            }
            if answer.truncated { fail("kapok: more than \(limit) incidents; narrow them, or raise --limit") }
        } catch { throw report(error) }
    }

    private func show(_ a: IncidentsResponse) {
        let words = IncidentWords(lang ?? .ofLocale)
        printTable([words.heads] + a.incidents.map { words.row($0) })
        for i in a.incidents {
            print("\n\(words.name(i)) \(i.since.rfc3339)")
            for e in i.evidence { print("  " + words.line(e)) }
        }
        if a.incidents.isEmpty { print(words.none) }
    }
}

/// Incidents in the operator's language.
struct IncidentWords {
    private let zh: Bool
    init(_ l: Language) { zh = l == .zh }

    var heads: [String] {
        zh ? ["街道", "名称", "状态", "始于", "确认", "解除", "可信度"]
            : ["street", "name", "state", "since", "raised", "cleared", "certainty"]
    }
    var none: String { zh ? "没有事件。" : "No incidents." }
    func name(_ i: IncidentsResponse.Item) -> String { zh ? i.name : i.nameEn }

    func row(_ i: IncidentsResponse.Item) -> [String] {
        [
            i.street, name(i), state(i.state), i.since.rfc3339, i.raised?.rfc3339 ?? "", i.cleared?.rfc3339 ?? "",
            String(format: "%.2f", i.certainty),
        ]
    }
    private func state(_ s: IncidentsResponse.State) -> String {
        switch s {
        case .tentative: zh ? "疑似" : "tentative"
        case .open: zh ? "进行中" : "open"
        case .cleared: zh ? "已解除" : "cleared"
        }
    }
    private static let chinese = [
        "california": "上下游对比", "deviate": "标准离差", "smoothing": "指数平滑", "video": "视频",
        "stopped-vehicle": "停车", "wrong-way": "逆行", "person-on-carriageway": "行人闯入", "spill-back": "排队溢出",
        "occupancy": "占有率", "speed": "车速", "vehicles": "车辆", "upstream_occupancy": "上游占有率", "usual": "平常",
        "queue": "排队长度",
    ]
    private func word(_ s: String) -> String { zh ? Self.chinese[s] ?? s : s.replacing("_", with: " ") }

    /// `loop-1 california 08:01:00 - 08:05:00: occupancy 30.1, usual 9.2`
    func line(_ e: IncidentsResponse.Evidence) -> String {
        let what = [word(e.source), e.finding.map(word)].compactMap { $0 }.joined(separator: " ")
        let values = e.measured.sorted { $0.key < $1.key }.map { "\(word($0.key)) \(String(format: "%.1f", $0.value))" }
        let end = e.ended?.rfc3339 ?? (zh ? "至今" : "now")
        return "\(e.device) \(what) \(e.since.rfc3339) - \(end)" + (values.isEmpty ? "" : ": ")
            + values.joined(separator: zh ? "，" : ", ")
    }
}

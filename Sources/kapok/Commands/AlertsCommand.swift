import Alerting
import ArgumentParser
import CityModel
import Foundation
import HubAPI

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "A hub's alerts: list, show, why, history, silences; ack, resolve, silence ...",
        subcommands: [
            List.self, Show.self, Why.self, History.self, Silences.self, Ack.self, Unack.self, Resolve.self,
            Escalate.self, Deescalate.self, Silence.self, Unsilence.self,
        ], defaultSubcommand: List.self)
}

/// Where the alerts are, and how they are shown.
struct AlertOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }
    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(help: "text or json.") var format = Format.text
    @Option(help: "zh or en; default from LANG.") var lang: Language?
    var language: Language { lang ?? .ofLocale }

    func get<T: Decodable>(_ path: String, _ query: [(String, String?)] = []) async throws -> T {
        let q = HubReader.query(query)
        return try await HubReader(hub).get(q.isEmpty ? path : "\(path)?\(q)")
    }
    /// The city's places by code, for names.
    func names() async throws -> [String: PlacesResponse.Item] {
        let all: PlacesResponse = try await get("/v1/places")
        return Dictionary(all.places.map { ($0.code, $0) }, uniquingKeysWith: { a, _ in a })
    }
    func name(_ code: String, _ names: [String: PlacesResponse.Item]) -> String {
        names[code].map { language == .zh ? $0.name : $0.nameEn } ?? code
    }
    func line(_ value: some Encodable) throws {
        print(String(decoding: try LineWriter.encoder.encode(value), as: UTF8.self))
    }
}

extension AlertsCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List alerts, the newest first.",
            discussion: "Example: kapok alerts list --theme traffic --place 天河区 --severity orange")
        @OptionGroup var options: AlertOptions
        @Option(help: "Theme; default: all.") var theme: String?
        @Option(help: "Place, by code or name, with all below it; default: all.") var place: String?
        @Option(help: "active, all, or one state: open, acknowledged, stale ...") var state = "active"
        @Option(help: "Alerts that were at least so bad: blue, yellow, orange, red.") var severity: String?
        @Option(help: "Most alerts.") var limit = 1000

        func run() async throws {
            do {
                let answer: AlertsResponse = try await options.get(
                    "/v1/alerts",
                    [
                        ("theme", theme), ("place", place), ("state", state), ("severity", severity),
                        ("limit", String(limit)),
                    ])
                guard options.format == .text else { return try answer.alerts.forEach(options.line) }
                let (names, l) = (try await options.names(), options.language)
                printTable(
                    [["id", "since", "state", "severity", "rule", "place", "value", "desk", "owner", "silenced"]]
                        + answer.alerts.map { a in
                            [
                                a.id, a.since.rfc3339, AlertWords.text(a.state, l), AlertWords.text(a.severity, l),
                                a.title[l.rawValue] ?? a.rule, options.name(a.place, names),
                                a.evidence.windows.last?.value.map { "\($0)" } ?? "?", a.desk.rawValue,
                                a.acknowledgement?.owner ?? "", a.silences.joined(separator: " "),
                            ]
                        })
                if answer.truncated { fail("kapok: more than \(limit) alerts; narrow them, or raise --limit") }
            } catch { throw report(error) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One alert with every step of its life.")
        @OptionGroup var options: AlertOptions
        @Argument(help: "The alert's id.") var id: String

        func run() async throws {
            do {
                let a: AlertResponse = try await options.get("/v1/alerts/alert", [("id", id)])
                guard options.format == .text else { return try options.line(a) }
                let (names, l) = (try await options.names(), options.language)
                print(
                    "\(a.alert.title[l.rawValue] ?? a.alert.rule)  \(options.name(a.alert.place, names))  "
                        + "\(AlertWords.text(a.alert.severity, l))  \(AlertWords.text(a.alert.state, l))")
                printSteps(a.transitions, options, names)
            } catch { throw report(error) }
        }
    }

    struct Why: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What an alert rests on: thresholds, windows, sensors, offsets.")
        @OptionGroup var options: AlertOptions
        @Argument(help: "The alert's id.") var id: String

        func run() async throws {
            do {
                let a: AlertResponse = try await options.get("/v1/alerts/alert", [("id", id)])
                let e = a.alert.evidence
                guard options.format == .text else { return try options.line(e) }
                print(
                    "\(a.alert.theme)/\(a.alert.rule) (version \(e.themeVersion)): \(e.aggregate) of \(e.measure), \(e.window), \(e.unit)"
                )
                print(
                    "certainty \(a.alert.certainty.rawValue), urgency \(a.alert.urgency.rawValue); worst \(e.worstValue.map { "\($0)" } ?? "?")"
                )
                for t in e.thresholds {
                    print("\(t.severity.rawValue): raised at \(t.raise), cleared beyond \(t.clear)")
                }
                print("source: \(e.source)\n")
                printTable(
                    [["window", "value", "count", "sensors", "quality", "certainty", "digest"]]
                        + e.windows.map { w in
                            [
                                w.start.rfc3339, w.value.map { "\($0)" } ?? "?", String(w.count),
                                "\(w.reporting)/\(w.expected)", w.quality.map { "\($0)" } ?? "", w.certainty.rawValue,
                                String(w.digest.prefix(16)),
                            ]
                        })
                print("\(e.windowsSeen) windows in all, \(e.revised.count) of these revised since")
                for s in e.sources { print("\(s.topic)/\(s.partition): offsets \(s.first) to \(s.next - 1)") }
                for f in e.findings?.flags ?? [] { print("\(f.sensor): \(f.flag.rawValue), weight \(f.weight)") }
                if let silent = e.findings?.silent, !silent.isEmpty {
                    print("silent: \(silent.joined(separator: " "))")
                }
            } catch { throw report(error) }
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every step of every alert, by wall clock.")
        @OptionGroup var options: AlertOptions
        @Option(help: "Theme; default: all.") var theme: String?
        @Option(help: "Place with all below it; default: all.") var place: String?
        @Option(help: "From this wall-clock time, RFC 3339.") var from: TimeArgument?
        @Option(help: "Before this wall-clock time, RFC 3339.") var to: TimeArgument?
        @Option(help: "Most steps.") var limit = 1000

        func run() async throws {
            do {
                let h: AlertHistoryResponse = try await options.get(
                    "/v1/alerts/history",
                    [
                        ("theme", theme), ("place", place), ("from", from.map { String($0.time.ms) }),
                        ("to", to.map { String($0.time.ms) }), ("limit", String(limit)),
                    ])
                guard options.format == .text else { return try h.transitions.forEach(options.line) }
                printSteps(h.transitions, options, try await options.names())
                if h.truncated { fail("kapok: more than \(limit) steps; narrow them, or raise --limit") }
            } catch { throw report(error) }
        }
    }

    struct Silences: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Silences that have not ended.")
        @OptionGroup var options: AlertOptions

        func run() async throws {
            do {
                let s: SilencesResponse = try await options.get("/v1/alerts/silences")
                guard options.format == .text else { return try s.silences.forEach(options.line) }
                printTable(
                    [["id", "ends", "author", "reason", "theme", "rule", "place", "up to", "alert"]]
                        + s.silences.map { s in
                            let m = s.matcher
                            return [
                                s.id, s.ends.rfc3339, s.author, s.reason, m.theme ?? "", m.rule ?? "", m.place ?? "",
                                m.upTo?.rawValue ?? "", m.alert ?? "",
                            ]
                        })
            } catch { throw report(error) }
        }
    }
}

private func printSteps(
    _ steps: [AlertTransition], _ options: AlertOptions, _ names: [String: PlacesResponse.Item]
) {
    let l = options.language
    printTable(
        [["at", "event time", "alert", "rev", "to", "severity", "cause", "rule", "place", "actor", "reason"]]
            + steps.map { t in
                [
                    t.at.rfc3339, t.eventTime.rfc3339, t.alert, String(t.revision), AlertWords.text(t.to, l),
                    AlertWords.text(t.severity, l), AlertWords.text(t.cause, l), "\(t.theme)/\(t.rule)",
                    options.name(t.place, names), t.actor, t.reason,
                ]
            })
}

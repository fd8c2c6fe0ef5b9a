import ArgumentParser
import CityModel
import Foundation
import HubAPI

/// Who acts, and where.
struct ActorOptions: ParsableArguments {
    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(name: .customLong("as"), help: "Who does it; default: the user's name.") var actor: String?

    func perform(_ verb: AlertAction.Verb, _ change: (inout AlertAction) -> Void) async throws {
        do {
            let name = actor ?? ProcessInfo.processInfo.environment["USER"] ?? ""
            var action = AlertAction(verb, actor: name, reason: "")
            change(&action)
            let answer: AlertActionResponse = try await HubReader(hub).post("/v1/alerts/actions", action)
            if let s = answer.silence { print("\(s.id) until \(s.ends.rfc3339)") }
        } catch { throw report(error) }
    }
}

extension AlertsCommand {
    struct Ack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an alert on until a deadline; then it is open again.",
            discussion:
                "Example: kapok alerts ack 0f3a91c27be4d815 --for 30m --owner 'Water Authority' --note 'pump is on its way'"
        )
        @OptionGroup var options: ActorOptions
        @Argument(help: "The alert's id.") var id: String
        @Option(name: .customLong("for"), help: "How long, up to 24h.") var span: DurationArgument
        @Option(help: "Who acts on it; default: who says so.") var owner: String?
        @Option(help: "What is done.") var note = ""
        func run() async throws {
            try await options.perform(.acknowledge) {
                ($0.id, $0.owner, $0.reason) = (id, owner, note)
                $0.until = EventTime(ms: wallClockMs() + span.ms)
            }
        }
    }

    struct Unack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give an alert back: it is open again.")
        @OptionGroup var options: ActorOptions
        @Argument(help: "The alert's id.") var id: String
        @Option(help: "Why.") var reason = ""
        func run() async throws { try await options.perform(.unacknowledge) { ($0.id, $0.reason) = (id, reason) } }
    }

    struct Resolve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End an alert whatever the data say.",
            discussion: "It comes again when its measure cleared and reaches the threshold anew, or gets worse.")
        @OptionGroup var options: ActorOptions
        @Argument(help: "The alert's id.") var id: String
        @Option(help: "Why.") var reason: String
        func run() async throws { try await options.perform(.resolve) { ($0.id, $0.reason) = (id, reason) } }
    }

    struct Escalate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Call the desk above.")
        @OptionGroup var options: ActorOptions
        @Argument(help: "The alert's id.") var id: String
        @Option(help: "Why.") var reason = ""
        func run() async throws { try await options.perform(.escalate) { ($0.id, $0.reason) = (id, reason) } }
    }

    struct Deescalate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Hand an alert back to the desk below.")
        @OptionGroup var options: ActorOptions
        @Argument(help: "The alert's id.") var id: String
        @Option(help: "Why.") var reason = ""
        func run() async throws { try await options.perform(.deescalate) { ($0.id, $0.reason) = (id, reason) } }
    }

    struct Silence: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hold notices back for a while; they still count, and their end is told.",
            discussion:
                "Example: kapok alerts silence --theme traffic --place 440106004000 --up-to orange --for 2h --reason 'road works'"
        )
        @OptionGroup var options: ActorOptions
        @Option(help: "Theme.") var theme: String?
        @Option(help: "Rule.") var rule: String?
        @Option(help: "Place's 12-digit code: the place and all below it.") var place: String?
        @Option(help: "Alerts up to this severity: blue, yellow, orange, red.") var upTo: Severity?
        @Option(help: "One alert's id.") var alert: String?
        @Option(name: .customLong("for"), help: "How long, up to 7d.") var span: DurationArgument
        @Option(help: "Why.") var reason: String
        func run() async throws {
            try await options.perform(.silence) {
                $0.matcher = .init(alert: alert, theme: theme, rule: rule, place: place, upTo: upTo)
                $0.until = EventTime(ms: wallClockMs() + span.ms)
                $0.reason = reason
            }
        }
    }

    struct Unsilence: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a silence now.")
        @OptionGroup var options: ActorOptions
        @Argument(help: "The silence's id.") var id: String
        @Option(help: "Why.") var reason = ""
        func run() async throws { try await options.perform(.unsilence) { ($0.id, $0.reason) = (id, reason) } }
    }
}

extension Severity: ExpressibleByArgument {}

import Alerting
import ArgumentParser
import CityModel
import Contracts
import Foundation
import HubAPI
import Pipeline

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Try out the rules that raise alerts.",
        discussion: "Example: kapok rules test --theme traffic day.jsonl", subcommands: [Test.self])

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a theme's rules over a file of records: when each would raise, change and clear.",
            discussion: """
                One record a line, as for kapok process. A folder stands for its events.jsonl, and for its own Topics/ \
                where it has one. Nobody acknowledges; people's time runs with the windows' ends.
                Example: kapok simulate --seed 7 --duration 2h --incidents demo --start 2026-11-24T00:00:00Z --output day.jsonl
                Example: kapok rules test --theme emergency day.jsonl
                """)
        enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

        @OptionGroup var catalogue: CatalogueOptions
        @Option(help: "The theme whose rules are tried.") var theme: String
        @Option(help: "Contract of the records; default: the first that the theme reads.") var contract: String?
        @Option(help: "Only this rule.") var rule: String?
        @Option(help: "text, or json: one transition a line.") var format = Format.text
        @Option(help: "zh or en; default from LANG.") var lang: Language?
        @Flag(help: "Also alerts that were pending and came to nothing.") var pending = false
        @Argument(help: "File of records, or a scenario's folder.") var input: String

        func run() throws {
            do { try test() } catch { throw report(error) }
        }

        private func test() throws {
            var (options, path) = (catalogue, input)
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder), isFolder.boolValue {
                path = input + "/events.jsonl"
                if FileManager.default.fileExists(atPath: input + "/Topics") { options.topics = input + "/Topics" }
            }
            let c = try options.load()
            guard var def = c.theme(theme) else {
                throw KapokError(
                    "unknown-theme", "there is no theme `\(theme)`",
                    mend: "One of: \(c.themes.map(\.name).joined(separator: ", "))")
            }
            if let rule {
                guard def.rules.contains(where: { $0.name == rule }) else {
                    throw KapokError(
                        "unknown-rule", "\(theme) has no rule `\(rule)`",
                        mend: "One of: \(def.rules.map(\.name).joined(separator: ", "))")
                }
                def.rules.removeAll { $0.name != rule }
            }
            let contract = try c.required(contract ?? def.topics.first ?? "")
            guard def.topics.contains(contract.name) else {
                throw KapokError(
                    "unknown-contract", "\(theme) does not read \(contract.name)",
                    mend: "One of: \(def.topics.joined(separator: ", "))")
            }
            var only = c
            only.themes = [def]
            var rehearsal = RuleRehearsal(only)
            let language = lang ?? .ofLocale
            var values: [String: AlertEvidence.Window] = [:]
            let pipeline = FilePipeline(
                contract, themes: [def], catalogue: c, pseudonym: nil,
                summaries: { rows in
                    let effects = rehearsal.feed(rows)
                    for case .alert(let a) in effects { values[a.id] = a.evidence.windows.last }
                    for case .transition(let t) in effects
                    where pending || (t.cause != .reached && t.cause != .withdrawn) {
                        try show(t, values[t.alert]?.value, def, c.places, language)
                    }
                }, deadLetters: { _, _, _, _ in })
            let reader = try LineReader(path, capacity: max(4 << 20, contract.maxBytes + 2))
            while try reader.next(pipeline.feed) {
                try pipeline.flush()
                reader.compact()
            }
            try pipeline.finish()
            summarise(rehearsal, c.places, language)
        }

        private func show(
            _ t: AlertTransition, _ value: Double?, _ def: ThemeDef, _ places: PlaceTree, _ l: Language
        ) throws {
            guard format == .text else {
                return print(String(decoding: try LineWriter.encoder.encode(t), as: UTF8.self))
            }
            let title = def.rules.first { $0.name == t.rule }?.title[l.rawValue] ?? t.rule
            print(
                [
                    t.eventTime.rfc3339, t.alert, AlertWords.text(t.to, l), AlertWords.text(t.severity, l), title,
                    AlertWords.name(t.place, l, places), AlertWords.text(t.cause, l), value.map { "\($0)" } ?? "",
                ].joined(separator: "  "))
        }

        private func summarise(_ r: RuleRehearsal, _ places: PlaceTree, _ l: Language) {
            let worst = r.worstLoad.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.first
            let per = Double(r.calls) / max(1, Double(r.coveredMs) / Double(AlertLoad.windowMs))
            let mean = String(format: "%.2f", per)
            let left = r.engine.alerts.count { $0.isActive }
            fail("\(r.calls) notices, \(mean) every 10 minutes over the whole city; \(left) alerts still active")
            if let worst {
                fail("most in 10 minutes at one desk: \(worst.value), \(AlertWords.name(worst.key.place, l, places))")
            }
        }
    }
}

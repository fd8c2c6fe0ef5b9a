import ArgumentParser
import CityModel
import Evaluation
import Foundation

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure the analytics on real series.",
        discussion: """
            Prints Markdown. Example: kapok evaluate anomalies ../shared/data/nab
            """,
        subcommands: [All.self, Anomalies.self, Forecasts.self, Crowd.self, Incidents.self])

    struct All: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "all", abstract: "Everything on the known data sets, printed and written to a file.")
        @Option(help: "Folder with nab/, traffic/ and crowd/.") var data = "../shared/data"
        @Option(help: "File to write.") var output = "docs/evaluation.md"
        @OptionGroup var catalogue: CatalogueOptions

        func run() throws {
            do {
                let text = try EvaluationReport.document(data: data, catalogue: catalogue.load())
                print(text, terminator: "")
                try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
            } catch { throw report(error) }
        }
    }

    struct Incidents: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "incidents", abstract: "Score incident detection over the simulated city.",
            discussion: "Two hours a seed. Example: kapok evaluate incidents --seeds 1 --to-seed 5")
        @Option(help: "First seed.") var seeds = EvaluationReport.incidentSeeds.lowerBound
        @Option(help: "Last seed; default: the first.") var toSeed: UInt64?
        @OptionGroup var catalogue: CatalogueOptions

        func validate() throws {
            guard toSeed ?? seeds >= seeds else { throw ValidationError("--to-seed is before --seeds") }
        }

        func run() throws {
            do {
                let e = try IncidentEvaluation(try catalogue.load(), seeds: seeds...(toSeed ?? seeds))
                print(EvaluationReport.incidents(e))
            } catch { throw report(error) }
        }
    }

    struct Anomalies: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "anomalies", abstract: "Score the anomaly detector on labelled series, as NAB does.",
            discussion: #"The folder holds *.csv (timestamp,value) and windows.json ({"a.csv": [["from", "to"]]})."#)
        @Argument(help: "Folder.") var folder: String
        @Option(help: "Alarm threshold, -log10 of the risk.") var threshold = EvaluationReport.standardThreshold

        func run() throws {
            do {
                let series = try LabelledSeries.load(folder: folder)
                print(EvaluationReport.anomalies(series, threshold: threshold))
            } catch { throw report(error) }
        }
    }

    struct Forecasts: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "forecast", abstract: "Measure forecasts on a table, a row a step, a column a series.")
        @Argument(help: "CSV file, may be gzip-compressed (.gz); 0 is missing.") var file: String
        @Option(help: "Minutes between rows.") var stepMinutes = 5
        @Option(help: "The first row's local time, RFC 3339 with Z; matters for weekends.") var start: String?

        func validate() throws {
            guard (1...1440).contains(stepMinutes) else { throw ValidationError("--step-minutes is 1 to 1440") }
            if let start, EventTime(rfc3339: start) == nil {
                throw ValidationError("--start: not an RFC 3339 time: \(start)")
            }
        }

        func run() throws {
            do {
                let t = start.flatMap { EventTime(rfc3339: $0) } ?? EvaluationReport.forecastStart
                let table = try NumberTable.load(file)
                print(EvaluationReport.forecast(ForecastEvaluation(table, stepMinutes: stepMinutes, start: t)))
            } catch { throw report(error) }
        }
    }

    struct Crowd: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "crowd", abstract: "Find surges in crowd flows.",
            discussion: "A row a station, 108 steps of 10 minutes a day, one after another.")
        @Argument(help: "CSV file, may be gzip-compressed (.gz).") var file: String
        @Option(help: "Seed of the planted surges.") var seed: UInt64 = 1

        func run() throws {
            do {
                print(EvaluationReport.crowd(CrowdEvaluation(try NumberTable.load(file), seed: seed)))
            } catch { throw report(error) }
        }
    }
}

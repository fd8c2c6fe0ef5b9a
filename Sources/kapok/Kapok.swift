import ArgumentParser
import CityModel
import Contracts
import Foundation

/// The one executable: each subcommand parses its options and wires targets together.
@main
struct Kapok: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kapok",
        abstract:
            "City operations event-stream hub: Kafka in, event-time windows, summaries and a terminal dashboard out.",
        version: kapokVersion,
        subcommands: [
            HubCommand.self, EdgeCommand.self, DashboardCommand.self, DemoCommand.self, SimulateCommand.self,
            LoadCommand.self, ProcessCommand.self, SummariesCommand.self, SensorsCommand.self, RespondCommand.self,
            IncidentsCommand.self, ForecastsCommand.self, AnomaliesCommand.self, VerifyCommand.self, EvaluateCommand.self,
            AlertsCommand.self, SubscribeCommand.self, ContractsCommand.self, RulesCommand.self, TopicsCommand.self,
            ChaosCommand.self,
        ])
}

let kapokVersion = "0.1.0"

/// Options that every command on streams has.
struct CatalogueOptions: ParsableArguments {
    @Option(help: "Folder with inputs/, themes/, places/, sensors/, outputs/ and city.yaml.")
    var topics = "Topics"

    /// The checked catalogue; mistakes are printed a line each and end the program with exit code 2.
    func load() throws -> Catalogue {
        do {
            return try Catalogue.load(topics)
        } catch {
            for p in error.problems { fail(p.description) }
            throw ExitCode(2)
        }
    }
}

/// Writes a line to standard error.
func fail(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

/// Prints an error as a person wants to read it and gives the exit code.
func report(_ error: any Error) -> ExitCode {
    if let code = error as? ExitCode { return code }
    fail("kapok: \(error)")
    return ExitCode(1)
}

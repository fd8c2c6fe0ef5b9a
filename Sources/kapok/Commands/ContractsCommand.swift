import ArgumentParser
import Contracts

struct ContractsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contracts", abstract: "Check what is known about the streams.",
        discussion: "Example: kapok contracts check --topics Topics", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every file below Topics/; each mistake as file:line.",
            discussion: "Example: kapok contracts check --topics Topics")
        @OptionGroup var catalogue: CatalogueOptions

        func run() throws {
            let problems = Catalogue.check(catalogue.topics)
            for p in problems { print(p) }
            guard problems.isEmpty else {
                fail("\(problems.count) mistake(s)")
                throw ExitCode(2)
            }
            let c = try catalogue.load()
            print(
                "\(catalogue.topics): good. \(c.contracts.count) input topics, \(c.themes.count) themes, "
                    + "\(c.places.count) places, \(c.sensors.count) registry rows"
                    + (c.jurisdiction.map { ", levels of \($0.name)." } ?? "."))
        }
    }
}

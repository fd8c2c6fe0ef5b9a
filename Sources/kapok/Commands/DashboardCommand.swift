import ArgumentParser
import CityModel
import Contracts
import Dashboard
import Foundation

/// Options of every command that shows screens.
struct ScreenOptions: ParsableArguments {
    @Option(help: "Folder of screens.") var dashboards = "Dashboards"
    @Option(help: "Language of the screen: zh or en; default from LANG.") var lang: Language?
    @Option(help: "auto, always or never; auto obeys NO_COLOR.") var color = ColorMode.auto
    @Flag(help: "Draw with ASCII characters only.") var ascii = false

    func options(hub: String, size: Size = Size(columns: 120, rows: 40)) -> DashboardOptions {
        DashboardOptions(
            hub: hub, lang: lang ?? .ofLocale, color: color, dashboards: dashboards, size: size,
            ascii: ascii)
    }
}

extension Language: ExpressibleByArgument {
    /// What the environment asks for.
    static var ofLocale: Language {
        let env = ProcessInfo.processInfo.environment
        let locale = [env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]].compactMap { $0 }.first { !$0.isEmpty }
        return Language(locale: locale)
    }
}
extension ColorMode: ExpressibleByArgument {}
extension Size: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

struct DashboardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Watch a hub in the terminal.",
        discussion: """
            Example: kapok dashboard --hub http://127.0.0.1:8080 --lang zh
            Example: kapok dashboard --hub http://127.0.0.1:8080 --frame --size 120x40 --place 天河区 --theme emergency
            """)

    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @OptionGroup var screen: ScreenOptions
    @Flag(help: "Print one frame as text and exit.") var frame = false
    @Option(help: "Size of a printed frame, COLUMNSxROWS.") var size = Size(columns: 120, rows: 40)
    @Option(help: "With --frame: place, by code or name.") var place: String?
    @Option(help: "With --frame: theme.") var theme: String?

    func run() async throws {
        do {
            let options = screen.options(hub: hub, size: size)
            if frame {
                print(try await printFrame(options, place: place, theme: theme))
            } else {
                try await runDashboard(options)
            }
        } catch { throw report(error) }
    }
}

import CityModel
import Foundation

/// What `kapok dashboard` is asked for.
public struct DashboardOptions: Sendable {
    /// The hub's address: `http://127.0.0.1:8080`.
    public var hub: String
    public var lang: Language
    public var color: ColorMode
    /// Folder of screens, and the one to show; the first where nil.
    public var dashboards: String
    public var screen: String?
    /// For frames printed as text; a terminal tells its own size.
    public var size: Size
    /// Draws with ASCII characters only, for terminals that draw ambiguous characters wide.
    public var ascii: Bool
    /// Time between two questions to the hub, and the most that an answer may take.
    public var intervalMs: Int64
    public var timeoutMs: Int64
    /// Windows of history asked for.
    public var trend: Int
    /// Sent as a bearer token where the hub wants one.
    public var token: String?

    public init(
        hub: String, lang: Language = .en, color: ColorMode = .auto, dashboards: String = "Dashboards",
        screen: String? = nil, size: Size = Size(columns: 120, rows: 40), ascii: Bool = false,
        intervalMs: Int64 = 1000, timeoutMs: Int64 = 5000, trend: Int = 30, token: String? = nil
    ) {
        self.hub = hub
        self.lang = lang
        self.color = color
        self.dashboards = dashboards
        self.screen = screen
        self.size = size
        self.ascii = ascii
        self.intervalMs = min(max(intervalMs, 100), 3_600_000)
        self.timeoutMs = min(max(timeoutMs, 100), 600_000)
        self.trend = min(max(trend, 0), 500)
        self.token = token
    }

    var client: HubClient { HubClient(hub, timeoutMs: timeoutMs, token: token) }

    /// The screen that is asked for.
    ///
    /// - Throws: `ContractsError` for mistakes in the files, `KapokError` where there is no such screen.
    func chosenScreen() throws -> DashboardDef {
        let all = try DashboardDef.load(dashboards)
        guard let name = screen else {
            guard let first = all.first else {
                throw KapokError("screen-unknown", "there are no screens", mend: "Add a file to \(dashboards)")
            }
            return first
        }
        guard let d = all.first(where: { $0.name == name }) else {
            let names = all.map(\.name).joined(separator: ", ")
            throw KapokError("screen-unknown", "there is no screen \(name)", mend: "One of: \(names)")
        }
        return d
    }

    func state(_ screen: DashboardDef) -> ViewState {
        var s = ViewState(screen: screen, lang: lang, now: wallClock(), glyphs: ascii ? .ascii : .unicode)
        s.staleAfterMs = max(3000, intervalMs * 3)
        return s
    }

    func text(_ canvas: Canvas) -> String {
        let env = ProcessInfo.processInfo.environment
        guard color.isOn(environment: env, isTerminal: isatty(STDOUT_FILENO) == 1) else { return canvas.trimmedText }
        return canvas.ansi(colors: Self.colors(env))
    }

    /// What a terminal that is not asked through terminfo says of its colours.
    private static func colors(_ env: [String: String]) -> Int {
        let term = env["TERM"] ?? ""
        return term.contains("256color") || env["COLORTERM"] != nil ? 256 : 8
    }
}

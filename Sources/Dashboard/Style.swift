import CityModel

/// How a cell looks, by meaning; the shell turns it into what the terminal can show.
struct Style: Sendable, Hashable {
    var ink: Ink = .plain
    var bold = false
    var dim = false
    var reverse = false

    static let plain = Style()
    static let dimmed = Style(ink: .faint, dim: true)
    static let heading = Style(bold: true)

    func with(bold: Bool? = nil, dim: Bool? = nil, reverse: Bool? = nil) -> Style {
        Style(ink: ink, bold: bold ?? self.bold, dim: dim ?? self.dim, reverse: reverse ?? self.reverse)
    }
}

/// Colours by meaning. Each has a number in the 256-, 16- and 8-colour palettes.
enum Ink: Int, Sendable, CaseIterable {
    case plain, faint, accent, unknown, normal, blue, yellow, orange, red

    init(_ s: Severity) {
        switch s {
        case .unknown: self = .unknown
        case .normal: self = .normal
        case .blue: self = .blue
        case .yellow: self = .yellow
        case .orange: self = .orange
        case .red: self = .red
        }
    }

    /// Palette numbers; -1 is the terminal's own colour.
    private static let palette: [(ink: Ink, of256: Int, of16: Int, of8: Int)] = [
        (.plain, -1, -1, -1), (.faint, 245, 8, -1), (.accent, 80, 14, 6), (.unknown, 176, 13, 5),
        (.normal, 71, 2, 2), (.blue, 75, 12, 4), (.yellow, 227, 11, 3), (.orange, 208, 3, 3), (.red, 203, 9, 1),
    ]

    func number(colors: Int) -> Int {
        let p = Self.palette[rawValue]
        return colors >= 256 ? p.of256 : colors >= 16 ? p.of16 : p.of8
    }
}

/// Whether colour is used.
public enum ColorMode: String, Sendable, CaseIterable {
    /// Colour on a terminal unless `NO_COLOR` is set.
    case auto
    case always, never

    /// `NO_COLOR` counts when it is set and not empty (no-color.org).
    func isOn(environment: [String: String], isTerminal: Bool) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .auto: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        }
    }
}

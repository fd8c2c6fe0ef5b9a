import CityModel

/// The drawing characters, in Unicode or, for terminals that draw ambiguous ones wide, in ASCII.
struct Glyphs: Sendable, Hashable {
    var shapes: [Severity: String]
    var bars: [String]
    var gap: String
    var cursor: String
    var crumb: String
    var rule: String
    var missing: String
    var ellipsis: String
    var arrows: String
    var dot: String

    static let unicode = Glyphs(
        shapes: [.unknown: "○", .normal: "·", .blue: "●", .yellow: "▲", .orange: "◆", .red: "■"],
        bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], gap: " ", cursor: "▶", crumb: " › ", rule: "─", missing: "–",
        ellipsis: "…", arrows: "↑↓", dot: " · ")
    static let ascii = Glyphs(
        shapes: [.unknown: "?", .normal: ".", .blue: "o", .yellow: "^", .orange: "*", .red: "#"],
        bars: ["_", ".", ":", "-", "=", "+", "*", "#"], gap: " ", cursor: ">", crumb: " > ", rule: "-", missing: "-",
        ellipsis: ".", arrows: "j/k", dot: " | ")

    /// Shape and letter: `■R`. The level can be read with no colour and by the colour-blind.
    func level(_ s: Severity) -> String { (shapes[s] ?? "?") + String(s.letter) }

    /// The newest `width` values, each as a bar between the least and the greatest shown; nil is a gap.
    func spark(_ values: [Double?], width: Int) -> String {
        guard width > 0 else { return "" }
        let shown = Array(values.suffix(width)).map { v in v.flatMap { $0.isFinite ? $0 : nil } }
        let known = shown.compactMap { $0 }
        let pad = String(repeating: gap, count: width - shown.count)
        guard let low = known.min(), let high = known.max() else { return String(repeating: gap, count: width) }
        let top = Double(bars.count - 1)
        return pad
            + shown.map { v in
                guard let v else { return gap }
                // A flat line is drawn low: nothing moved.
                let f = high > low ? (v / 2 - low / 2) / (high / 2 - low / 2) : 0.15
                return bars[Int((f * top).rounded().clamped(0, top))]
            }.joined()
    }
}

extension Double {
    func clamped(_ low: Double, _ high: Double) -> Double { isNaN ? low : Swift.min(Swift.max(self, low), high) }
}

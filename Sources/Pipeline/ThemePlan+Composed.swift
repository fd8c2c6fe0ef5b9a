extension ThemePlan {
    /// Measures that read inputs, which some measures are or are made of. Each once, in the theme's order.
    func leaves(_ some: [Measure]) -> [Measure] {
        var found = [Bool](repeating: false, count: measures.count)
        var open = some.map(\.index)
        while let i = open.popLast() {
            guard !found[i] else { continue }
            found[i] = true
            open += measures[i].parts
        }
        return measures.indices.filter { found[$0] && measures[$0].parts.isEmpty }.map { measures[$0] }
    }
}

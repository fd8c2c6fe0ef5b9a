import CityModel
import HubAPI

/// What is known of a street's sensors, in a line a measure.
extension Painter {
    /// Of each measure, its first window that has something to say.
    func findings(_ cells: [Board.Cell]) -> [String] {
        var seen: Set<String> = []
        return cells.compactMap { c in
            guard let f = c.findings else { return nil }
            let parts = flags(f) + f.agreements.compactMap(agreement) + silent(f, c)
            guard !parts.isEmpty, seen.insert(c.measure).inserted else { return nil }
            return measureTitle(c) + ": " + parts.joined(separator: glyphs.dot)
        }
    }

    /// Of each measure at a level, worst first: who answers and the first step, a line each.
    func advice(_ cells: [Board.Cell]) -> [String] {
        var seen: Set<String> = []
        return worstFirst(cells).compactMap { c in
            guard let a = c.advice, let step = a.steps.first, seen.insert(c.measure).inserted else { return nil }
            return measureTitle(c) + ": " + say(Words(a.department, fallback: "")) + glyphs.dot + "1. "
                + say(Words(step, fallback: ""))
        }
    }

    private func flags(_ f: SensorFindings) -> [String] {
        SensorFlag.allCases.compactMap { flag in
            let ids = f.flags.filter { $0.flag == flag }.map(\.sensor)
            return ids.isEmpty ? nil : say(Words.flag(flag)) + " " + ids.joined(separator: ", ")
        }
    }

    /// Nil where all agree: that is not news.
    private func agreement(_ a: SensorFindings.Agreement) -> String? {
        guard a.status != .agree else { return nil }
        let values = a.members.map { m in m.sensor + " " + (Format.number(m.value, decimals: 2) ?? "?") }
        return say(Words.agreement(a.status)) + " " + values.joined(separator: ", ")
    }

    private func silent(_ f: SensorFindings, _ c: Board.Cell) -> [String] {
        guard !f.silent.isEmpty else { return [] }
        let more = f.silent.count > 3 ? " ..." : ""
        return ["\(say(.silent)) \(f.silent.count): " + f.silent.prefix(3).joined(separator: ", ") + more]
    }
}

import CityModel

/// Turns `simulate:` of a reading kind into numbers for the simulator.
enum KindSimulationReader {
    static func simulation(_ m: YamlMap, kind: String, range: ClosedRange<Double>) -> KindSimulation {
        m.checkKeys(["base", "spread", "wander", "noise", "decimals", "daily", "incident"])
        if !m.has("base") { m.problem("`base` of \(kind) is missing", "Write the usual value, in the kind's unit") }
        let base = m.number("base", in: range) ?? range.lowerBound
        func size(_ key: String) -> Double { m.number(key, in: 0...Micro.limit) ?? 0 }
        return KindSimulation(
            base: base, spread: size("spread"), wander: size("wander"), noise: size("noise"),
            decimals: m.integer("decimals", 1, in: 0...6), daily: m.optionalMap("daily").map(daily),
            incident: m.optionalMap("incident").map(incident))
    }

    private static func daily(_ m: YamlMap) -> KindSimulation.Daily {
        m.checkKeys(["follows", "amplitude", "peak"])
        let follows = m.choice("follows", KindSimulation.Follows.hour, required: false)
        if follows != .hour, m.has("peak") {
            m.problem("`peak` means nothing where the rhythm follows \(follows)", "Remove it", at: m.child("peak"))
        }
        if follows == .hour, !m.has("peak") { m.problem("`peak` is missing", "Write the local hour: `peak: 14h`") }
        let peak = m.has("peak") ? m.duration("peak") : 0
        if peak >= 86_400_000 { m.problem("`peak` is not within a day", "Write 0h to 23h", at: m.child("peak")) }
        if !m.has("amplitude") { m.problem("`amplitude` is missing", "Say how far the value rises and falls") }
        return .init(
            follows: follows, amplitude: m.number("amplitude", in: 0...Micro.limit) ?? 0,
            peakMs: min(peak, 86_399_999))
    }

    private static func incident(_ m: YamlMap) -> KindSimulation.Incident {
        m.checkKeys(["name", "add", "district", "rise", "fade"])
        let name = m.text("name")
        if !name.isEmpty { m.checkName(name, "incident") }
        if !m.has("add") { m.problem("`add` is missing", "Say what the incident adds to the value") }
        func length(_ key: String, _ fallback: Int64) -> Int64 {
            let ms = m.duration(key, fallback, min: 1)
            if ms > 86_400_000 { m.problem("`\(key)` is longer than a day", "Shorten it", at: m.child(key)) }
            return min(ms, 86_400_000)
        }
        return .init(
            name: name, add: m.number("add", in: -Micro.limit...Micro.limit) ?? 0,
            district: m.number("district", in: 0...1) ?? 0, riseMs: length("rise", 120_000),
            fadeMs: length("fade", 600_000))
    }
}

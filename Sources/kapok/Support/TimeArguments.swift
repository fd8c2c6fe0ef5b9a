import ArgumentParser
import CityModel

/// `90`, `90s`, `500ms`, `15m`, `2h`, `1d` on the command line, in ms. A bare number is seconds.
struct DurationArgument: ExpressibleByArgument {
    var ms: Int64
    init(ms: Int64) { self.ms = ms }
    init?(argument: String) {
        let units: [(String, Int64)] = [
            ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000),
        ]
        for (suffix, factor) in units where argument.hasSuffix(suffix) {
            guard let v = Int64(argument.dropLast(suffix.count)) else { continue }
            guard v >= 0, v <= 1_000_000_000 else { return nil }
            ms = v * factor
            return
        }
        return nil
    }
    var defaultValueDescription: String { "\(ms / 1000)s" }
}

/// An RFC 3339 time, or `now`.
struct TimeArgument: ExpressibleByArgument {
    var time: EventTime
    init?(argument: String) {
        if argument == "now" {
            time = EventTime(ms: wallClockMs())
        } else if let t = EventTime(rfc3339: argument) {
            time = t
        } else {
            return nil
        }
    }
}

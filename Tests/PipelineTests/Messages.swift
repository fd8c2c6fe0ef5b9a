import CityModel

/// 2026-11-24T08:00:00Z, a whole hour.
let eight: Int64 = 1_795_507_200_000
let minute: Int64 = 60_000

/// A reading at `eight` + `at` ms; `value` in millionths of the unit.
func reading(
    _ sensor: String, _ value: Int64, at: Int64, kind: String = "speed", unit: String? = nil, id: String? = nil
) -> String {
    let unit = unit.map { ",\"unit\":\"\($0)\"" } ?? ""
    let id = id.map { ",\"id\":\"\($0)\"" } ?? ""
    let digits = String(String(value.magnitude % 1_000_000 + 1_000_000).dropFirst())
    let number = "\(value < 0 ? "-" : "")\(value.magnitude / 1_000_000).\(digits)"
    return "{\"sensor\":\"\(sensor)\",\"kind\":\"\(kind)\",\"value\":\(number),\"ts\":\(eight + at)\(unit)\(id)}"
}

/// A DeepStream frame in the minimal schema: one record.
func minimal(_ camera: String, _ objects: [(id: String, type: String)], at: Int64, id: String? = nil) -> String {
    let list = objects.map { "\"\($0.id)|1|2|3|4|\($0.type)\"" }.joined(separator: ",")
    return "{\"id\":\"\(id ?? String(at))\",\"@timestamp\":\(eight + at),\"sensorId\":\"\(camera)\","
        + "\"objects\":[\(list)]}"
}

/// The same frame in the full schema: a record an object.
func full(_ camera: String, _ objects: [(id: String, type: String)], at: Int64) -> [String] {
    objects.enumerated().map { i, o in
        "{\"messageid\":\"\(camera)-\(at)-\(i)\",\"@timestamp\":\(eight + at),\"sensor\":{\"id\":\"\(camera)\"},"
            + "\"object\":{\"id\":\"\(o.id)\",\"\(o.type)\":{}}}"
    }
}

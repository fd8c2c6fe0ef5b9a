import CityModel

extension Sources {
    /// A JSON string's content: quotes, backslashes and control characters escaped.
    static func escaped(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        for b in text.utf8 {
            if b == 34 || b == 92 {
                out += [92, b]
            } else if b < 32 {
                out += Array("\\u00".utf8) + [Hex.digits[Int(b >> 4)], Hex.digits[Int(b & 15)]]
            } else {
                out.append(b)
            }
        }
        return out
    }

    private mutating func store(_ parts: [[UInt8]]) -> Range<Int> {
        let from = bytes.count
        for p in parts { bytes += p }
        return from..<bytes.count
    }

    mutating func readingBytes(_ row: Sensor, _ s: inout Source) {
        s.head = store([
            Array("\",\"sensor\":\"".utf8), Self.escaped(row.id),
            Array("\",\"street\":\"\(row.street)\",\"kind\":\"".utf8),
            Self.escaped(row.kind), Array("\",\"value\":".utf8),
        ])
        s.middle = store([Array(",\"unit\":\"".utf8), Self.escaped(row.unit), Array("\",\"ts\":\"".utf8)])
    }

    mutating func cameraBytes(_ row: Sensor, _ at: (lon: Double, lat: Double), _ s: inout Source) {
        let id = Self.escaped(row.id)
        if !s.full {
            s.head = store([Array("\",\"sensorId\":\"".utf8), id, Array("\",\"objects\":[".utf8)])
            return
        }
        let location = Array(
            "\"location\":{\"lat\":\(at.lat),\"lon\":\(at.lon),\"alt\":0.0},".utf8)
        s.head = store([
            Array("\",\"place\":{\"id\":\"\(row.street)\",\"name\":\"".utf8), id,
            Array("\",\"type\":\"intersection\",".utf8), location,
            Array(
                "\"aisle\":{\"id\":\"1\",\"name\":\"\",\"level\":\"\",\"coordinate\":{\"x\":0.0,\"y\":0.0,\"z\":0.0}}},"
                    .utf8),
            Array("\"sensor\":{\"id\":\"".utf8), id,
            Array("\",\"type\":\"Camera\",\"description\":\"\",".utf8), location,
            Array("\"coordinate\":{\"x\":0.0,\"y\":0.0,\"z\":0.0}},\"analyticsModule\":{\"id\":\"kapok-sim\",".utf8),
            Array("\"description\":\"Vehicle detection and license plate recognition\",\"source\":\"simulator\",".utf8),
            Array("\"version\":\"1.0\"},\"object\":{\"id\":\"".utf8),
        ])
        s.middle = store([
            Array(
                "},\"location\":{\"lat\":0.0,\"lon\":0.0,\"alt\":0.0},\"coordinate\":{\"x\":0.0,\"y\":0.0,\"z\":0.0}},"
                    .utf8),
            Array("\"event\":{\"id\":\"".utf8),
        ])
    }
}

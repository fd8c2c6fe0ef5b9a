import CityModel
import Crypto

/// What there is at most one alert of at a time.
public struct AlertKey: Codable, Sendable, Hashable, Comparable {
    public var theme: String
    public var rule: String
    /// 12-digit place code.
    public var place: String
    public init(theme: String, rule: String, place: String) {
        self.theme = theme
        self.rule = rule
        self.place = place
    }

    public static func < (a: AlertKey, b: AlertKey) -> Bool {
        (a.theme, a.rule, a.place) < (b.theme, b.rule, b.place)
    }

    /// The alert's id: 16 hex digits of SHA-256 over theme, rule, place and the first window's start. The same in every
    /// run; names hold no line breaks, so no two keys give the same text.
    public func id(since: EventTime) -> String { shortDigest("\(theme)\n\(rule)\n\(place)\n\(since.ms)") }
}

/// The first 16 hex digits of a text's SHA-256.
func shortDigest(_ text: String) -> String {
    let hex = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    for byte in SHA256.hash(data: Array(text.utf8)).prefix(8) {
        out.append(hex[Int(byte >> 4)])
        out.append(hex[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
}

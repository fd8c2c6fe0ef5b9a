/// What can be wrong with a malformed record.
public enum Defect: UInt8, Sendable, CaseIterable {
    /// Cut off somewhere.
    case truncated
    /// A NUL byte amid the text.
    case nul
    /// Text or a number where something else must stand.
    case wrongType
    /// A device that is in no registry.
    case unknownSensor
    /// A value far outside the contract's range (readings only).
    case outOfRange
    /// A unit that the contract does not convert (readings only).
    case wrongUnit
    /// No value, or no time.
    case missing
    /// A time that is none.
    case badTime
    /// Longer than the contract's `max_bytes`.
    case oversize

    private static let ofReadings: [Defect] = [
        .truncated, .nul, .wrongType, .unknownSensor, .outOfRange, .wrongUnit, .missing, .badTime,
    ]
    private static let ofVideo: [Defect] = [.truncated, .nul, .wrongType, .unknownSensor, .missing, .badTime]

    /// One that fits the format. Oversize is rare, and left out where the limit is beyond 1 MiB.
    static func choose(_ s: Source, _ r: inout SplitMix) -> Defect {
        let x = r.next()
        if s.maxBytes <= 1 << 20, x % 64 == 0 { return .oversize }
        let list = s.signal == .camera ? ofVideo : ofReadings
        return list[Int((x >> 8) % UInt64(list.count))]
    }

    /// Spoils a clean payload. `tooMuch` is a value outside the range, as text.
    func spoil(_ p: inout [UInt8], _ s: Source, tooMuch: [UInt8], _ r: inout SplitMix) {
        let camera = s.signal == .camera
        let sensor = !camera ? "\"sensor\":\"" : s.full ? "\"sensor\":{\"id\":\"" : "\"sensorId\":\""
        switch self {
        case .truncated:
            p.removeLast(1 + Int(r.next() % UInt64(max(1, p.count - 2))))
        case .nul:
            // Inside a text that every decoder reads.
            Self.replace(&p, after: sensor, upTo: 34, with: [110, 0, 111])
        case .wrongType:
            if camera {
                Self.replace(&p, after: s.full ? "\"object\":" : "\"objects\":", upTo: nil, with: Array("7}".utf8))
            } else {
                Self.replace(&p, after: "\"value\":", upTo: 44, with: Array("\"high\"".utf8))
            }
        case .unknownSensor:
            Self.replace(&p, after: sensor, upTo: 34, with: Array("nobody-\(r.next() % 1000)".utf8))
        case .outOfRange:
            Self.replace(&p, after: "\"value\":", upTo: 44, with: tooMuch)
        case .wrongUnit:
            Self.replace(&p, after: "\"unit\":\"", upTo: 34, with: Array("furlong".utf8))
        case .missing:
            // Under another name the member is not there.
            Self.replace(&p, after: camera ? "\"@timesta" : "\"va", upTo: 34, with: Array("X".utf8))
        case .badTime:
            Self.replace(&p, after: camera ? "\"@timestamp\":\"" : "\"ts\":\"", upTo: 34, with: Array("yesterday".utf8))
        case .oversize:
            if p.popLast() != nil {
                p += Array(repeating: 32, count: max(0, Int(s.maxBytes) - p.count)) + [125]
            }
        }
    }

    /// Replaces what follows `mark`, up to the next `end` byte (nil: all the rest).
    private static func replace(_ p: inout [UInt8], after mark: String, upTo end: UInt8?, with new: [UInt8]) {
        let m = Array(mark.utf8)
        guard p.count > m.count else { return }
        for i in 0...(p.count - m.count) where p[i] == m[0] && p[i..<(i + m.count)].elementsEqual(m) {
            let from = i + m.count
            let to = end.flatMap { p[from...].firstIndex(of: $0) } ?? p.count
            p.replaceSubrange(from..<to, with: new)
            return
        }
    }
}

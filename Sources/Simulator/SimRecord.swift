import CityModel

/// What a record is, beside its content.
public enum Nature: UInt8, Sendable, CaseIterable {
    case clean, late, duplicate, malformed
    /// From a device whose clock is 3 h ahead, or 20 min behind.
    case clockAhead, clockBehind
}

/// One record, in order of emission; its payload stands in the batch that it came with.
public struct SimRecord: Sendable {
    /// Index into `Catalogue.contracts`.
    public var contract: Int
    /// The 12-digit street code: the Kafka key.
    public var street: UInt64
    /// The Kafka record timestamp: when it was sent, ms.
    public var timestampMs: Int64
    /// The true event time, ms (what the device's clock should have said).
    public var eventMs: Int64
    public var nature: Nature
    /// What is wrong with it; nil unless `nature` is malformed.
    public var defect: Defect?
    /// Where its payload lies in `RecordBatch.bytes`.
    public var offset: Int
    public var length: Int

    /// The key as 12 ASCII digits.
    public var key: [UInt8] {
        var out = [UInt8](repeating: 48, count: 12)
        var n = street
        for i in stride(from: 11, through: 0, by: -1) {
            out[i] = 48 + UInt8(n % 10)
            n /= 10
        }
        return out
    }
}

/// Records with their payloads in one buffer, reused from call to call.
public struct RecordBatch: Sendable {
    public internal(set) var records: [SimRecord] = []
    public internal(set) var bytes: [UInt8] = []

    public init() {}

    public func payload(_ r: SimRecord) -> ArraySlice<UInt8> { bytes[r.offset..<(r.offset + r.length)] }

    /// Appends the payloads, one a line. No payload holds a newline.
    public func appendLines(to out: inout [UInt8]) {
        out.reserveCapacity(out.count + bytes.count + records.count)
        bytes.withUnsafeBufferPointer { b in
            for r in records {
                out.append(contentsOf: UnsafeBufferPointer(rebasing: b[r.offset..<(r.offset + r.length)]))
                out.append(10)
            }
        }
    }

    mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }
}

/// What was sent so far, to be held against the hub's ledger.
public struct SimReport: Sendable, Hashable {
    public internal(set) var events = 0
    public internal(set) var bytes = 0
    /// By the index of the contract.
    public internal(set) var byContract: [Int] = []
    /// By `Nature.rawValue`.
    public internal(set) var byNature = [Int](repeating: 0, count: Nature.allCases.count)
    /// By `Defect.rawValue`.
    public internal(set) var byDefect = [Int](repeating: 0, count: Defect.allCases.count)
    /// Devices with a wrong clock, and by how many ms, in the order of their ids.
    public internal(set) var skewed: [Skewed] = []
    /// Devices that fall silent, and from when, in the order of their ids.
    public internal(set) var dead: [Dead] = []
    /// Devices whose values freeze, and from when; those that spike; those of a group that are off. By id.
    public internal(set) var stuck: [Dead] = []
    public internal(set) var jumping: [String] = []
    public internal(set) var biased: [String] = []

    public struct Skewed: Sendable, Hashable {
        public var device: String
        public var byMs: Int64
    }
    /// A device that fails for good.
    public struct Dead: Sendable, Hashable {
        public var device: String
        public var since: EventTime
    }

    public func count(_ n: Nature) -> Int { byNature[Int(n.rawValue)] }
    public func count(_ d: Defect) -> Int { byDefect[Int(d.rawValue)] }
}

import CityModel
import Contracts

/// The registry as the wire needs it: dense rows, found by the hashes of sensor and kind. A row's index is what
/// `Observation.source` holds; rows of a contract stand in the order of the registry.
public struct SourceTable: Sendable {
    public struct Row: Sendable {
        /// Index into `PlaceTree.places`.
        public var street: Int32
        public var streetCode: UInt64
        /// Index into the contract's kinds.
        public var kind: Int32
        /// Index into `Catalogue.sensors`.
        public var sensor: Int32
        public var unitHash: UInt64
        /// Factor from the sensor's unit to the canonical one.
        public var factor: Double
        /// Plausible range in millionths of the canonical unit.
        public var low: Int64
        public var high: Int64
        /// Index of its camera's scene among the catalogue's; -1: it has none, and its boxes are not read.
        public var scene: Int32
    }
    /// The kind whose objects are people; -1: there is none.
    let personKind: Int

    public let rows: [Row]
    let kindHashes: [UInt64]
    /// Unit hash -> factor, a kind.
    let conversions: [[(unit: UInt64, factor: Double)]]
    /// Object class hash -> kind index, for video.
    let classes: [(hash: UInt64, kind: Int)]
    private let keys: [UInt64]
    private let values: [Int32]
    private let devices: Set<UInt64>
    private let mask: Int

    public init(_ contract: TopicContract, _ catalogue: Catalogue) {
        var kindIndex: [String: Int] = [:]
        for (i, k) in contract.kinds.enumerated() { kindIndex[k.name] = i }
        personKind = kindIndex["persons"] ?? -1
        let watched = contract.video == nil ? [] : catalogue.scenes
        let scenes = Dictionary(watched.enumerated().map { ($1.camera, Int32($0)) }, uniquingKeysWith: { a, _ in a })
        var rows: [Row] = []
        var pairs: [(UInt64, Int32)] = []
        var devices: Set<UInt64> = []
        for (s, sensor) in catalogue.sensors.enumerated() {
            guard let k = kindIndex[sensor.kind], let street = catalogue.places.index(of: sensor.street) else { continue }
            let rule = contract.kinds[k]
            let device = wireHash(sensor.id)
            pairs.append((Self.key(device, wireHash(sensor.kind)), Int32(rows.count)))
            devices.insert(device)
            rows.append(
                Row(
                    street: Int32(street), streetCode: sensor.street, kind: Int32(k), sensor: Int32(s),
                    unitHash: wireHash(sensor.unit), factor: rule.conversions[sensor.unit] ?? 1,
                    low: Micro(rule.range.lowerBound)?.raw ?? .min, high: Micro(rule.range.upperBound)?.raw ?? .max,
                    scene: scenes[sensor.id] ?? -1))
        }
        var size = 16
        while size < pairs.count * 2 { size *= 2 }
        var keys = [UInt64](repeating: 0, count: size)
        var values = [Int32](repeating: -1, count: size)
        for (key, value) in pairs {
            var i = Int(truncatingIfNeeded: key) & (size - 1)
            while keys[i] != 0 { i = (i + 1) & (size - 1) }
            keys[i] = key
            values[i] = value
        }
        self.rows = rows
        self.keys = keys
        self.values = values
        self.devices = devices
        mask = size - 1
        kindHashes = contract.kinds.map { wireHash($0.name) }
        conversions = contract.kinds.map { k in
            k.conversions.sorted { $0.key < $1.key }.map { (wireHash($0.key), $0.value) }
        }
        classes = contract.objectClasses.sorted { $0.key < $1.key }.compactMap { name, kind in
            kindIndex[kind].map { (wireHash(name), $0) }
        }
    }

    @inline(__always)
    static func key(_ sensor: UInt64, _ kind: UInt64) -> UInt64 {
        let k = (sensor ^ (kind << 1 | kind >> 63)) &* 0x9e37_79b9_7f4a_7c15
        return k == 0 ? 1 : k ^ (k >> 32)
    }

    /// Index of the row of a sensor and kind; -1 where there is none.
    @inline(__always)
    func find(_ sensor: UInt64, _ kind: UInt64) -> Int {
        let key = Self.key(sensor, kind)
        var i = Int(truncatingIfNeeded: key) & mask
        while keys[i] != 0 {
            if keys[i] == key { return Int(values[i]) }
            i = (i + 1) & mask
        }
        return -1
    }

    func knows(device: UInt64) -> Bool { devices.contains(device) }
}

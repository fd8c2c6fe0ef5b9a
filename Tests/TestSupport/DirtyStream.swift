import CityModel

/// One partition's records for the tiny city: sound ones, and each sort of dirt among them.
public struct DirtyStream: Sendable {
    public struct Record: Sendable {
        public var offset: Int64
        public var time: Int64
        public var bytes: [UInt8]
    }
    /// The records' bytes one behind the other, as in a fetch response, so that they can be lent: a 0 between them.
    public final class Memory: Sendable {
        // Written once, in `init`, before it is shared.
        nonisolated(unsafe) private let memory: UnsafeMutableRawBufferPointer
        private let starts: [Int]
        init(_ records: [Record]) {
            var starts = [0]
            for r in records { starts.append(starts[starts.count - 1] + r.bytes.count + 1) }
            let all = UnsafeMutableRawBufferPointer.allocate(byteCount: starts[records.count] + 1, alignment: 64)
            all.initializeMemory(as: UInt8.self, repeating: 0)
            for (i, r) in records.enumerated() { all[starts[i]..<(starts[i] + r.bytes.count)].copyBytes(from: r.bytes) }
            memory = all
            self.starts = starts
        }
        deinit { memory.deallocate() }
        public func address(_ i: Int) -> UnsafeRawPointer? { memory.baseAddress.map { UnsafeRawPointer($0 + starts[i]) } }
    }
    public let topic: String
    public let records: [Record]
    public let memory: Memory

    /// - Parameters:
    ///   - stepMs: the most that event time moves on from one record to the next.
    ///   - counts: every third reading is a count of vehicles.
    public init(_ topic: String, records n: Int, seed: UInt64, stepMs: Int64 = 150, counts: Bool = false) {
        var records: [Record] = []
        var rng = SplitMix64(state: seed)
        var offset: Int64 = 100
        var time: Int64 = 1_795_507_200_000
        for i in 0..<n {
            time += Int64.random(in: 0...stepMs, using: &rng)
            offset += Int.random(in: 0..<200, using: &rng) == 0 ? 5 : 1
            let dirt = Int.random(in: 0..<60, using: &rng)
            let at =
                switch dirt {
                case 0: time - 900_000
                case 1: time + 60_000
                // Complete for some of its windows, or late for some of them.
                case 7: time - 75_000
                case 8: time - 200_000
                default: time - Int64.random(in: 0...4_000, using: &rng)
                }
            let sound = topic == "t.video" ? Self.frame(i, at, &rng) : Self.reading(i, at, &rng, isCount: counts && i % 3 == 0)
            var bytes = Array(sound.utf8)
            switch dirt {
            case 2: bytes.removeLast(Int.random(in: 1...bytes.count, using: &rng))
            case 3: bytes = Array("{\"sensor\":\"nobody\",\"sensorId\":\"nobody\"}".utf8)
            case 4: bytes += Array(repeating: UInt8(ascii: " "), count: 70_000)
            case 5: if let last = records.last(where: { $0.bytes.count > 40 }) { bytes = last.bytes }
            case 6: bytes = Array("[1, 2".utf8)
            default: break
            }
            records.append(Record(offset: offset, time: time, bytes: bytes))
        }
        self.topic = topic
        self.records = records
        memory = Memory(records)
    }

    private static func reading(_ i: Int, _ at: Int64, _ rng: inout SplitMix64, isCount: Bool) -> String {
        let sensor = ["loop-1", "loop-2", "fcd-1", "fcd-2", "粤-loop"][Int.random(in: 0..<5, using: &rng)]
        let value = Int.random(in: 0...260, using: &rng)
        if isCount {
            return "{\"id\":\"e\(i)\",\"sensor\":\"loop-1\",\"kind\":\"vehicles\",\"value\":\(value),\"ts\":\(at)}"
        }
        return "{\"id\":\"e\(i)\",\"sensor\":\"\(sensor)\",\"kind\":\"speed\",\"value\":\(value),"
            + "\"unit\":\"km/h\",\"ts\":\(at)}"
    }

    private static func frame(_ i: Int, _ at: Int64, _ rng: inout SplitMix64) -> String {
        let objects = (0..<Int.random(in: 0...5, using: &rng)).map { "\"\($0 + i % 50)|1|2|3|4|vehicle\"" }
        return "{\"id\":\"\(i)\",\"@timestamp\":\(at),\"sensorId\":\"cam-\(1 + i % 2)\","
            + "\"objects\":[\(objects.joined(separator: ","))]}"
    }
}

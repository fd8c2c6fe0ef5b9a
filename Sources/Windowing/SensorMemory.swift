/// What one sensor's history left behind, beside its track: what derived kinds need.
public struct SensorMemory: Sendable, Hashable {
    public var freeFlow: FreeFlowTrack?
    public var rate: RateTrack?
    /// Of `rate`: the length of its intervals, ms; under another length it means nothing.
    public var rateSlotMs: Int64 = 0
    public var alarm: AlarmTrack?

    public init() {}
    public init(freeFlow: FreeFlowTrack) { self.freeFlow = freeFlow }

    private enum Part: UInt8 { case freeFlow = 1, rate, alarm }

    /// As the store keeps it, little-endian: each part that there is, behind its number.
    public var bytes: [UInt8] {
        var out: [UInt8] = []
        if let f = freeFlow {
            out.append(Part.freeFlow.rawValue)
            for v in [f.estimate, f.readings, f.inUse, f.before, f.day, f.since, f.isWeekend ? 1 : 0] {
                out.appendInteger(v)
            }
        }
        if let r = rate {
            out.append(Part.rate.rawValue)
            out.appendInteger(rateSlotMs)
            let used = (0..<8).filter { r.counts[$0] > 0 }
            out.append(UInt8(used.count))
            for i in used { for v in [r.ids[i], r.sums[i], r.times[i], r.counts[i]] { out.appendInteger(v) } }
        }
        if let a = alarm {
            out.append(Part.alarm.rawValue)
            for v in [a.level, a.direction, a.asked, a.run, a.since] { out.appendInteger(v) }
        }
        return out
    }

    /// Nil where the bytes are not what `bytes` writes.
    public init?(_ bytes: [UInt8]) {
        var r = ByteReader(bytes)
        var last: UInt8 = 0
        func numbers(_ n: Int) -> [Int64]? {
            let v = (0..<n).compactMap { _ in r.integer(Int64.self) }
            return v.count == n ? v : nil
        }
        while !r.atEnd {
            guard let number = r.integer(UInt8.self), number > last, let part = Part(rawValue: number) else {
                return nil
            }
            last = number
            switch part {
            case .freeFlow:
                guard let v = numbers(7), let f = FreeFlowTrack(stored: v) else { return nil }
                freeFlow = f
            case .rate:
                guard let slot = r.integer(Int64.self), slot > 0, let n = r.integer(UInt8.self), n <= 8,
                    let v = numbers(4 * Int(n)), let t = RateTrack(stored: v, slotMs: slot)
                else { return nil }
                (rate, rateSlotMs) = (t, slot)
            case .alarm:
                guard let v = numbers(5), let a = AlarmTrack(stored: v) else { return nil }
                alarm = a
            }
        }
    }
}

/// No speed, and no value, is beyond this, millionths.
private let mostValue: Int64 = 1_000_000_000_000_000

extension FreeFlowTrack {
    init?(stored v: [Int64]) {
        guard [v[0], v[2], v[3]].allSatisfy({ $0.magnitude <= UInt64(mostValue) }), (0..<1 << 60).contains(v[1]),
            v[2] >= 0, v[3] >= 0, (0...1).contains(v[6])
        else { return nil }
        self.init(registry: v[0])
        (readings, inUse, before, day, since, isWeekend) = (v[1], v[2], v[3], v[4], v[5], v[6] == 1)
    }
}

extension RateTrack {
    init?(stored v: [Int64], slotMs: Int64) {
        self.init()
        var before = -1
        for k in stride(from: 0, to: v.count, by: 4) {
            let i = Int(v[k] & 7)
            guard i > before, (1...Self.most).contains(v[k + 3]),
                v[k + 1].magnitude <= UInt64(mostValue) * UInt64(v[k + 3]), v[k + 2] >= 0,
                v[k + 2] / v[k + 3] < slotMs
            else { return nil }
            (ids[i], sums[i], times[i], counts[i]) = (v[k], v[k + 1], v[k + 2], v[k + 3])
            before = i
        }
    }
}

extension AlarmTrack {
    init?(stored v: [Int64]) {
        guard (0...4).contains(v[0]), (-1...1).contains(v[1]), (0...4).contains(v[2]), (0...1 << 40).contains(v[3])
        else { return nil }
        self.init()
        (level, direction, asked, run, since) = (v[0], v[1], v[2], v[3], v[4])
    }
}

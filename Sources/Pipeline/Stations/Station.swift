import Analytics
import Windowing

/// What one partition remembers of one station: sums of the intervals that are open, and its detectors.
struct Station: Sendable {
    /// Sums of one interval, millionths.
    struct Sums: Sendable, Hashable {
        var values = (Int128(0), Int128(0), Int128(0))
        var counts = (Int32(0), Int32(0), Int32(0))
        var isEmpty: Bool { counts.0 == 0 && counts.1 == 0 && counts.2 == 0 }

        @inline(__always)
        mutating func add(_ value: Int64, _ q: Int32) {
            switch q {
            case 0: (values.0, counts.0) = (values.0 &+ Int128(value), counts.0 &+ 1)
            case 1: (values.1, counts.1) = (values.1 &+ Int128(value), counts.1 &+ 1)
            default: (values.2, counts.2) = (values.2 &+ Int128(value), counts.2 &+ 1)
            }
        }
        /// Units; nil where nothing was measured.
        var occupancy: Double? { counts.0 > 0 ? Double(values.0) / Double(counts.0) / 1e6 : nil }
        var speed: Double? { counts.1 > 0 ? Double(values.1) / Double(counts.1) / 1e6 : nil }
        var vehicles: Double? { counts.2 > 0 ? Double(values.2) / 1e6 : nil }

        static func == (a: Sums, b: Sums) -> Bool { a.values == b.values && a.counts == b.counts }
        func hash(into h: inout Hasher) {
            h.combine(values.0)
            h.combine(counts.0)
        }
    }

    /// Of the intervals with an even and an odd number: no more than two are open.
    var even = Sums()
    var odd = Sums()
    var california: CaliforniaDetector?
    var deviate: NormalDeviateDetector?
    var smoothing: SmoothingDetector?
    /// By detector, as in `IncidentSource`: the incident that it has told and not ended.
    var open: [IncidentEpisode?] = [nil, nil, nil]
    /// Something was ever measured here, in this partition.
    var known = false

    init(_ plan: StationPlan, _ at: Int) {
        california = plan.stations[at].upstream >= 0 ? plan.california.map { CaliforniaDetector($0) } : nil
        deviate = plan.deviate.map { NormalDeviateDetector($0) }
        smoothing = plan.smoothing.map { SmoothingDetector($0) }
    }

    func sums(_ interval: Int64) -> Sums { interval & 1 == 0 ? even : odd }

    @inline(__always)
    mutating func add(_ value: Int64, _ q: Int32, interval: Int64) {
        if interval & 1 == 0 { even.add(value, q) } else { odd.add(value, q) }
        known = true
    }
    mutating func clear(_ interval: Int64) { if interval & 1 == 0 { even = Sums() } else { odd = Sums() } }
}

/// A station's state as bytes, for the store.
extension Station {
    private static let version: UInt8 = 1

    /// - Parameter interval: the first one that is not closed.
    func bytes(_ plan: StationPlan, interval: Int64) -> [UInt8] {
        var out: [UInt8] = [Self.version]
        // Sums and states of another length of interval mean nothing.
        out.appendInteger(plan.rules.intervalMs)
        out.appendInteger(interval)
        for s in [sums(interval), sums(interval &+ 1)] {
            for v in [s.values.0, s.values.1, s.values.2] { out.appendInteger(v) }
            for n in [s.counts.0, s.counts.1, s.counts.2] { out.appendInteger(n) }
        }
        func part(_ detector: Int, _ write: ((inout [UInt8]) -> Void)?) {
            out.append(write == nil ? 0 : 1)
            guard let write else { return }
            var b: [UInt8] = []
            write(&b)
            out.appendInteger(UInt32(b.count))
            out += b
            out.append(open[detector] == nil ? 0 : 1)
            open[detector]?.append(to: &out)
        }
        part(0, california.map { d in { d.append(to: &$0) } })
        part(1, deviate.map { d in { d.append(to: &$0) } })
        part(2, smoothing.map { d in { d.append(to: &$0) } })
        return out
    }

    /// Nil where the bytes are damaged. A detector whose parameters no longer fit what was stored begins anew.
    /// - Parameter interval: the first one that is not closed; sums of earlier ones are dropped.
    init?(_ bytes: [UInt8], _ plan: StationPlan, _ at: Int, interval: Int64) {
        self.init(plan, at)
        var r = ByteReader(bytes)
        guard r.integer(UInt8.self) == Self.version, let length = r.integer(Int64.self),
            let first = r.integer(Int64.self)
        else { return nil }
        guard length == plan.rules.intervalMs else { return }
        known = true
        for k in [first, first &+ 1] {
            guard let a = r.integer(Int128.self), let b = r.integer(Int128.self), let c = r.integer(Int128.self),
                let n = r.integer(Int32.self), let m = r.integer(Int32.self), let l = r.integer(Int32.self), n >= 0,
                m >= 0, l >= 0, [a, b, c].allSatisfy({ $0.magnitude < 1 << 100 })
            else { return nil }
            guard k == interval || k == interval &+ 1 else { continue }
            let s = Sums(values: (a, b, c), counts: (n, m, l))
            if k & 1 == 0 { even = s } else { odd = s }
        }
        for detector in 0..<3 {
            guard let there = r.integer(UInt8.self) else { return nil }
            guard there != 0 else { continue }
            guard let part = r.list(UInt8.self), let told = r.integer(UInt8.self) else { return nil }
            var episode: IncidentEpisode?
            if told != 0 {
                guard let e = IncidentEpisode(&r) else { return nil }
                episode = e
            }
            var p = ByteReader(part)
            switch detector {
            case 0:
                guard let d = california.flatMap({ CaliforniaDetector($0.parameters, &p) }), p.atEnd else { continue }
                california = d
            case 1:
                guard let d = deviate.flatMap({ NormalDeviateDetector($0.parameters, &p) }), p.atEnd else { continue }
                deviate = d
            default:
                guard let d = smoothing.flatMap({ SmoothingDetector($0.parameters, &p) }), p.atEnd else { continue }
                smoothing = d
            }
            open[detector] = episode
        }
        guard r.atEnd else { return nil }
    }
}

extension IncidentEpisode {
    private var numbers: [Int64?] {
        [measured.occupancy, measured.speed, measured.vehicles, measured.upstream, measured.usual, measured.queue]
    }

    /// An open episode; what a camera found is written beside it.
    func append(to out: inout [UInt8]) {
        for t in [since, told, last] { out.appendInteger(t) }
        for n in numbers {
            out.append(n == nil ? 0 : 1)
            out.appendInteger(n ?? 0)
        }
    }

    init?(_ r: inout ByteReader) {
        guard let since = r.integer(Int64.self), let told = r.integer(Int64.self), let last = r.integer(Int64.self)
        else { return nil }
        self.init(since: since, told: told, last: last)
        var all: [Int64?] = []
        for _ in 0..<6 {
            guard let there = r.integer(UInt8.self), let n = r.integer(Int64.self) else { return nil }
            all.append(there == 0 ? nil : n)
        }
        (measured.occupancy, measured.speed, measured.vehicles, measured.upstream) = (all[0], all[1], all[2], all[3])
        (measured.usual, measured.queue) = (all[4], all[5])
    }
}

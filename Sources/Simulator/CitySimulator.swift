import CityModel
import Contracts

/// A simulated city: the sensors and cameras of a registry, with daily rhythm, incidents and dirt.
///
/// It is a pure function of catalogue and configuration: no clock, no I/O. Every reading is made from (seed, device,
/// kind, ordinal) alone, so adding a sensor, an incident or dirt changes none of the others.
/// One record costs O(log sources); memory is O(sources + records under way late or twice).
public struct CitySimulator: Sendable {
    public let config: SimulatorConfig
    public private(set) var report = SimReport()

    var sources: Sources
    var city: CityState
    var stamp = TimeStamp()
    /// Tells runs apart in event ids: the same seed at another start is another run.
    let run: UInt64
    var scratch: [UInt8]

    // Next regular record of each source: microseconds from the start << 20 | source.
    private var due: Heap<UInt64>
    private var pending = Heap<Pending>()
    private let endUs: Int64

    /// A record to be sent once more, or later than it should: made again then, from the same ordinal.
    private struct Pending: Comparable {
        var us: Int64
        var source: Int
        var ordinal: Int64
        var nature: Nature
        static func < (a: Pending, b: Pending) -> Bool {
            (a.us, a.source, a.ordinal, a.nature.rawValue) < (b.us, b.source, b.ordinal, b.nature.rawValue)
        }
    }

    /// - Throws: `KapokError`: `simulator-config` for a value out of range, `simulator-empty` where the registry has no
    ///   sensor that a contract covers.
    public init(catalogue: Catalogue, config: SimulatorConfig) throws(KapokError) {
        try config.check()
        for i in config.incidents {
            let devices = catalogue.sensors.lazy.filter { $0.street == i.street && $0.id == i.device }
            guard catalogue.places.place(i.street)?.level == .street, i.device == nil || !devices.isEmpty else {
                throw KapokError(
                    "simulator-config", "incident \(i.label) names a street or device that is not in the registry",
                    mend: "Use a 12-digit street code of Topics/places, and a device of that street")
            }
        }
        for i in config.configured where catalogue.places.place(i.street)?.level != .street {
            throw KapokError(
                "simulator-config", "incident \(i.label) names a street that is not one",
                mend: "Use a 12-digit street code of Topics/places")
        }
        let sources = Sources(catalogue, config)
        guard !sources.all.isEmpty else {
            throw KapokError(
                "simulator-empty", "no sensor of the registry is covered by a contract and stands in a street",
                mend: "Check Topics/sensors and Topics/inputs")
        }
        self.config = config
        self.sources = sources
        city = CityState(catalogue.places, seed: config.seed, start: config.start, incidents: config.incidents,
            configured: config.configured)
        run = Mixing.mix(config.seed, UInt64(bitPattern: config.start.ms))
        endUs = config.durationMs * 1000
        scratch = []
        due = Heap()
        due = Heap(sources.all.indices.compactMap { key(of: $0) })
        report.byContract = Array(repeating: 0, count: catalogue.contracts.count)
        noteTrouble()
    }

    /// Fills `batch` with the next records in order of emission, at most `max`, sent before `untilMs`.
    /// - Returns: false when the run is over and `batch` is empty.
    public mutating func next(untilMs: Int64 = .max, max: Int = 4096, into batch: inout RecordBatch) -> Bool {
        batch.removeAll()
        let ahead = untilMs <= config.start.ms ? 0 : untilMs - config.start.ms
        let limit = ahead > config.durationMs + 10_000 ? Int64.max : ahead * 1000
        while batch.records.count < max {
            if let m = config.maxEvents, report.events >= m { return !batch.records.isEmpty }
            let regular = due.top.map { Int64($0 >> 20) } ?? .max
            if let p = pending.top, p.us <= regular {
                if p.us >= limit { return true }
                pending.pop()
                send(p.source, p.ordinal, p.us, p.nature, &batch)
                continue
            }
            guard let top = due.top else { return !batch.records.isEmpty }
            if regular >= limit { return true }
            step(Int(top & 0xf_ffff), regular, &batch)
        }
        return true
    }

    /// Takes one source's next reading, and decides by its own random numbers what becomes of it.
    private mutating func step(_ i: Int, _ us: Int64, _ batch: inout RecordBatch) {
        let s = sources.all[i]
        let ordinal = s.next
        sources.all[i].next += 1
        if let k = key(of: i) { due.replaceTop(k) } else { due.pop() }
        if s.skewMs != 0 {
            return send(i, ordinal, us, s.skewMs > 0 ? .clockAhead : .clockBehind, &batch)
        }
        let d = config.dirt
        var r = SplitMix(Mixing.mix(s.seed ^ 0xd1e7, UInt64(ordinal)))
        let u = d.late + d.duplicate + d.malformed > 0 ? r.unit() : 1
        if u < d.late {
            // Log-uniform from 10 s to 10 min, in a short run to half its length.
            let longest = Swift.max(10_000, min(600_000, Double(config.durationMs) / 2))
            let ms = 10_000 * PortableMath.exp(r.unit() * PortableMath.log(longest / 10_000))
            later(us + Int64(ms * 1000), i, ordinal, .late)
        } else if u < d.late + d.duplicate {
            send(i, ordinal, us, .clean, &batch)
            later(us + 1_000_000 + Int64(r.unit() * 29e6), i, ordinal, .duplicate)
        } else {
            send(i, ordinal, us, u < d.late + d.duplicate + d.malformed ? .malformed : .clean, &batch)
        }
    }

    private mutating func later(_ us: Int64, _ i: Int, _ ordinal: Int64, _ nature: Nature) {
        // What would come after the end of the run is lost with it.
        if us < endUs { pending.push(Pending(us: us, source: i, ordinal: ordinal, nature: nature)) }
    }

    private mutating func send(_ i: Int, _ ordinal: Int64, _ us: Int64, _ nature: Nature, _ batch: inout RecordBatch) {
        let s = sources.all[i]
        let sentMs = config.start.ms + us / 1000
        let eventMs = config.start.ms + (s.phaseUs + ordinal * s.intervalUs) / 1000
        let offset = batch.bytes.count
        var defect: Defect?
        let length: Int
        if nature == .malformed {
            length = write(s, i, ordinal, eventMs, sentMs)
            var r = SplitMix(Mixing.mix(s.seed ^ 0xbad, UInt64(ordinal)))
            let chosen = Defect.choose(s, &r)
            var p = Array(scratch[0..<length])
            chosen.spoil(&p, s, tooMuch: tooMuch(s), &r)
            batch.bytes += p
            defect = chosen
            report.byDefect[Int(chosen.rawValue)] += 1
        } else {
            length = write(s, i, ordinal, eventMs, sentMs)
            scratch.withUnsafeBufferPointer {
                batch.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: $0[0..<length]))
            }
        }
        batch.records.append(
            SimRecord(
                contract: Int(s.contract), street: s.streetCode, timestampMs: sentMs, eventMs: eventMs, nature: nature,
                defect: defect, offset: offset, length: batch.bytes.count - offset))
        report.events += 1
        report.bytes += batch.bytes.count - offset
        report.byContract[Int(s.contract)] += 1
        report.byNature[Int(nature.rawValue)] += 1
    }

    @inline(__always) private mutating func write(
        _ s: Source, _ i: Int, _ ordinal: Int64, _ eventMs: Int64, _ sentMs: Int64
    ) -> Int {
        // Who is stuck repeats an earlier reading under a new time.
        let valued = min(ordinal, s.stuckFrom)
        let valueMs = eventMs - (ordinal - valued) * s.intervalUs / 1000
        let o = city.state(Int(s.street), valueMs)
        var r = SplitMix(Mixing.mix(s.seed, UInt64(valued)))
        return s.signal == .camera
            ? writeFrame(s, i, ordinal, eventMs, sentMs, o, &r)
            : writeReading(s, i, ordinal, eventMs, valueMs, sentMs, o, &r)
    }

    /// Heap key of a source's next reading, by its time of emission; nil when it has ended or died.
    @inline(__always) private func key(of i: Int) -> UInt64? {
        let s = sources.all[i]
        let us = s.phaseUs + s.next * s.intervalUs
        guard us < endUs, us < s.deadUs else { return nil }
        let jitter = Mixing.mix(s.device, UInt64(s.next)) % UInt64(s.jitterUs)
        return UInt64(us + s.latencyUs + Int64(jitter)) << 20 | UInt64(i)
    }

    private mutating func noteTrouble() {
        var seen: Set<String> = []
        for (s, device) in zip(sources.all, sources.devices) where seen.insert(device).inserted {
            if s.skewMs != 0 { report.skewed.append(.init(device: device, byMs: s.skewMs)) }
            if s.deadUs != .max {
                report.dead.append(.init(device: device, since: config.start + s.deadUs / 1000))
            }
            if s.stuckFrom != .max {
                let us = s.phaseUs + s.stuckFrom * s.intervalUs
                report.stuck.append(.init(device: device, since: config.start + us / 1000))
            }
        }
        report.jumping = Set(zip(sources.all, sources.devices).filter { $0.0.spike > 0 }.map(\.1)).sorted()
        report.biased = Set(zip(sources.all, sources.devices).filter { $0.0.isBiased }.map(\.1)).sorted()
        report.stuck.sort { $0.device < $1.device }
        report.skewed.sort { $0.device < $1.device }
        report.dead.sort { $0.device < $1.device }
    }
}

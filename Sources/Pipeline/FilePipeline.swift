import CityModel
import Contracts
import HubAPI
import Windowing
import Wire

/// The pipeline over the lines of one file, as if they were one partition: windows are given out once, when nothing can
/// change them any more. Does no I/O itself; memory does not grow with the file.
public final class FilePipeline {
    public typealias SummarySink = ([Summary]) throws -> Void
    public typealias DeadLetterSink =
        (_ line: Int64, _ reason: DeadLetterReason, _ detail: String, _ bytes: [UInt8]) throws -> Void

    public private(set) var processor: PartitionProcessor
    private let decoder: RecordDecoder
    private var decoded = DecodedBatch()
    private let batch: RecordBatch
    private var rollUps: [RollUp]
    private var sessions: [SessionRollUp]
    /// The clock moves from window end to window end, by theme.
    private let steps: [Int64]
    private var nextStep: [Int64]
    private let jumpMs: Int64
    private var dead: [DeadLetterEffect] = []
    private let summaries: SummarySink
    private let deadLetters: DeadLetterSink
    private let incidents: (([SeenIncident]) throws -> Void)?
    /// Lines fed so far; the 1-based number of a line is its offset + 1.
    public private(set) var lines: Int64 = 0

    public init(
        _ contract: TopicContract, themes: [ThemeDef], catalogue: Catalogue, pseudonym: Pseudonym?,
        batchSize: Int = 1024, incidents: (([SeenIncident]) throws -> Void)? = nil,
        summaries: @escaping SummarySink, deadLetters: @escaping DeadLetterSink
    ) {
        let plan = ContractPlan(contract, catalogue, themes: themes.map { ThemePlan($0, catalogue) })
        processor = PartitionProcessor(plan, topic: contract.topic, partition: 0, recording: false)
        decoder = RecordDecoder(contract, plan.sources, pseudonym: pseudonym)
        batch = RecordBatch(limit: batchSize, capacity: 64)
        rollUps = plan.themes.map { RollUp($0) }
        sessions = plan.themes.map { SessionRollUp($0) }
        nextStep = plan.themes.map { _ in .min }
        steps = plan.themes.map { t in t.windows.map(\.everyMs).min() ?? t.def.paneMs }
        jumpMs = (steps.min() ?? 60_000) * RollUp.longestGap
        self.summaries = summaries
        self.deadLetters = deadLetters
        self.incidents = incidents
    }

    /// Feeds one line (without its newline). `Wire.padding` bytes behind it must be readable until `flush`.
    public func feed(_ line: UnsafeRawBufferPointer) throws {
        guard let base = line.baseAddress else { return }
        if !batch.appendBorrowed(base, line.count, .init(offset: lines)) {
            try flush()
            _ = batch.appendBorrowed(base, line.count, .init(offset: lines))
        }
        lines += 1
    }

    /// Processes what was fed; borrowed lines may go after it.
    public func flush() throws {
        guard !batch.isEmpty else { return }
        decoder.decode(batch, into: &decoded)
        var next = 0
        while next < batch.count {
            dead.removeAll(keepingCapacity: true)
            let done = processor.process(batch, decoded, from: next, jumpMs: jumpMs, dead: &dead)
            next = done.next
            for d in dead {
                var v = decoded.verdicts[d.record]
                v.reason = d.reason
                try deadLetters(d.offset + 1, d.reason, decoder.detail(v, offset: d.offset), batch.bytes(d.record))
            }
            let now = processor.watermark.value
            // A jump is one record's doing, so where it lies does not depend on the batches.
            if done.before != .min, now - done.before > jumpMs {
                try emit(done.before, jump: false)
                try emit(now, jump: true)
            } else {
                try emit(now, jump: false)
            }
        }
        batch.removeAll()
        try giveIncidents()
    }

    /// What detectors saw; an incident that goes on is given again.
    private func giveIncidents() throws {
        let seen = processor.drainIncidents()
        if !seen.isEmpty { try incidents?(seen) }
    }

    /// Gives out the windows that are closed for good at a watermark, one clock step at a time, so that the order of
    /// the output does not depend on the batches.
    /// - Parameter jump: crosses a hole in event time in one step: `RollUp.emit` bounds its empty windows.
    private func emit(_ watermark: Int64, jump: Bool) throws {
        guard watermark != .min else { return }
        let safe = watermark - processor.plan.contract.allowedLatenessMs
        for t in rollUps.indices {
            let step = steps[t]
            let reached = safe - (safe % step + step) % step
            guard reached >= nextStep[t] else { continue }
            rollUps[t].note(processor.drainCells(theme: t))
            sessions[t].note(processor.drainSessions(theme: t).changed)
            var c = nextStep[t]
            if c == .min {
                let ends = [rollUps[t].firstEnd, sessions[t].firstEnd([processor.sessions[t]])].compactMap { $0 }
                let first = ends.min() ?? reached
                c = min(reached, first + (step - (first % step + step) % step) % step)
            }
            if jump, (reached - c) / step > RollUp.longestGap { c = reached }
            while c <= reached {
                try summaries(
                    rollUps[t].emit(
                        [processor.tables[t]], clock: c, provisional: false, storedRevision: { _ in 0 })
                        + settledSessions(t, c))
                c += step
            }
            nextStep[t] = reached + step
            rollUps[t].retire(through: reached)
            processor.removePanes(theme: t, before: rollUps[t].paneHorizon)
            let gone = sessions[t].retire([processor.sessions[t]], clock: reached, closed: [safe])
            for cell in gone[0] { processor.removeSession(theme: t, cell) }
        }
    }

    /// Sessions that end so far behind the clock that no event can reach them.
    private func settledSessions(_ t: Int, _ clock: Int64) -> [Summary] {
        sessions[t].emit([processor.sessions[t]], clock: clock, settled: true) { _, _, _, _ in [] }
    }

    /// Ends the stream: gives out every window that is left.
    public func finish() throws {
        try flush()
        processor.endOfStream()
        try giveIncidents()
        for t in rollUps.indices {
            rollUps[t].note(processor.drainCells(theme: t))
            sessions[t].note(processor.drainSessions(theme: t).changed)
            try summaries(rollUps[t].emitAll([processor.tables[t]]) + settledSessions(t, .max))
        }
    }
}

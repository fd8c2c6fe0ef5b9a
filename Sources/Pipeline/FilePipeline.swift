import CityModel
import Contracts
import HubAPI
import Windowing
import Wire

/// The pipeline over the lines of one file, as if they were one partition: windows are given out once, when nothing can
/// change them any more. Does no I/O itself; memory does not grow with the file.
public final class FilePipeline {
    public typealias SummarySink = ([Summary]) throws -> Void
    public typealias DeadLetterSink = (_ line: Int64, _ reason: DeadLetterReason, _ detail: String, _ bytes: [UInt8]) throws -> Void

    public private(set) var processor: PartitionProcessor
    private let decoder: RecordDecoder
    private var decoded = DecodedBatch()
    private let batch: RecordBatch
    private var rollUps: [RollUp]
    private var nextStep: [Int64]
    private var dead: [DeadLetterEffect] = []
    private let summaries: SummarySink
    private let deadLetters: DeadLetterSink
    /// Lines fed so far; the 1-based number of a line is its offset + 1.
    public private(set) var lines: Int64 = 0

    public init(
        _ contract: TopicContract, themes: [ThemeDef], catalogue: Catalogue, pseudonym: Pseudonym?, batchSize: Int = 1024,
        summaries: @escaping SummarySink, deadLetters: @escaping DeadLetterSink
    ) {
        let plan = ContractPlan(contract, catalogue, themes: themes.map { ThemePlan($0, catalogue) })
        processor = PartitionProcessor(plan, topic: contract.topic, partition: 0, recording: false)
        decoder = RecordDecoder(contract, plan.sources, pseudonym: pseudonym)
        batch = RecordBatch(limit: batchSize, capacity: 64)
        rollUps = plan.themes.map { RollUp($0) }
        nextStep = plan.themes.map { _ in .min }
        self.summaries = summaries
        self.deadLetters = deadLetters
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
        dead.removeAll(keepingCapacity: true)
        processor.process(batch, decoded, dead: &dead)
        for d in dead {
            var v = decoded.verdicts[d.record]
            v.reason = d.reason
            try deadLetters(d.offset + 1, d.reason, decoder.detail(v, offset: d.offset), batch.bytes(d.record))
        }
        batch.removeAll()
        try emit()
    }

    /// Gives out the windows that are closed for good, one clock step at a time, so that the order of the output does
    /// not depend on the batches.
    private func emit() throws {
        for t in rollUps.indices {
            let plan = rollUps[t].plan
            let safe = processor.watermark.value == .min
                ? Int64.min : processor.watermark.value - processor.plan.contract.allowedLatenessMs
            guard safe != .min else { continue }
            let step = plan.windows.map(\.everyMs).min() ?? plan.def.paneMs
            let reached = safe - (safe % step + step) % step
            guard reached >= nextStep[t] else { continue }
            rollUps[t].note(processor.drainCells(theme: t))
            var c = nextStep[t]
            if c == .min {
                let first = processor.tables[t].starts.first ?? reached
                c = min(reached, first - (first % step + step) % step + step)
            }
            // A hole in event time is crossed in one step: `emit` bounds the empty windows that it makes.
            if (reached - c) / step > RollUp.longestGap { c = reached }
            while c <= reached {
                try summaries(rollUps[t].emit([processor.tables[t]], clock: c, provisional: false, storedRevision: { _ in 0 }))
                c += step
            }
            nextStep[t] = reached + step
            rollUps[t].retire(through: reached)
            processor.removePanes(theme: t, before: rollUps[t].paneHorizon)
        }
    }

    /// Ends the stream: gives out every window that is left.
    public func finish() throws {
        try flush()
        processor.endOfStream()
        for t in rollUps.indices {
            rollUps[t].note(processor.drainCells(theme: t))
            try summaries(rollUps[t].emitAll([processor.tables[t]]))
        }
    }
}

extension PartitionProcessor {
    /// Cells of one theme changed since the last call.
    public mutating func drainCells(theme: Int) -> [PaneCell] { tables[theme].drainTouched() }
    public mutating func removePanes(theme: Int, before time: Int64) { tables[theme].removePanes(before: time) }
    public mutating func restoreCell(theme: Int, _ cell: PaneCell, _ a: Aggregate) { tables[theme].restore(cell, a) }
}

import CityModel
import Contracts
import Windowing
import Wire

/// A record that must go to the dead-letter topic; its bytes are those of `record` in the batch just processed.
public struct DeadLetterEffect: Sendable {
    public var record: Int
    public var offset: Int64
    public var reason: DeadLetterReason
}

/// One topic-partition: records in, panes, ledger and dead letters out. A pure function of the partition's own record
/// sequence: no clock, no other partition, no I/O.
public struct PartitionProcessor: Sendable {
    public let plan: ContractPlan
    public let topic: String
    public let partition: Int32
    public internal(set) var ledger = Ledger()
    public internal(set) var watermark: Watermark
    /// One table a theme of `plan.themes`.
    public internal(set) var tables: [PaneTable]
    /// Session windows, one table a theme.
    public internal(set) var sessions: [SessionTable]
    public internal(set) var filter: DuplicateFilter
    /// Its records are counted by an edge: its cells are put, not added to.
    public internal(set) var isMirror = false
    var frames = FrameAssembler()
    /// By registry row.
    var tracks: SensorTracks
    var memories: SensorMemories
    var stations: StationTable
    var video: VideoTable
    /// The smallest pane of the themes: frames are finished when the watermark passes its end.
    private let paneMs: Int64

    /// `recording`: keeps new event ids for the store.
    public init(_ plan: ContractPlan, topic: String, partition: Int32, recording: Bool) {
        self.plan = plan
        self.topic = topic
        self.partition = partition
        watermark = Watermark(outOfOrdernessMs: plan.contract.outOfOrdernessMs)
        tables = plan.themes.map { $0.table(latenessMs: plan.contract.allowedLatenessMs) }
        sessions = plan.themes.map { $0.sessionTable(latenessMs: plan.contract.allowedLatenessMs) }
        filter = DuplicateFilter(horizon: plan.contract.dedupHorizon, recording: recording)
        tracks = SensorTracks(rows: plan.limits.count)
        memories = SensorMemories(plan.history)
        stations = StationTable(plan.stations)
        video = VideoTable(plan.video)
        paneMs = plan.themes.map(\.def.paneMs).min() ?? 60_000
    }

    /// Counts a decoded batch. Records below the ledger's next offset are passed over: they were counted before.
    public mutating func process(_ batch: RecordBatch, _ decoded: DecodedBatch, dead: inout [DeadLetterEffect]) {
        _ = process(batch, decoded, from: 0, jumpMs: .max, dead: &dead)
    }

    /// Goes on at `offset` where that is ahead; the offsets in between are gap.
    public mutating func skip(to offset: Int64) { ledger.skip(to: offset) }

    /// The same from record `first` on, up to and with the first record that moves the watermark by more than `jumpMs`.
    /// - Returns: the record behind the last one counted, and the watermark before that one.
    mutating func process(
        _ batch: RecordBatch, _ decoded: DecodedBatch, from first: Int, jumpMs: Int64, dead: inout [DeadLetterEffect]
    ) -> (next: Int, before: Int64) {
        var before = watermark.value
        for i in first..<decoded.verdicts.count {
            before = watermark.value
            let offset = batch.metas[i].offset
            guard ledger.open(offset) else { continue }
            let v = decoded.verdicts[i]
            if let reason = reason(v) {
                ledger.dead[Int(reason.rawValue)] += 1
                dead.append(DeadLetterEffect(record: i, offset: offset, reason: reason))
                continue
            }
            guard filter.insert(v.eventID) else {
                ledger.duplicate += 1
                continue
            }
            // What is ahead of the watermark is accepted for certain.
            if v.time >= stations.dueAt { closeStations(for: v.time) }
            if count(v, decoded.observations) {
                ledger.accepted += 1
                if v.scene >= 0 { watch(v, decoded.boxes) }
                advance(to: v.time)
                if before != .min, watermark.value - before > jumpMs { return (i + 1, before) }
            } else {
                ledger.late += 1
                countLate(decoded.observations[Int(v.first)..<Int(v.first + v.count)])
            }
        }
        return (decoded.verdicts.count, before)
    }

    @inline(__always)
    private func reason(_ v: Verdict) -> DeadLetterReason? {
        if let r = v.reason { return r }
        guard v.recordTime != .max, v.time > v.recordTime else { return nil }
        // `_ts` may be any number.
        let (ahead, overflow) = v.time.subtractingReportingOverflow(v.recordTime)
        return overflow || ahead > plan.contract.maxFutureMs ? .future : nil
    }

    @inline(__always)
    private mutating func advance(to time: Int64) {
        let before = watermark.value
        watermark.advance(to: time)
        guard !frames.open.isEmpty, watermark.value > before else { return }
        let boundary = watermark.value - (watermark.value % paneMs + paneMs) % paneMs
        if boundary > before { flushFrames(before: boundary, watermark: before) }
    }

    private mutating func flushFrames(before time: Int64, watermark: Int64) {
        for f in frames.finish(before: time) { _ = add(f.source, f.value, f.time, watermark) }
        finishVideo(before: time, watermark: watermark)
    }

    /// Ends the open frames, where the stream itself has ended (files).
    public mutating func endOfStream() {
        flushFrames(before: .max, watermark: watermark.value)
        closeAllStations()
    }

    /// True where at least one window took the record, or where no theme wants it.
    @inline(__always)
    private mutating func count(_ v: Verdict, _ observations: ContiguousArray<Observation>) -> Bool {
        var taken = v.count == 0
        let wm = watermark.value
        for j in Int(v.first)..<Int(v.first + v.count) {
            let o = observations[j]
            if o.value == Observation.identityOnly {
                if addIdentity(o, wm) { taken = true }
            } else if v.isFragment {
                if addFragment(o, wm) { taken = true }
            } else if add(o.source, o.value, o.time, wm) {
                taken = true
            }
        }
        return taken
    }

    @inline(__always)
    private mutating func add(_ source: Int32, _ value: Int64, _ time: Int64, _ wm: Int64) -> Bool {
        let from = Int(plan.starts[Int(source)])
        let to = Int(plan.starts[Int(source) + 1])
        var taken = from == to
        // Routes that have no use for the reading: a count without a speed.
        var unwanted = 0
        var isLate = false
        var history = ReadingHistory(before: tracks.all[Int(source)].time)
        let flag = tracks.judge(Int(source), value, at: time, plan.limits[Int(source)])
        if plan.history.keeps[Int(source)] { remember(source, value, time, flag, &history) }
        if plan.feedsSessions(source) {
            switch addToSessions(source, value, time, wm) {
            case .unwanted: break
            case .taken: taken = true
            case .late:
                taken = false
                isLate = true
            }
        }
        for r in from..<to {
            let route = plan.routes[r]
            var x = value
            if !route.route.isPlain {
                guard let y = derived(route.route, source, value, time, history) else {
                    unwanted += 1
                    continue
                }
                x = y
            }
            if tables[Int(route.theme)].add(
                x, time: time, street: Int(route.street), input: Int(route.route.input),
                ordinal: Int(route.route.ordinal), identity: x > 0 ? route.route.identity : 0,
                needs: route.route.needs, watermark: wm)
            {
                taken = true
                if flag != nil || route.route.slot >= 0 { addAgain(x, time, route, flag, wm) }
            }
        }
        let accepted = taken || (unwanted > 0 && unwanted == to - from && !isLate)
        if accepted, !stations.isEmpty { stations.add(source, value, at: time) }
        return accepted
    }

    /// What the device of a row last measured as speed, where that is of nearly the same time as `time`; of its own
    /// partition's records alone.
    @inline(never)
    func speed(of source: Int32, at time: Int64) -> Int64? {
        let p = plan.partners[Int(source)]
        guard p.row >= 0 else { return nil }
        let track = tracks.all[Int(p.row)]
        let (apart, overflow) = time.subtractingReportingOverflow(track.time)
        return !overflow && apart.magnitude <= UInt64(p.withinMs) ? track.value : nil
    }

    /// Counts a taken reading under its flag, and by itself where its sensor is compared with others.
    @inline(never)
    private mutating func addAgain(
        _ x: Int64, _ time: Int64, _ route: ContractPlan.Route, _ flag: SensorFlag?, _ wm: Int64
    ) {
        func add(_ input: Int32) {
            _ = tables[Int(route.theme)].add(
                x, time: time, street: Int(route.street), input: Int(input), ordinal: Int(route.route.ordinal),
                identity: 0, needs: [], watermark: wm)
        }
        if let flag, route.route.flags >= 0 { add(route.route.flags + (flag == .jump ? 1 : 0)) }
        if route.route.slot >= 0 { add(route.route.slot) }
    }

    private mutating func addIdentity(_ o: Observation, _ wm: Int64) -> Bool {
        var taken = false
        for r in Int(plan.starts[Int(o.source)])..<Int(plan.starts[Int(o.source) + 1]) {
            let route = plan.routes[r]
            if route.route.slotNeeds.contains(.distinct) {
                _ = tables[Int(route.theme)].addIdentity(
                    o.identity, time: o.time, street: Int(route.street), input: Int(route.route.slot), watermark: wm)
            }
            guard route.route.needs.contains(.distinct) else { continue }
            if tables[Int(route.theme)].addIdentity(
                o.identity, time: o.time, street: Int(route.street), input: Int(route.route.input), watermark: wm)
            {
                taken = true
            }
        }
        return taken
    }

    /// A fragment waits for its frame where the frame is still to be in time for every window; else it counts at once.
    private mutating func addFragment(_ o: Observation, _ wm: Int64) -> Bool {
        let r = o.time % paneMs
        let paneEnd = o.time - (r >= 0 ? r : r + paneMs) + paneMs
        guard paneEnd > wm else { return add(o.source, o.value, o.time, wm) }
        if let done = frames.add(source: o.source, time: o.time, value: o.value) {
            _ = add(done.source, done.value, done.time, wm)
        }
        return true
    }

    /// Once for each registry row that the record speaks for; a record's observations stand together by row.
    private mutating func countLate(_ observations: ContiguousArray<Observation>.SubSequence) {
        var last: Int32 = -1
        for o in observations where o.source != last {
            last = o.source
            if plan.feedsSessions(o.source) { countLateInSessions(o.source, o.value) }
            for r in Int(plan.starts[Int(o.source)])..<Int(plan.starts[Int(o.source) + 1]) {
                let route = plan.routes[r]
                tables[Int(route.theme)].addLate(
                    time: watermark.maxEventTime, street: Int(route.street), input: Int(route.route.input))
            }
        }
    }
}

extension PartitionProcessor {
    /// Cells of one theme changed since the last call.
    public mutating func drainCells(theme: Int) -> [PaneCell] { tables[theme].drainTouched() }
    public mutating func removePanes(theme: Int, before time: Int64) { tables[theme].removePanes(before: time) }
    public mutating func restoreCell(theme: Int, _ cell: PaneCell, _ a: Aggregate) {
        if isMirror { tables[theme].put(cell, a, restoring: true) } else { tables[theme].restore(cell, a) }
    }
}

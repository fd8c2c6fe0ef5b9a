import Windowing

/// What a partition must remember besides its cells, so that it goes on after a restart as if there had been none.
public struct PartitionState: Sendable {
    /// An open frame of DeepStream's full schema, by the sensor's name: registry rows may have moved.
    public struct OpenFrame: Sendable, Codable, Hashable {
        public var sensor: String
        public var time: Int64
        public var value: Int64
    }
    /// What one sensor's next reading is judged by. Sensor and kind by name: registry rows may have moved.
    public struct Track: Sendable, Hashable {
        public var sensor: String
        public var kind: String
        public var track: SensorTrack
        /// What derived kinds need of its history; nil where none does.
        public var memory: SensorMemory?
        public init(sensor: String, kind: String, track: SensorTrack, memory: SensorMemory? = nil) {
            self.sensor = sensor
            self.kind = kind
            self.track = track
            self.memory = memory
        }
    }
    /// What incident detection remembers of one station or camera.
    public struct DetectorState: Sendable, Hashable {
        public var device: String
        public var bytes: [UInt8]
        public init(device: String, bytes: [UInt8]) {
            self.device = device
            self.bytes = bytes
        }
    }
    public var ledger: Ledger
    /// ms; `Int64.min` before the first accepted event.
    public var maxEventTime: Int64
    public var frames: [OpenFrame]
    public var dedupGeneration: Int
    /// Only read on restore: ids of the generation before, and of the current one.
    public var previousIDs: [UInt64]
    public var currentIDs: [UInt64]
    /// Only read on restore; changed ones are given out by `drainTracks`.
    public var tracks: [Track]
    /// The same, of incident detection: `drainDetectors`.
    public var detectors: [DetectorState]

    public init(
        ledger: Ledger, maxEventTime: Int64, frames: [OpenFrame], dedupGeneration: Int, previousIDs: [UInt64] = [],
        currentIDs: [UInt64] = [], tracks: [Track] = [], detectors: [DetectorState] = []
    ) {
        self.ledger = ledger
        self.maxEventTime = maxEventTime
        self.frames = frames
        self.dedupGeneration = dedupGeneration
        self.previousIDs = previousIDs
        self.currentIDs = currentIDs
        self.tracks = tracks
        self.detectors = detectors
    }
}

extension PartitionProcessor {
    /// The state to store; the ids are given out by `drainIDs`.
    public var state: PartitionState {
        PartitionState(
            ledger: ledger, maxEventTime: watermark.maxEventTime,
            frames: frames.open.map {
                .init(sensor: plan.sensors[Int($0.source)].name, time: $0.time, value: $0.value)
            }, dedupGeneration: filter.generation)
    }

    /// New event ids since the last call, by generation.
    public mutating func drainIDs() -> [(generation: Int, ids: [UInt64])] { filter.drain() }

    /// Tracks of sensors that have reported since the last call.
    public mutating func drainTracks() -> [PartitionState.Track] {
        tracks.drain().map { row in
            let sensor = plan.sensors[row]
            return .init(
                sensor: sensor.id, kind: sensor.kind, track: tracks.all[row],
                memory: memories.memory(plan.history.slots[row], plan.history))
        }
    }

    /// Puts a stored state back into a fresh processor. Frames of sensors that left the registry are dropped.
    /// - Returns: the first device of which incident detection's state is damaged; it begins anew.
    @discardableResult
    public mutating func restore(_ s: PartitionState) -> String? {
        ledger = s.ledger
        watermark = Watermark(outOfOrdernessMs: plan.contract.outOfOrdernessMs, maxEventTime: s.maxEventTime)
        frames = FrameAssembler(
            s.frames.compactMap { f in
                plan.sensors.firstIndex { $0.name == f.sensor }.map {
                    FrameAssembler.Frame(source: Int32($0), time: f.time, value: f.value)
                }
            })
        for t in s.tracks {
            guard let row = plan.row(of: t.sensor, t.kind) else { continue }
            tracks.restore(row, t.track)
            if let m = t.memory { memories.restore(m, row, plan.history) }
        }
        filter.restore(generation: s.dedupGeneration, previous: s.previousIDs, current: s.currentIDs)
        stations.restore(watermark: watermark.value)
        return s.detectors.first { !stations.restore($0.device, $0.bytes) || !video.restore($0.device, $0.bytes) }?.device
    }
}

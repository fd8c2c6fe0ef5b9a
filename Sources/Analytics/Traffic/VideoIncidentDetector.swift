import Windowing

/// Incidents in one camera's tracked boxes: stopped vehicles, wrong-way vehicles, people on the carriageway, queues and
/// their spill-back. A pure function of the frames in the order of their times; holds a few numbers for each of at most
/// `Rules.mostTracks` tracks.
public struct VideoIncidentDetector: Sendable {
    public struct Rules: Sendable, Hashable {
        /// A vehicle is still while its foot stays within this share of its box's height.
        public var stillWithin = 0.25
        /// Still for so long: stopped; for so long: in a queue.
        public var stoppedAfterMs: Int64 = 10_000
        public var queuedAfterMs: Int64 = 3_000
        /// Moved against the direction of travel by so many box heights: wrong way.
        public var wrongWayHeights = 2.0
        public var personAfterMs: Int64 = 2_000
        /// Fewer still vehicles are no queue; gaps beyond this, m, end one.
        public var queueLeast = 3
        public var queueGapMetres = 15.0
        /// A track not seen for so long is forgotten.
        public var forgetAfterMs: Int64 = 3_000
        public var mostTracks = 256
        public var source = "unverified"
        public init() {}
    }

    public struct Finding: Sendable, Hashable {
        public enum Kind: String, Sendable, Codable, CaseIterable {
            case stoppedVehicle = "stopped-vehicle"
            case wrongWay = "wrong-way"
            case personOnCarriageway = "person-on-carriageway"
            case spillBack = "spill-back"
        }
        public var kind: Kind
        /// Nil for a spill-back.
        public var track: UInt64?
        /// Since when, and when it was told: the frame's time, ms.
        public var since: Int64
        public var time: Int64
        public init(kind: Kind, track: UInt64?, since: Int64, time: Int64) {
            self.kind = kind
            self.track = track
            self.since = since
            self.time = time
        }
    }

    /// Still vehicles one behind the other, from the stop line backwards.
    public struct Queue: Sendable, Hashable {
        public var vehicles = 0
        public var metres = 0.0
        public init() {}
    }

    private struct Track: Sendable {
        var last: Int64
        /// Where it has been still, and since when.
        var anchor: ImagePoint
        var since: Int64
        /// How far along it was furthest.
        var furthest: Double
        var onRoadSince: Int64?
        var told: Set<Finding.Kind> = []
    }

    public let scene: CameraScene
    public let rules: Rules
    private var tracks: [UInt64: Track] = [:]
    /// The time of the newest frame, ms; `.min` before the first.
    public private(set) var newest = Int64.min
    private var spilledSince: Int64?
    /// The queue in the newest frame.
    public private(set) var queue = Queue()
    public var remembered: Int { tracks.count }
    /// What was told and is still there, in the newest frame; by kind since when.
    public var active: [(kind: Finding.Kind, since: Int64)] {
        Finding.Kind.allCases.compactMap { kind in
            if kind == .spillBack { return spilledSince.map { (kind, $0) } }
            let there = tracks.values.filter { $0.told.contains(kind) }
            let since = there.map { kind == .personOnCarriageway ? $0.onRoadSince ?? $0.last : $0.since }.min()
            return since.map { (kind, $0) }
        }
    }

    public init(_ scene: CameraScene, rules: Rules = Rules()) {
        self.scene = scene
        self.rules = rules
    }

    /// What begins in this frame, in the order of tracks. A frame that is not newer than the last one says nothing; boxes
    /// without size, or second ones of a track, neither.
    public mutating func frame(_ time: Int64, _ boxes: [TrackedBox]) -> [Finding] {
        guard time > newest else { return [] }
        newest = time
        tracks = tracks.filter { Self.age($0.value.last, time) <= rules.forgetAfterMs }
        var out: [Finding] = []
        var still: [(track: UInt64, box: TrackedBox)] = []
        var seen = Set<UInt64>()
        for box in boxes.filter(\.isSound).sorted(by: { $0.track < $1.track }) where seen.insert(box.track).inserted {
            guard var t = move(box, time) else { continue }
            let onRoad = scene.holds(box.foot)
            t.onRoadSince = onRoad ? t.onRoadSince ?? time : nil
            func tell(_ kind: Finding.Kind, since: Int64) {
                if t.told.insert(kind).inserted {
                    out.append(Finding(kind: kind, track: box.track, since: since, time: time))
                }
            }
            if box.sort == .person {
                if let since = t.onRoadSince, Self.age(since, time) >= rules.personAfterMs {
                    tell(.personOnCarriageway, since: since)
                } else if !onRoad {
                    t.told.remove(.personOnCarriageway)
                }
            } else if onRoad {
                if t.furthest - scene.along(box.foot) >= rules.wrongWayHeights * box.height {
                    tell(.wrongWay, since: time)
                }
                if Self.age(t.since, time) >= rules.queuedAfterMs { still.append((box.track, box)) }
            }
            tracks[box.track] = t
        }
        queue = queue(of: still.map(\.box))
        out += stopped(still, time)
        if let f = spillBack(time) { out.append(f) }
        return out.sorted { ($0.track ?? .max, $0.kind.rawValue) < ($1.track ?? .max, $1.kind.rawValue) }
    }

    /// Saturates: times may be any numbers.
    private static func age(_ since: Int64, _ now: Int64) -> Int64 {
        let (d, overflow) = now.subtractingReportingOverflow(since)
        return overflow ? .max : d
    }

    /// The track with the box's position in it; nil where there is no room for another one.
    private func move(_ box: TrackedBox, _ time: Int64) -> Track? {
        let along = scene.along(box.foot)
        guard var t = tracks[box.track] else {
            guard tracks.count < rules.mostTracks else { return nil }
            return Track(last: time, anchor: box.foot, since: time, furthest: along)
        }
        t.last = time
        t.furthest = max(t.furthest, along)
        if (box.foot - t.anchor).length > rules.stillWithin * box.height {
            t.anchor = box.foot
            t.since = time
            t.told.remove(.stoppedVehicle)
        }
        return t
    }

    /// A vehicle that stands in a queue waits; one that stands alone has stopped.
    private mutating func stopped(_ still: [(track: UInt64, box: TrackedBox)], _ time: Int64) -> [Finding] {
        let queued = -queue.metres / max(scene.metresPerPixel, .leastNormalMagnitude)
        var out: [Finding] = []
        for (id, box) in still {
            guard let t = tracks[id], Self.age(t.since, time) >= rules.stoppedAfterMs,
                queue.vehicles == 0 || scene.along(box.foot) < queued - 1e-9,
                tracks[id]?.told.insert(.stoppedVehicle).inserted == true
            else { continue }
            out.append(Finding(kind: .stoppedVehicle, track: id, since: t.since, time: time))
        }
        return out
    }

    private func queue(of still: [TrackedBox]) -> Queue {
        let behind = still.map { max(0, -scene.along($0.foot) * scene.metresPerPixel) }.sorted()
        var q = Queue()
        for metres in behind {
            guard metres - q.metres <= rules.queueGapMetres else { break }
            q.vehicles += 1
            q.metres = metres
        }
        return q.vehicles >= rules.queueLeast ? q : Queue()
    }

    private mutating func spillBack(_ time: Int64) -> Finding? {
        guard queue.vehicles > 0, queue.metres >= scene.spillBackMetres else {
            spilledSince = nil
            return nil
        }
        guard spilledSince == nil else { return nil }
        spilledSince = time
        return Finding(kind: .spillBack, track: nil, since: time, time: time)
    }
}

extension VideoIncidentDetector {
    /// What it remembers, for a store; neither scene nor rules.
    public func append(to out: inout [UInt8]) {
        out.appendInteger(newest)
        out.append(spilledSince == nil ? 0 : 1)
        out.appendInteger(spilledSince ?? 0)
        out.appendInteger(Int32(clamping: queue.vehicles))
        out.appendInteger(queue.metres.bitPattern)
        out.appendInteger(UInt32(tracks.count))
        for (id, t) in tracks.sorted(by: { $0.key < $1.key }) {
            out.appendInteger(id)
            for n in [t.last, t.since, t.onRoadSince ?? 0] { out.appendInteger(n) }
            for v in [t.anchor.x, t.anchor.y, t.furthest] { out.appendInteger(v.bitPattern) }
            var told: UInt8 = t.onRoadSince == nil ? 0 : 128
            for (i, k) in Finding.Kind.allCases.enumerated() where t.told.contains(k) { told |= 1 << UInt8(i) }
            out.append(told)
        }
    }

    /// Nil where the bytes are none that `append(to:)` writes with these rules.
    public init?(_ scene: CameraScene, rules: Rules, _ r: inout ByteReader) {
        self.init(scene, rules: rules)
        guard let time = r.integer(Int64.self), let spilled = r.integer(UInt8.self), let since = r.integer(Int64.self),
            let vehicles = r.integer(Int32.self), vehicles >= 0, let metres = r.finite(), let n = r.integer(UInt32.self),
            Int(n) <= rules.mostTracks
        else { return nil }
        newest = time
        spilledSince = spilled == 0 ? nil : since
        queue.vehicles = Int(vehicles)
        queue.metres = metres
        for _ in 0..<n {
            guard let id = r.integer(UInt64.self), let last = r.integer(Int64.self), let since = r.integer(Int64.self),
                let road = r.integer(Int64.self), let x = r.finite(), let y = r.finite(), let furthest = r.finite(),
                let told = r.integer(UInt8.self)
            else { return nil }
            var t = Track(last: last, anchor: ImagePoint(x, y), since: since, furthest: furthest)
            t.onRoadSince = told & 128 == 0 ? nil : road
            for (i, k) in Finding.Kind.allCases.enumerated() where told & (1 << UInt8(i)) != 0 { t.told.insert(k) }
            tracks[id] = t
        }
    }
}

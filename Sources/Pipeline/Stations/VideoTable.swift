import Analytics
import CityModel
import Windowing
import Wire

/// The cameras of one partition that are watched for incidents: each with its detector and the frame that is not whole
/// yet. A function of the camera's frames, in the order of the partition's records.
struct VideoTable: Sendable {
    /// What a frame says of its camera.
    struct Seen: Sendable {
        var camera: Int32
        var time: Int64
        /// Millionths.
        var incident: Int64
        var queue: Int64
        var spillBack: Int64
    }
    /// More boxes of one frame are left out.
    static let mostBoxes = 512

    struct Camera: Sendable {
        var detector: VideoIncidentDetector
        /// The open frame of the full schema, in which every object is a record of its own.
        var pending: Int64?
        var boxes: [TrackedBox] = []
        /// What was told and is not over, by kind.
        var open: [(kind: VideoIncidentDetector.Finding.Kind, episode: IncidentEpisode)] = []
    }

    private let plan: VideoPlan?
    private var cameras: [Camera] = []
    private var touched: Set<Int> = []
    private var changed: [String: (camera: Int, episode: IncidentEpisode)] = [:]

    init(_ plan: VideoPlan?) {
        self.plan = plan
        cameras = (plan?.cameras ?? []).map { Camera(detector: VideoIncidentDetector($0.scene, rules: plan?.rules ?? .init())) }
    }

    /// Takes a record's boxes; gives out what whole frames say.
    mutating func add(
        scene: Int32, time: Int64, isFragment: Bool, _ boxes: ArraySlice<DetectedBox>, _ out: inout [Seen]
    ) {
        guard let plan, plan.cameraOfScene.indices.contains(Int(scene)) else { return }
        let c = Int(plan.cameraOfScene[Int(scene)])
        guard c >= 0, time > cameras[c].detector.newest, time >= cameras[c].pending ?? .min else { return }
        touched.insert(c)
        if let open = cameras[c].pending, open < time || !isFragment { finish(c, &out) }
        guard time > cameras[c].detector.newest else { return }
        if cameras[c].pending == nil { cameras[c].boxes.removeAll(keepingCapacity: true) }
        cameras[c].pending = time
        for b in boxes where cameras[c].boxes.count < Self.mostBoxes {
            cameras[c].boxes.append(
                TrackedBox(
                    track: b.track, sort: b.isPerson ? .person : .vehicle, left: b.left, top: b.top, right: b.right,
                    bottom: b.bottom))
        }
        if !isFragment { finish(c, &out) }
    }

    /// Ends open frames before a time.
    mutating func finish(before time: Int64, _ out: inout [Seen]) {
        for c in cameras.indices { if let open = cameras[c].pending, open < time { finish(c, &out) } }
    }

    private mutating func finish(_ c: Int, _ out: inout [Seen]) {
        guard let time = cameras[c].pending else { return }
        cameras[c].pending = nil
        _ = cameras[c].detector.frame(time, cameras[c].boxes)
        cameras[c].boxes.removeAll(keepingCapacity: true)
        touched.insert(c)
        let active = cameras[c].detector.active
        note(c, active, time)
        let queue = Micro(cameras[c].detector.queue.metres)?.raw ?? 0
        out.append(
            Seen(
                camera: Int32(c), time: time,
                incident: active.contains { $0.kind != .spillBack } ? Micro.scale : 0, queue: queue,
                spillBack: active.contains { $0.kind == .spillBack } ? Micro.scale : 0))
    }

    private mutating func note(_ c: Int, _ active: [(kind: VideoIncidentDetector.Finding.Kind, since: Int64)], _ time: Int64) {
        var open: [(kind: VideoIncidentDetector.Finding.Kind, episode: IncidentEpisode)] = []
        for (kind, since) in active {
            var e = cameras[c].open.first { $0.kind == kind }?.episode
                ?? IncidentEpisode(since: since, told: time, last: time, finding: kind.rawValue)
            e.last = time
            if e.told == time { e.measured.queue = Micro(cameras[c].detector.queue.metres)?.raw }
            open.append((kind, e))
            changed["\(c) \(kind.rawValue) \(e.told)"] = (c, e)
        }
        for o in cameras[c].open where !active.contains(where: { $0.kind == o.kind }) {
            var e = o.episode
            e.ended = time
            changed["\(c) \(o.kind.rawValue) \(e.told)"] = (c, e)
        }
        cameras[c].open = open
    }
}

extension VideoTable {
    mutating func drain() -> [(camera: String, bytes: [UInt8])] {
        guard let plan else { return [] }
        defer { touched.removeAll() }
        return touched.sorted().map { (plan.cameras[$0].id, cameras[$0].bytes) }
    }

    mutating func drainIncidents() -> [SeenIncident] {
        guard let plan, !changed.isEmpty else { return [] }
        defer { changed.removeAll() }
        return changed.sorted { $0.key < $1.key }.map { _, c in
            SeenIncident(
                device: plan.cameras[c.camera].id, street: plan.cameras[c.camera].streetCode, source: .video,
                episode: c.episode)
        }
    }

    /// Puts a stored camera back. False where the bytes are damaged; one that is not watched any more is dropped.
    mutating func restore(_ camera: String, _ bytes: [UInt8]) -> Bool {
        guard let plan, let c = plan.camera(camera) else { return true }
        guard let state = Camera(bytes, plan.cameras[c].scene, plan.rules) else { return false }
        cameras[c] = state
        return true
    }
}

/// A camera's state as bytes, for the store.
extension VideoTable.Camera {
    private static let version: UInt8 = 1

    var bytes: [UInt8] {
        var out: [UInt8] = [Self.version]
        detector.append(to: &out)
        out.append(pending == nil ? 0 : 1)
        out.appendInteger(pending ?? 0)
        out.appendInteger(UInt32(boxes.count))
        for b in boxes {
            out.appendInteger(b.track)
            out.append(b.sort == .person ? 1 : 0)
            for v in [b.left, b.top, b.right, b.bottom] { out.appendInteger(v.bitPattern) }
        }
        out.append(UInt8(open.count))
        for o in open {
            out.append(UInt8(VideoIncidentDetector.Finding.Kind.allCases.firstIndex(of: o.kind) ?? 0))
            o.episode.append(to: &out)
        }
        return out
    }

    init?(_ bytes: [UInt8], _ scene: CameraScene, _ rules: VideoIncidentDetector.Rules) {
        var r = ByteReader(bytes)
        guard r.integer(UInt8.self) == Self.version, let d = VideoIncidentDetector(scene, rules: rules, &r),
            let there = r.integer(UInt8.self), let time = r.integer(Int64.self), let n = r.integer(UInt32.self),
            Int(n) <= VideoTable.mostBoxes
        else { return nil }
        detector = d
        pending = there == 0 ? nil : time
        for _ in 0..<n {
            guard let track = r.integer(UInt64.self), let person = r.integer(UInt8.self) else { return nil }
            let edges = (0..<4).compactMap { _ in r.integer(UInt64.self).map { Double(bitPattern: $0) } }
            guard edges.count == 4 else { return nil }
            boxes.append(
                TrackedBox(
                    track: track, sort: person == 1 ? .person : .vehicle, left: edges[0], top: edges[1],
                    right: edges[2], bottom: edges[3]))
        }
        guard let episodes = r.integer(UInt8.self) else { return nil }
        for _ in 0..<episodes {
            let kinds = VideoIncidentDetector.Finding.Kind.allCases
            guard let code = r.integer(UInt8.self), kinds.indices.contains(Int(code)), var e = IncidentEpisode(&r)
            else { return nil }
            e.finding = kinds[Int(code)].rawValue
            open.append((kinds[Int(code)], e))
        }
        guard r.atEnd else { return nil }
    }
}

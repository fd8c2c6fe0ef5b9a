import CityModel

/// What is known of one camera's picture: where the carriageway is, which way it is driven, how large a pixel is.
public struct CameraSceneDef: Sendable, Hashable {
    public struct Point: Sendable, Hashable {
        /// Pixels: x to the right, y down.
        public var x: Double
        public var y: Double
        public init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }
    /// The camera's id in the registry.
    public var camera: String
    /// Corners of the carriageway of one direction, three or more.
    public var carriageway: [Point]
    public var stopLine: Point
    /// Direction of travel; its length does not matter.
    public var direction: Point
    public var metresPerPixel: Double
    /// A queue of this length reaches the junction behind, m.
    public var spillBackMetres: Double
    public var source: String
}

/// Rules by which boxes of a topic's cameras become incidents; the numbers are explained in Analytics.
public struct VideoRules: Sendable, Hashable {
    public var stillWithin: Double
    public var stoppedAfterMs: Int64
    public var queuedAfterMs: Int64
    public var wrongWayHeights: Double
    public var personAfterMs: Int64
    public var queueLeast: Int
    public var queueGapMetres: Double
    public var forgetAfterMs: Int64
    public var source: String

    /// The kinds that a theme can read of it.
    public static let derived = ["incident_video", "queue_length", "spill_back"]

    static func read(_ m: YamlMap, format: WireFormat) -> VideoRules? {
        m.checkKeys([
            "still_within", "stopped_after", "queued_after", "wrong_way_heights", "person_after", "queue_least",
            "queue_gap", "forget_after", "source",
        ])
        if format != .deepstream {
            m.problem("`video` needs format deepstream", "Remove it")
            return nil
        }
        return VideoRules(
            stillWithin: m.number("still_within", in: 0.01...10) ?? 0.25,
            stoppedAfterMs: m.duration("stopped_after", 10_000, min: 1),
            queuedAfterMs: m.duration("queued_after", 3_000, min: 1),
            wrongWayHeights: m.number("wrong_way_heights", in: 0.1...100) ?? 2,
            personAfterMs: m.duration("person_after", 2_000, min: 1),
            queueLeast: m.integer("queue_least", 3, in: 1...100), queueGapMetres: m.number("queue_gap", in: 1...1000) ?? 15,
            forgetAfterMs: m.duration("forget_after", 3_000, min: 1), source: m.text("source"))
    }
}

extension CameraSceneDef {
    /// The scenes of a file, in the order of cameras.
    static func read(_ m: YamlMap, sensors: [Sensor], contracts: [TopicContract]) -> [CameraSceneDef] {
        let kinds = Set(contracts.filter { $0.format == .deepstream }.flatMap { $0.kinds.map(\.name) })
        let cameras = Set(sensors.filter { kinds.contains($0.kind) }.map(\.id))
        return m.entries.map { camera, e in
            e.checkKeys(["carriageway", "stop_line", "direction", "metres_per_pixel", "spill_back", "source"])
            if !sensors.isEmpty, !cameras.contains(camera) {
                e.problem("`\(camera)` is no camera of the registry", "Name an id of sensors/*.csv")
            }
            func points(_ key: String, least: Int, most: Int) -> [Point] {
                guard let all = e.numbers(key), all.count % 2 == 0, (least...most).contains(all.count / 2),
                    all.allSatisfy({ $0.magnitude <= 100_000 })
                else {
                    e.problem("`\(key)` must be pixels: x, y, x, y ...", "Write `[960, 1000]`, \(least) or more points", at: e.child(key))
                    return []
                }
                return stride(from: 0, to: all.count, by: 2).map { Point(all[$0], all[$0 + 1]) }
            }
            let direction = points("direction", least: 1, most: 1).first ?? Point(0, 1)
            if direction == Point(0, 0) {
                e.problem("`direction` leads nowhere", "Write `[0, 1]` for down", at: e.child("direction"))
            }
            if !e.has("metres_per_pixel") { e.problem("`metres_per_pixel` is missing", "Add `metres_per_pixel: 0.05`") }
            if !e.has("spill_back") { e.problem("`spill_back` is missing", "Add `spill_back: 60`, m") }
            return CameraSceneDef(
                camera: camera, carriageway: points("carriageway", least: 3, most: 100),
                stopLine: points("stop_line", least: 1, most: 1).first ?? Point(0, 0), direction: direction,
                metresPerPixel: e.number("metres_per_pixel", in: 1e-4...10) ?? 0.1,
                spillBackMetres: e.number("spill_back", in: 1...10_000) ?? 100, source: e.text("source"))
        }.sorted { $0.camera < $1.camera }
    }
}

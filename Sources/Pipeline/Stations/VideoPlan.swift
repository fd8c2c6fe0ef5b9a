import Analytics
import CityModel
import Contracts

/// The cameras of one topic that are watched for incidents.
struct VideoPlan: Sendable {
    struct Camera: Sendable {
        var id: String
        /// Its street among the streets, and the street's code.
        var street: Int32
        var streetCode: UInt64
        /// Index into `Catalogue.sensors`.
        var sensor: Int32
        var scene: CameraScene
    }
    let cameras: [Camera]
    let rules: VideoIncidentDetector.Rules
    /// Of the catalogue's scenes: the camera here; -1: not of this topic.
    let cameraOfScene: [Int32]
    private let byID: [String: Int]

    init(_ rules: VideoRules, _ contract: TopicContract, _ catalogue: Catalogue) {
        var r = VideoIncidentDetector.Rules()
        r.stillWithin = rules.stillWithin
        r.stoppedAfterMs = rules.stoppedAfterMs
        r.queuedAfterMs = rules.queuedAfterMs
        r.wrongWayHeights = rules.wrongWayHeights
        r.personAfterMs = rules.personAfterMs
        r.queueLeast = rules.queueLeast
        r.queueGapMetres = rules.queueGapMetres
        r.forgetAfterMs = rules.forgetAfterMs
        r.source = rules.source
        self.rules = r
        var cameras: [Camera] = []
        var at = [Int32](repeating: -1, count: catalogue.scenes.count)
        for (scene, s) in ThemePlan.cameras(of: contract, catalogue) {
            let sensor = catalogue.sensors[s]
            guard let street = catalogue.streetIndex(of: sensor) else { continue }
            let def = catalogue.scenes[scene]
            func point(_ p: CameraSceneDef.Point) -> ImagePoint { ImagePoint(p.x, p.y) }
            at[scene] = Int32(cameras.count)
            cameras.append(
                Camera(
                    id: sensor.id, street: Int32(street), streetCode: sensor.street, sensor: Int32(s),
                    scene: CameraScene(
                        carriageway: def.carriageway.map(point), stopLine: point(def.stopLine),
                        direction: point(def.direction), metresPerPixel: def.metresPerPixel,
                        spillBackMetres: def.spillBackMetres)))
        }
        self.cameras = cameras
        cameraOfScene = at
        byID = Dictionary(cameras.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { a, _ in a })
    }

    func camera(_ id: String) -> Int? { byID[id] }
}

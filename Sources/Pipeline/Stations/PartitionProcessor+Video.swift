import CityModel
import Wire

/// Incident detection in cameras' boxes: costs one comparison a record where no camera has a scene.
extension PartitionProcessor {
    @inline(never)
    mutating func watch(_ v: Verdict, _ boxes: ContiguousArray<DetectedBox>) {
        var seen: [VideoTable.Seen] = []
        let mine = boxes[Int(v.firstBox)..<Int(v.firstBox + v.boxCount)]
        video.add(scene: v.scene, time: v.time, isFragment: v.isFragment, ArraySlice(mine), &seen)
        add(seen, watermark.value)
    }

    mutating func finishVideo(before time: Int64, watermark wm: Int64) {
        var seen: [VideoTable.Seen] = []
        video.finish(before: time, &seen)
        add(seen, wm)
    }

    private mutating func add(_ seen: [VideoTable.Seen], _ wm: Int64) {
        guard let known = plan.video else { return }
        for s in seen {
            for r in plan.videoRoutes[Int(s.camera)] {
                let value: Int64
                switch r.route.output {
                case .video: value = s.incident
                case .queueLength: value = s.queue
                case .spillBack: value = s.spillBack
                case .california, .deviate, .smoothing: continue
                }
                _ = tables[Int(r.theme)].add(
                    value, time: s.time, street: Int(known.cameras[Int(s.camera)].street), input: Int(r.route.input),
                    ordinal: Int(r.route.ordinal), identity: 0, needs: r.route.needs, watermark: wm)
            }
        }
    }
}

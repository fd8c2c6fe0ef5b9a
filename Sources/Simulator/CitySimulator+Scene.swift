/// What a camera with a scene shows: vehicles that drive to the stop line, wait there while the light is red, and what
/// happens. Each position is a function of seed and time, so a vehicle is the same one from frame to frame.
extension CitySimulator {
    /// An object before a camera: where it touches the ground, m before the stop line and to the right of the axis.
    struct SceneObject {
        var id: UInt64
        var before: Double
        var right: Double
        var isPerson = false
    }
    /// The light, ms; the red half first.
    private static let cycle: Int64 = 90_000
    private static let red: Int64 = 40_000
    /// Vehicles are followed for so long from their entry, s.
    private static let followed: Int64 = 120
    private static let queueStep = 7.0
    private static let mostObjects = 60

    mutating func sceneObjects(_ s: Source, _ ms: Int64, _ o: StreetState, wrongWay: Bool) -> [SceneObject] {
        let scene = sources.scenes[Int(s.scene)]
        var out = traffic(s, scene, ms)
        func mine(_ device: UInt64) -> Bool { device == 0 || device == s.device }
        if o.ownCrash > 0.5 {
            for (n, before) in [0.45, 0.5].enumerated() {
                out.append(.init(id: o.crashSeed &+ UInt64(n), before: before * scene.lengthM, right: 2.5))
            }
        }
        if o.stopped > 0.5, mine(o.stoppedDevice) {
            out.append(.init(id: o.stoppedSeed, before: 0.6 * scene.lengthM, right: 3))
        }
        if o.pedestrian > 0.5, mine(o.pedestrianDevice) {
            // Walks to and fro, half a metre a second.
            let t = Double((ms / 1000) % 16)
            out.append(
                .init(id: o.pedestrianSeed, before: 0.4 * scene.lengthM, right: (t < 8 ? t : 16 - t) / 2 - 2, isPerson: true))
        }
        if wrongWay {
            // One after the other, every 40 s, at 25 km/h away from the stop line.
            let (turn, t) = (ms / 40_000, Double(ms % 40_000) / 1000)
            let before = 25 / 3.6 * t
            if before <= scene.lengthM {
                out.append(.init(id: Mixing.mix(o.wrongWaySeed, UInt64(bitPattern: turn)), before: before, right: -3))
            }
        }
        return Array(out.prefix(Self.mostObjects))
    }

    private mutating func traffic(_ s: Source, _ scene: SceneModel, _ ms: Int64) -> [SceneObject] {
        var out: [SceneObject] = []
        let phase = Int64(s.device % UInt64(Self.cycle))
        var waiting = (light: Int64.min, n: 0)
        for second in (ms / 1000 - Self.followed)...(ms / 1000) {
            let o = city.state(Int(s.street), second * 1000)
            var r = SplitMix(Mixing.mix(s.seed ^ 0x5ce2, UInt64(bitPattern: second)))
            let n = min(3, Int(Signals.poisson(Signals.flow(s, o) / 3600, &r)))
            for k in 0..<n {
                let speed = Signals.speed(s, o) / 3.6 * (0.9 + 0.2 * r.unit())
                let entered = second * 1000 + Int64(r.unit() * 1000)
                let crosses = entered + Int64(scene.lengthM / speed * 1000)
                let (light, into) = (crosses + phase).quotientAndRemainder(dividingBy: Self.cycle)
                var before = scene.lengthM - speed * Double(ms - entered) / 1000
                if into < Self.red {
                    // It waits behind those that came to this light before it.
                    waiting = waiting.light == light ? (light, waiting.n + 1) : (light, 0)
                    let place = Self.queueStep * Double(waiting.n) + 1
                    let green = light * Self.cycle + Self.red - phase
                    before = ms < green ? max(place, before) : place - speed * Double(ms - green) / 1000
                }
                guard ms >= entered, before >= 0, before <= scene.lengthM else { continue }
                let id = UInt64(bitPattern: second) &* 8 &+ UInt64(k)
                out.append(.init(id: id, before: before, right: 0.3 * Double(id % 3) - 0.3))
            }
        }
        return out
    }

    /// The minimal schema.
    mutating func writeScene(
        _ s: Source, _ i: Int, _ ordinal: Int64, _ eventMs: Int64, _ sentMs: Int64, _ o: StreetState, wrongWay: Bool
    ) -> Int {
        let names = sources.classes[Int(s.contract)]
        let scene = sources.scenes[Int(s.scene)]
        let room = (Int(s.maxBytes) - 400 - s.head.count) / 220
        let objects = sceneObjects(s, eventMs, o, wrongWay: wrongWay).prefix(max(0, room))
        reserve(s.head.count + objects.count * (120 + names.vehicle.count + names.person.count) + 400)
        let (run, withTime) = (run, config.includeRecordTime)
        return sources.bytes.withUnsafeBufferPointer { constant in
            scratch.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return 0 }
                var w = ByteWriter(base)
                w.text("{\"version\":\"4.0\",\"id\":\"")
                w.eventID(run, i, ordinal)
                w.text("\",\"@timestamp\":\"")
                stamp.write(eventMs + s.skewMs, &w)
                w.bytes(constant, s.head)
                for (n, o) in objects.enumerated() {
                    if n > 0 { w.byte(44) }
                    let p = scene.point(before: o.before, right: o.right)
                    let (width, height): (Int64, Int64) = o.isPerson ? (36, 80) : (110, 90)
                    let (x, y) = (Int64(p.x.rounded()), Int64(p.y.rounded()))
                    w.byte(34)
                    w.integer(Int64(bitPattern: o.id >> 1))
                    for edge in [x - width / 2, y - height, x + width / 2, y] {
                        w.byte(124)
                        w.integer(edge)
                    }
                    w.byte(124)
                    w.bytes(o.isPerson ? names.person : names.vehicle)
                    w.byte(34)
                }
                w.byte(93)
                if withTime { w.recordTime(sentMs) }
                w.byte(125)
                return w.count
            }
        }
    }
}

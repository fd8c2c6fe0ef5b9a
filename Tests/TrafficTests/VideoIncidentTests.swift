import Analytics
import Testing

/// Tracked boxes of one camera: a carriageway 100 pixels wide, driven downwards to a stop line at y = 1000; 0.1 m a
/// pixel; boxes 20 pixels high.
@Suite struct VideoIncidentTests {
    static let scene = CameraScene(
        carriageway: [.init(0, 0), .init(100, 0), .init(100, 1001), .init(0, 1001)], stopLine: .init(50, 1000),
        direction: .init(0, 3), metresPerPixel: 0.1, spillBackMetres: 40)

    func box(_ track: UInt64, _ y: Double, x: Double = 50, _ sort: TrackedBox.Sort = .vehicle) -> TrackedBox {
        TrackedBox(track: track, sort: sort, left: x - 10, top: y - 20, right: x + 10, bottom: y)
    }

    /// Frames a second apart.
    func run(_ seconds: ClosedRange<Int64>, _ boxes: (Double) -> [TrackedBox]) -> [VideoIncidentDetector.Finding] {
        var d = VideoIncidentDetector(Self.scene)
        return seconds.flatMap { d.frame($0 * 1000, boxes(Double($0))) }
    }

    @Test func `a vehicle that stands for ten seconds has stopped, and is told once`() {
        let told = run(0...30) { [box(7, 500 + min($0, 1) * 3)] }
        #expect(told == [.init(kind: .stoppedVehicle, track: 7, since: 0, time: 10_000)])
        // 6 pixels a second are beyond a quarter of its height, 5, each second: it moves.
        #expect(run(0...30) { [box(7, 500 + 6 * $0)] }.isEmpty)
        // 1 pixel a second: it moves on by 6 every 6 s.
        #expect(run(0...60) { [box(7, 500 + $0)] }.isEmpty)
        // On the pavement it may stand.
        #expect(run(0...30) { _ in [box(7, 500, x: 200)] }.isEmpty)
    }

    @Test func `a vehicle that goes on and stands again is told again`() {
        let told = run(0...40) { [box(7, $0 < 15 ? 300 : 500)] }
        #expect(told.map(\.time) == [10_000, 25_000] && told.map(\.since) == [0, 15_000])
    }

    @Test func `a queue is measured from the stop line, and those in it have not stopped`() {
        var d = VideoIncidentDetector(Self.scene)
        var told: [VideoIncidentDetector.Finding] = []
        // 1, 10 and 20 m behind the line; a fourth 40 m: the gap of 20 m is too wide.
        let boxes = [box(1, 990), box(2, 900), box(3, 800), box(4, 600)]
        for t in 0...2 as ClosedRange<Int64> { told += d.frame(t * 1000, boxes) }
        #expect(d.queue == .init())
        for t in 3...20 as ClosedRange<Int64> { told += d.frame(t * 1000, boxes) }
        #expect(d.queue.vehicles == 3 && abs(d.queue.metres - 20) < 1e-9)
        #expect(told == [.init(kind: .stoppedVehicle, track: 4, since: 0, time: 10_000)])
    }

    @Test func `two vehicles are no queue`() {
        #expect(run(0...12) { _ in [box(1, 990), box(2, 900)] }.map(\.kind) == [.stoppedVehicle, .stoppedVehicle])
    }

    @Test func `a queue that reaches back to the junction is told once until it shrinks`() {
        let long = [990.0, 850, 710, 595]
        let told = run(0...60) { t in
            long.prefix((20...30).contains(t) ? 3 : 4).enumerated().map { box(UInt64($0 + 1), $1) }
        }
        // 40.5 m after 3 s; shorter from 20 s on. The fourth is back at 31 s, forgotten by then, and still at 34 s.
        #expect(told.filter { $0.kind == .spillBack }.map(\.time) == [3000, 34_000])
        #expect(told.count == 2)
    }

    @Test func `who drives two box heights against the direction drives the wrong way`() {
        #expect(run(0...20) { [box(7, 500 - 10 * $0)] } == [.init(kind: .wrongWay, track: 7, since: 4000, time: 4000)])
        #expect(run(0...20) { [box(7, 500 + 10 * $0)] }.isEmpty)
        // First the right way, then back.
        #expect(run(0...20) { [box(7, 500 + 10 * min($0, 20 - 2 * $0))] }.map(\.kind) == [.wrongWay])
        // Sideways.
        #expect(run(0...8) { [box(7, 500, x: 10 + 10 * $0)] }.isEmpty)
    }

    @Test func `a person on the carriageway is told after two seconds, one beside it never`() {
        #expect(
            run(0...9) { _ in [box(9, 400, .person)] }
                == [.init(kind: .personOnCarriageway, track: 9, since: 0, time: 2000)])
        #expect(run(0...9) { _ in [box(9, 400, x: 150, .person)] }.isEmpty)
        // On it for one second at a time.
        #expect(run(0...20) { [box(9, 400, x: Int64($0) % 3 == 0 ? 150 : 50, .person)] }.isEmpty)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `any boxes and times leave it bounded, and their order in a frame does not matter`(seed: UInt64) {
        var rng = Seeded(state: seed)
        var rules = VideoIncidentDetector.Rules()
        rules.mostTracks = 40
        var (a, b) = (VideoIncidentDetector(Self.scene, rules: rules), VideoIncidentDetector(Self.scene, rules: rules))
        let odd: [Double] = [.nan, .infinity, -.infinity, 1e308, -1e308]
        var time: Int64 = 0
        for i in 0..<400 {
            time += .random(in: -500...1500, using: &rng)
            let boxes = (0..<Int.random(in: 0...60, using: &rng)).map { k in
                var x = box(UInt64(k), .random(in: -50...1100, using: &rng), x: .random(in: -50...150, using: &rng),
                    k % 4 == 0 ? .person : .vehicle)
                if Int.random(in: 0..<20, using: &rng) == 0 { x.bottom = odd.randomElement(using: &rng) ?? 0 }
                return x
            }
            let at = i == 397 ? Int64.min : i == 398 ? .max : i == 399 ? .min : time
            #expect(a.frame(at, boxes) == b.frame(at, boxes.shuffled(using: &rng)))
            #expect(a.remembered <= 40 && a.queue == b.queue)
        }
    }
}

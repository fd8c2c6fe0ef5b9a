import Contracts

/// A camera's picture, as the simulator draws it: vehicles drive along a line to the stop line.
struct SceneModel: Sendable {
    private let stopLine: CameraSceneDef.Point
    /// Unit vectors along and across the direction of travel.
    private let along: CameraSceneDef.Point
    private let metresPerPixel: Double
    /// What is seen of the road before the stop line, m.
    let lengthM: Double

    init(_ d: CameraSceneDef) {
        let n = max(1e-9, (d.direction.x * d.direction.x + d.direction.y * d.direction.y).squareRoot())
        let along = CameraSceneDef.Point(d.direction.x / n, d.direction.y / n)
        self.along = along
        stopLine = d.stopLine
        metresPerPixel = d.metresPerPixel
        var seen = 0.0
        while seen < 300 {
            let px = (seen + 1) / d.metresPerPixel
            let p = CameraSceneDef.Point(d.stopLine.x - along.x * px, d.stopLine.y - along.y * px)
            guard Self.holds(d.carriageway, p) else { break }
            seen += 1
        }
        lengthM = max(10, seen)
    }

    /// Where a point of the road lies in the picture: so far before the stop line, so far to the right, m.
    func point(before: Double, right: Double) -> (x: Double, y: Double) {
        let (b, r) = (before / metresPerPixel, right / metresPerPixel)
        return (stopLine.x - along.x * b - along.y * r, stopLine.y - along.y * b + along.x * r)
    }

    private static func holds(_ corners: [CameraSceneDef.Point], _ p: CameraSceneDef.Point) -> Bool {
        var inside = false
        guard var a = corners.last else { return false }
        for b in corners {
            if (a.y > p.y) != (b.y > p.y), p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x { inside.toggle() }
            a = b
        }
        return inside
    }
}

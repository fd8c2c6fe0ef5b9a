/// A point of a camera's image, pixels: x to the right, y down.
public struct ImagePoint: Sendable, Hashable {
    public var x: Double
    public var y: Double
    public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
    static func - (a: ImagePoint, b: ImagePoint) -> ImagePoint { ImagePoint(a.x - b.x, a.y - b.y) }
    var length: Double { (x * x + y * y).squareRoot() }
}

/// A tracked object in one frame: what the detectors need of a frame, beside its camera and time.
public struct TrackedBox: Sendable, Hashable {
    public enum Sort: Sendable, Hashable { case vehicle, person }
    /// The tracker's identity, the same from frame to frame.
    public var track: UInt64
    public var sort: Sort
    /// The box's edges, pixels.
    public var left: Double
    public var top: Double
    public var right: Double
    public var bottom: Double
    public init(track: UInt64, sort: Sort, left: Double, top: Double, right: Double, bottom: Double) {
        self.track = track
        self.sort = sort
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// Where it touches the ground: the middle of the lower edge.
    var foot: ImagePoint { ImagePoint((left + right) / 2, bottom) }
    var height: Double { bottom - top }
    /// Finite, and with some size.
    var isSound: Bool { [left, top, right, bottom].allSatisfy(\.isFinite) && right > left && bottom > top }
}

/// What must be known of a camera once: where its carriageway is, and which way it is driven.
public struct CameraScene: Sendable, Hashable {
    /// Corners of the carriageway, one direction of travel.
    public var carriageway: [ImagePoint]
    /// From where a queue grows backwards: the stop line, or the scene's end.
    public var stopLine: ImagePoint
    /// The direction of travel as a vector; its length does not matter. (0, 0): nothing moves along or against it.
    public var direction: ImagePoint
    /// Metres of road that a pixel along the direction is: one number for the scene, so lengths are rough where the
    /// camera looks along the road.
    public var metresPerPixel: Double
    /// A queue of this length reaches the junction behind, m.
    public var spillBackMetres: Double
    public init(
        carriageway: [ImagePoint], stopLine: ImagePoint, direction: ImagePoint, metresPerPixel: Double,
        spillBackMetres: Double
    ) {
        self.carriageway = carriageway
        self.stopLine = stopLine
        self.direction = direction
        self.metresPerPixel = metresPerPixel
        self.spillBackMetres = spillBackMetres
    }

    /// Whether a point is on the carriageway (even-odd rule).
    func holds(_ p: ImagePoint) -> Bool {
        var inside = false
        guard var a = carriageway.last else { return false }
        for b in carriageway {
            if (a.y > p.y) != (b.y > p.y), p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x { inside.toggle() }
            a = b
        }
        return inside
    }

    /// How far along the direction of travel a point lies before (negative) or behind the stop line, pixels.
    func along(_ p: ImagePoint) -> Double {
        let n = direction.length
        guard n > 0 else { return 0 }
        let d = p - stopLine
        return (d.x * direction.x + d.y * direction.y) / n
    }
}

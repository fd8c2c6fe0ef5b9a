/// One datum source of the registry: a sensor or camera and one reading kind that it sends.
///
/// A device that sends several kinds (a loop: speed, vehicles, occupancy) has one row a kind.
public struct Sensor: Sendable, Hashable {
    /// The device's id as it stands in events: `loop-440106004-03`.
    public var id: String
    /// The reading kind: `speed`, `vehicles`, `water_level` ...
    public var kind: String
    /// What the device is: `loop`, `camera`, `fcd`, `gauge` ...
    public var device: String
    /// Code of the street it stands in.
    public var street: UInt64
    /// The unit it sends in.
    public var unit: String
    /// Expected seconds between readings.
    public var intervalSeconds: Int
    /// The department that owns the datum.
    public var owner: String
    /// Free-flow speed of its road, km/h; nil where it has none.
    public var freeFlowKmh: Double?
    /// Length of its road section, m.
    public var lengthM: Double?
    /// Observed area, m2 (cameras).
    public var areaM2: Double?
    /// Sensors of one street with the same group measure the same thing and are compared; nil where there is no other.
    public var group: String?
    /// Class of its road (`expressway`, `arterial` ...); nil where unknown.
    public var roadClass: String?
    /// Id of the next station upstream in the same street, on rows of occupancy; nil where there is none.
    public var upstream: String?

    public init(
        id: String, kind: String, device: String, street: UInt64, unit: String, intervalSeconds: Int, owner: String,
        freeFlowKmh: Double? = nil, lengthM: Double? = nil, areaM2: Double? = nil, group: String? = nil,
        roadClass: String? = nil, upstream: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.device = device
        self.street = street
        self.unit = unit
        self.intervalSeconds = intervalSeconds
        self.owner = owner
        self.freeFlowKmh = freeFlowKmh
        self.lengthM = lengthM
        self.areaM2 = areaM2
        self.group = group
        self.roadClass = roadClass
        self.upstream = upstream
    }
}

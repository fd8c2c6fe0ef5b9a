import CityModel

/// How a simulated city runs. The same catalogue and the same configuration give the same bytes.
public struct SimulatorConfig: Sendable {
    public var seed: UInt64
    /// Events per second of event time over the whole city; nil keeps the registry's own intervals. Intervals are
    /// stretched or shortened alike for all sensors, and counts (vehicles, rain) with them.
    public var rate: Double?
    /// Event time of the beginning.
    public var start: EventTime
    /// Event time covered, ms; at most 180 days.
    public var durationMs: Int64
    public var dirt: DirtConfig
    public var incidents: [Incident]
    /// What contracts name; see `ConfiguredIncident`.
    public var configured: [ConfiguredIncident] = []
    /// Adds the member `"_ts"` (record time, ms) to each payload, for files, which have no Kafka timestamp.
    public var includeRecordTime: Bool
    /// The longest way from a sensor to the broker, ms: each device has its own, and each record some jitter.
    public var transitMs: Int64
    /// Stops after so many records; nil runs to the end of `durationMs`.
    public var maxEvents: Int?
    /// Uses only the first so many sources of the registry; nil uses all, up to 1,048,576.
    public var maxSources: Int?
    /// Leaves the cameras out: Kapok JSON topics only.
    public var onlyReadings: Bool
    /// Kapok JSON readings are padded with a member `"fw"` up to so many bytes; 0 pads none.
    public var padTo: Int
    /// Each so-many-th camera speaks the full DeepStream schema, the others the minimal one; 0 makes none full.
    public var fullSchemaEvery: Int

    public init(
        seed: UInt64 = 1, rate: Double? = nil, start: EventTime, durationMs: Int64, dirt: DirtConfig = DirtConfig(),
        incidents: [Incident] = [], includeRecordTime: Bool = false, transitMs: Int64 = 900, maxEvents: Int? = nil,
        maxSources: Int? = nil,
        onlyReadings: Bool = false, padTo: Int = 0, fullSchemaEvery: Int = Self.usualFullSchemaEvery
    ) {
        self.seed = seed
        self.rate = rate
        self.start = start
        self.durationMs = durationMs
        self.dirt = dirt
        self.incidents = incidents
        self.includeRecordTime = includeRecordTime
        self.transitMs = transitMs
        self.maxEvents = maxEvents
        self.maxSources = maxSources
        self.onlyReadings = onlyReadings
        self.padTo = padTo
        self.fullSchemaEvery = fullSchemaEvery
    }

    /// A sustained load for measuring: `events` clean Kapok JSON readings of about 230 bytes, no incidents.
    public static func bench(
        events: Int, sources: Int? = nil, rate: Double = 100_000, seed: UInt64 = 1, start: EventTime
    ) -> SimulatorConfig {
        // A little longer than needed: `maxEvents` ends it.
        // `check` refuses a rate that is no number.
        let usable = rate.isFinite ? max(rate, 1) : 1
        let ms = (Double(max(events, 0)) / usable * 1000 * 1.1).rounded(.up) + 60_000
        return SimulatorConfig(
            seed: seed, rate: rate, start: start, durationMs: Int64(min(ms, Double(Self.longestMs))), dirt: .none,
            transitMs: 0, maxEvents: events, maxSources: sources, onlyReadings: true, padTo: 230)
    }

    /// The default of `fullSchemaEvery`.
    public static let usualFullSchemaEvery = 10

    /// 180 days, ms.
    public static let longestMs: Int64 = 180 * 86_400_000

    /// - Throws: `KapokError` `simulator-config` naming the first value out of its range.
    func check() throws(KapokError) {
        func need(_ ok: Bool, _ what: String, _ mend: String) throws(KapokError) {
            if !ok { throw KapokError("simulator-config", what, mend: mend) }
        }
        try need(
            durationMs > 0 && durationMs <= Self.longestMs, "the duration is \(durationMs) ms",
            "Choose above 0 and up to 180 days")
        try need(
            start.ms >= 0 && start.ms < 250_000_000_000_000, "the start \(start.ms) ms is out of range",
            "Choose a time from 1970 to 9000")
        if let rate {
            try need(
                rate.isFinite && rate >= 0.001 && rate <= 10_000_000, "the rate is \(rate) events/s",
                "Choose from 0.001 to 10,000,000")
        }
        let d = dirt
        let parts = [d.late, d.duplicate, d.malformed, d.dead]
        try need(
            parts.allSatisfy { $0 >= 0 && $0 <= 1 } && d.late + d.duplicate + d.malformed <= 1
                && [d.skewedDevices, d.stuckDevices, d.jumpingDevices, d.biasedGroups].allSatisfy { $0 >= 0 },
            "the dirt fractions \(parts) do not fit", "Each from 0 to 1, late + duplicate + malformed at most 1")
        try need((0...60_000).contains(transitMs), "the transit is \(transitMs) ms", "Choose from 0 to 60,000 ms")
        try need(padTo >= 0 && padTo <= 60_000, "padTo is \(padTo)", "Choose from 0 to 60,000 bytes")
        try need(
            (maxEvents ?? 0) >= 0 && (maxSources ?? 0) >= 0, "a limit is below 0", "Leave it out, or write 0 or more")
        for i in configured {
            try need(
                i.startMs >= 0 && i.durationMs > 0 && i.riseMs > 0 && i.fadeMs > 0
                    && [i.startMs, i.durationMs, i.riseMs, i.fadeMs].allSatisfy { $0 <= Self.longestMs },
                "incident \(i.label) has no valid times", "Start from 0, last above 0 ms")
        }
        for i in incidents {
            try need(
                i.startMs >= 0 && i.durationMs > 0 && i.startMs <= Self.longestMs && i.durationMs <= Self.longestMs,
                "incident \(i.label) has no valid times", "Start from 0, last above 0 ms")
        }
    }
}

/// What goes wrong in the field, as fractions of records, or numbers of devices.
public struct DirtConfig: Sendable, Hashable {
    /// Records sent 10 s to 10 min (at most half the run) after their event time.
    public var late: Double
    /// Records sent twice.
    public var duplicate: Double
    /// Records that no decoder may accept.
    public var malformed: Double
    /// Devices with a wrong clock: the first 3 h ahead, the second 20 min behind, and so on in turn.
    public var skewedDevices: Int
    /// Fraction of devices that fall silent for good in the first half of the run.
    public var dead: Double
    /// Devices whose values freeze in the first quarter of the run (10 min at most), of kinds that a contract watches.
    public var stuckDevices: Int
    /// Devices that now and then drop far out of what is physically possible, of kinds whose contract looks for it.
    public var jumpingDevices: Int
    /// Groups of which one member is off: a gauge reads 0.4 m too low, a loop or camera notices every second vehicle.
    public var biasedGroups: Int

    public init(
        late: Double = 0.005, duplicate: Double = 0.003, malformed: Double = 0.0005, skewedDevices: Int = 2,
        dead: Double = 0.01, stuckDevices: Int = 3, jumpingDevices: Int = 1, biasedGroups: Int = 2
    ) {
        self.late = late
        self.duplicate = duplicate
        self.malformed = malformed
        self.skewedDevices = skewedDevices
        self.dead = dead
        self.stuckDevices = stuckDevices
        self.jumpingDevices = jumpingDevices
        self.biasedGroups = biasedGroups
    }

    public static let none = DirtConfig(
        late: 0, duplicate: 0, malformed: 0, skewedDevices: 0, dead: 0, stuckDevices: 0, jumpingDevices: 0,
        biasedGroups: 0)
}

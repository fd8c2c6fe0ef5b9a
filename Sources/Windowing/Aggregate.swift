/// What an aggregate must keep beyond count, sum, squares, extremes and last value.
public struct AggregateNeeds: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let quantiles = AggregateNeeds(rawValue: 1)
    public static let distinct = AggregateNeeds(rawValue: 2)
}

/// A mergeable partial of one stream of observations in one pane. All numbers are integers in millionths; merging two
/// is associative and commutative to the bit.
public struct Aggregate: Sendable, Hashable {
    public internal(set) var count: Int64 = 0
    /// Sum of values, millionths.
    public internal(set) var sum: Int128 = 0
    /// Sum of squares, millionths squared.
    public internal(set) var squares: Int128 = 0
    public internal(set) var min: Int64 = .max
    public internal(set) var max: Int64 = .min
    /// The newest observation; of several at one time the largest value.
    public internal(set) var lastTime: Int64 = .min
    public internal(set) var lastValue: Int64 = .min
    /// Events dropped as late while this was the current pane.
    public internal(set) var late: Int64 = 0
    public internal(set) var sensors = SensorSet()
    public internal(set) var histogram = Histogram()
    public internal(set) var distinct = DistinctCount()

    public init() {}

    @inlinable
    public mutating func add(_ value: Int64, time: Int64, ordinal: Int, identity: UInt64, needs: AggregateNeeds) {
        _add(value, time: time)
        sensors_insert(ordinal)
        if needs.rawValue & 1 != 0 { histogram_add(value) }
        if needs.rawValue & 2 != 0 { addDistinct(identity) }
    }

    @usableFromInline @inline(__always)
    mutating func _add(_ value: Int64, time: Int64) {
        count &+= 1
        let wide = Int128(value)
        sum &+= wide
        squares &+= wide &* wide
        if value < min { min = value }
        if value > max { max = value }
        if time > lastTime || (time == lastTime && value > lastValue) {
            lastTime = time
            lastValue = value
        }
    }
    @usableFromInline @inline(__always) mutating func sensors_insert(_ o: Int) { sensors.insert(o) }
    @usableFromInline @inline(__always) mutating func histogram_add(_ v: Int64) { histogram.add(v) }
    @usableFromInline mutating func addDistinct(_ identity: UInt64) { distinct.insert(identity) }

    public mutating func addLate() { late &+= 1 }

    /// Merges partials of the same place: sensors are united.
    public mutating func merge(_ o: Aggregate) {
        mergeNumbers(o)
        sensors.merge(o.sensors)
    }

    /// Merges partials of different places: their sensors are not comparable and are counted by the caller.
    public mutating func mergeNumbers(_ o: Aggregate) {
        count &+= o.count
        sum &+= o.sum
        squares &+= o.squares
        if o.min < min { min = o.min }
        if o.max > max { max = o.max }
        if o.lastTime > lastTime || (o.lastTime == lastTime && o.lastValue > lastValue) {
            lastTime = o.lastTime
            lastValue = o.lastValue
        }
        late &+= o.late
        histogram.merge(o.histogram)
        distinct.merge(o.distinct)
    }

    /// Population variance, square units; nil where empty.
    public var variance: Double? {
        guard count > 0 else { return nil }
        let n = Double(count)
        let mean = Double(sum) / n
        return Swift.max(0, Double(squares) / n - mean * mean) / 1e12
    }
    /// Mean in units; nil where empty.
    public var mean: Double? { count > 0 ? Double(sum) / Double(count) / 1e6 : nil }
}

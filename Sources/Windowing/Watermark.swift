/// The watermark of one topic-partition: the largest accepted event time less the allowed out-of-orderness, ms. It
/// never goes back, and nothing but the partition's own records moves it.
public struct Watermark: Sendable, Hashable {
    public let outOfOrdernessMs: Int64
    /// The largest accepted event time, ms; `Int64.min` before the first.
    public private(set) var maxEventTime: Int64

    public init(outOfOrdernessMs: Int64, maxEventTime: Int64 = .min) {
        self.outOfOrdernessMs = outOfOrdernessMs
        self.maxEventTime = maxEventTime
    }

    /// The watermark itself; `Int64.min` before the first event.
    @inlinable public var value: Int64 { maxEventTime == .min ? .min : maxEventTime - outOfOrdernessMs }

    @inlinable public mutating func advance(to time: Int64) { if time > maxEventTime { set(time) } }
    @usableFromInline mutating func set(_ t: Int64) { maxEventTime = t }
}

/// A tumbling (`everyMs == sizeMs`) or hopping window over event time, aligned to the Unix epoch; windows are `[start, end)`.
public struct WindowAssigner: Sendable, Hashable {
    public var name: String
    public var sizeMs: Int64
    public var everyMs: Int64

    public init(name: String, sizeMs: Int64, everyMs: Int64) {
        self.name = name
        self.sizeMs = sizeMs
        self.everyMs = everyMs
    }

    /// Starts of the windows that hold a moment, oldest first.
    public func starts(containing time: Int64) -> [Int64] {
        var out: [Int64] = []
        var s = floor(time)
        while s > time - sizeMs {
            out.append(s)
            s -= everyMs
        }
        return out.reversed()
    }

    /// The largest window start at or before `time`.
    public func floor(_ time: Int64) -> Int64 {
        let r = time % everyMs
        return r >= 0 ? time - r : time - r - everyMs
    }
}

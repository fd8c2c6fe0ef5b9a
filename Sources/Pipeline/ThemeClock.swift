import Windowing

/// A theme's clock (rule 3): the smallest watermark of the partitions that are not idle. It never goes back, and it only
/// decides when a window is shown as complete, never what is in it.
public struct ThemeClock: Sendable, Hashable {
    /// Event time, ms; `Int64.min` before the first.
    public private(set) var value: Int64

    public init(_ value: Int64 = .min) { self.value = value }

    public struct Member: Sendable {
        public var watermark: Watermark
        public var idle: Bool
        /// Wall-clock ms since its last record; only read where idle.
        public var silentMs: Int64
        public init(watermark: Watermark, idle: Bool, silentMs: Int64) {
            self.watermark = watermark
            self.idle = idle
            self.silentMs = silentMs
        }
    }

    /// Where every member is idle, the pane of the newest event is closed, and the clock then runs on with the wall
    /// clock up to the end of the last window that may hold that event: every window with data closes (rule 5), and a
    /// stream which has ended does not make empty windows for ever.
    public mutating func advance(_ members: [Member], paneMs: Int64, longestWindowMs: Int64) {
        let active = members.filter { !$0.idle }
        if let slowest = active.map(\.watermark.value).min() {
            value = max(value, slowest)
            return
        }
        guard let newest = members.filter({ $0.watermark.maxEventTime != .min })
            .max(by: { $0.watermark.maxEventTime < $1.watermark.maxEventTime }),
            let silent = members.map(\.silentMs).min()
        else { return }
        let time = newest.watermark.maxEventTime
        let pane = time - (time % paneMs + paneMs) % paneMs
        let late = newest.watermark.outOfOrdernessMs
        let running = min(time - late + min(silent, longestWindowMs + late), pane + longestWindowMs)
        value = max(value, max(pane + paneMs, running))
    }
}

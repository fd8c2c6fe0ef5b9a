/// Puts the frames of DeepStream's full schema together, where every object is a record of its own: objects of one
/// camera and kind with one event time are one frame. A frame is done when the next one begins, or when the partition's
/// watermark passes the end of its pane; both depend on the partition's own records alone.
struct FrameAssembler: Sendable {
    struct Frame: Sendable, Hashable {
        var source: Int32
        var time: Int64
        /// Sum of the fragments' values, millionths.
        var value: Int64
    }
    /// Open frames, few: one a camera and kind. In the order in which they were begun.
    private(set) var open: [Frame] = []

    init(_ frames: [Frame] = []) { open = frames }

    /// Adds a fragment; returns the frame that it ends, if any.
    mutating func add(source: Int32, time: Int64, value: Int64) -> Frame? {
        guard let i = open.firstIndex(where: { $0.source == source }) else {
            open.append(Frame(source: source, time: time, value: value))
            return nil
        }
        if open[i].time == time {
            open[i].value += value
            return nil
        }
        let done = open.remove(at: i)
        open.append(Frame(source: source, time: time, value: value))
        return done
    }

    /// Takes out every frame before `time`.
    mutating func finish(before time: Int64) -> [Frame] {
        let done = open.filter { $0.time < time }
        if !done.isEmpty { open.removeAll { $0.time < time } }
        return done
    }
}

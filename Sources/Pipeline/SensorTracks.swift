import CityModel
import Windowing

/// The tracks of a partition's sensors, by registry row, with those that changed since they were last stored.
struct SensorTracks: Sendable {
    private(set) var all: ContiguousArray<SensorTrack>
    private var touched: ContiguousArray<Bool>
    private var list: ContiguousArray<Int32> = []

    init(rows: Int) {
        all = ContiguousArray(repeating: SensorTrack(), count: rows)
        touched = ContiguousArray(repeating: false, count: rows)
    }

    @inline(__always)
    mutating func judge(_ row: Int, _ value: Int64, at time: Int64, _ limits: SensorTrack.Limits) -> SensorFlag? {
        if !touched[row] {
            touched[row] = true
            list.append(Int32(row))
        }
        return all[row].judge(value, at: time, limits)
    }

    /// Notes when a sensor was heard whose readings are judged elsewhere.
    mutating func note(_ row: Int, at time: Int64) {
        guard time > all[row].time else { return }
        all[row].time = time
        if !touched[row] {
            touched[row] = true
            list.append(Int32(row))
        }
    }

    mutating func restore(_ row: Int, _ track: SensorTrack) { all[row] = track }

    /// Rows changed since the last call, in order.
    mutating func drain() -> [Int] {
        defer { list.removeAll(keepingCapacity: true) }
        for row in list { touched[Int(row)] = false }
        return list.map(Int.init).sorted()
    }
}

/// The semantics of windows and ledger, written down again in the plainest way: dictionaries over place, window and
/// start, and the rules of docs/semantics.md, with none of the product's code.
struct Reference {
    struct Event {
        var offset: Int64
        var sensor: String
        var value: Int64
        var time: Int64
        var id: String
        var fate: Fate = .sound
    }
    enum Fate { case sound, future, malformed }
    struct Cell: Equatable {
        var count = 0
        var sum: Int64 = 0
        var min = Int64.max
        var max = Int64.min
        var late = 0
    }
    struct Key: Hashable {
        var place: String
        var window: String
        var start: Int64
    }
    struct Books: Equatable {
        var accepted = 0
        var late = 0
        var duplicate = 0
        var dead = 0
        var gap = 0
    }

    static let streetOf = [
        "fcd-1": "440103001000", "fcd-2": "440103001000", "loop-3": "440103002000", "loop-1": "440106001000",
        "loop-2": "440106002000",
    ]
    let windows: [(name: String, size: Int64, every: Int64)]
    let outOfOrderness: Int64 = 5_000
    let lateness: Int64

    private(set) var cells: [Key: Cell] = [:]
    private(set) var books: [Books]
    private var newest: [Int64?]
    private var seen: [Set<String>]
    private var next: [Int64?]

    init(partitions: Int, lateness: Int64, every: Int64 = 60_000) {
        windows = [("1m", 60_000, 60_000), ("5m", 300_000, every)]
        self.lateness = lateness
        books = Array(repeating: Books(), count: partitions)
        newest = Array(repeating: nil, count: partitions)
        seen = Array(repeating: [], count: partitions)
        next = Array(repeating: nil, count: partitions)
    }

    private func starts(_ time: Int64, _ size: Int64, _ every: Int64) -> [Int64] {
        // Every multiple of `every` that is a start of a window over `time`; times here are positive.
        (0..<(size / every)).map { time / every * every - $0 * every }
    }

    private mutating func change(_ sensor: String, _ window: String, _ start: Int64, _ body: (inout Cell) -> Void) {
        guard let street = Self.streetOf[sensor] else { return }
        for place in [street, street.prefix(6) + "000000", "440100000000"] {
            body(&cells[Key(place: String(place), window: window, start: start), default: Cell()])
        }
    }

    mutating func add(_ p: Int, _ e: Event) {
        books[p].gap += Int(e.offset - (next[p] ?? e.offset))
        next[p] = e.offset + 1
        guard e.fate == .sound else {
            books[p].dead += 1
            return
        }
        guard seen[p].insert(e.sensor + "/" + e.id).inserted else {
            books[p].duplicate += 1
            return
        }
        var taken = false
        for w in windows {
            for start in starts(e.time, w.size, w.every) {
                if let n = newest[p], start + w.size + lateness <= n - outOfOrderness { continue }
                taken = true
                change(e.sensor, w.name, start) {
                    $0.count += 1
                    $0.sum += e.value
                    $0.min = min($0.min, e.value)
                    $0.max = max($0.max, e.value)
                }
            }
        }
        if taken {
            books[p].accepted += 1
            newest[p] = max(newest[p] ?? e.time, e.time)
        } else if let n = newest[p] {
            books[p].late += 1
            for w in windows { for s in starts(n, w.size, w.every) { change(e.sensor, w.name, s) { $0.late += 1 } } }
        }
    }
}

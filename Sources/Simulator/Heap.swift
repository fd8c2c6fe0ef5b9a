/// A binary min-heap. `push` and `replaceTop` are O(log n); equal elements must not exist, so that order is total.
struct Heap<Element: Comparable & Sendable>: Sendable {
    private(set) var items: [Element] = []

    var top: Element? { items.first }

    /// Heapifies in O(n).
    init(_ all: [Element] = []) {
        items = all
        for i in stride(from: items.count / 2 - 1, through: 0, by: -1) { down(i) }
    }

    mutating func push(_ e: Element) {
        items.append(e)
        var i = items.count - 1
        while i > 0, items[i] < items[(i - 1) / 2] {
            items.swapAt(i, (i - 1) / 2)
            i = (i - 1) / 2
        }
    }

    /// Puts `e` in the place of the least element (which must exist).
    @inline(__always) mutating func replaceTop(_ e: Element) {
        items[0] = e
        down(0)
    }

    mutating func pop() {
        guard let last = items.popLast(), !items.isEmpty else { return }
        replaceTop(last)
    }

    @inline(__always) private mutating func down(_ start: Int) {
        items.withUnsafeMutableBufferPointer { h in
            let e = h[start]
            var i = start
            while true {
                var child = 2 * i + 1
                if child >= h.count { break }
                if child + 1 < h.count, h[child + 1] < h[child] { child += 1 }
                if !(h[child] < e) { break }
                h[i] = h[child]
                i = child
            }
            h[i] = e
        }
    }
}

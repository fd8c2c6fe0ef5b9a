import CityModel
import Foundation

/// Which series' deviations go together, learned online: exponentially weighted second moments of all pairs.
///
/// Every six hours each series takes the six with the largest correlation. Before the first choice there are none.
struct NeighbourSearch: Sendable, Equatable, Codable {
    static let choose = 6
    private static let everyMs: Int64 = 6 * 3_600_000
    private static let memoryMs = 2.0 * 86_400_000

    let n: Int
    private var products: [Float]
    private var chosen: [[Int32]] = []
    private var due: Int64?

    init(_ n: Int) {
        self.n = n
        products = Array(repeating: 0, count: n * n)
    }

    var bytes: Int { n * n * 4 + n * Self.choose * 4 }

    mutating func code(_ c: inout StateCoder) {
        c.codeLower(&products, n)
        var rows = chosen.count
        c.code(&rows, in: 0...n)
        if c.isReading { chosen = Array(repeating: [], count: c.failed ? 0 : rows) }
        for i in chosen.indices {
            var count = chosen[i].count
            c.code(&count, in: 0...Self.choose)
            if c.isReading { chosen[i] = Array(repeating: 0, count: c.failed ? 0 : count) }
            for k in chosen[i].indices {
                var j = Int(chosen[i][k])
                c.code(&j, in: 0...(n - 1))
                chosen[i][k] = Int32(j)
            }
        }
        c.code(&due)
    }

    mutating func add(_ d: [Double], step: Int64, stepMs: Int64) {
        guard d.count == n else { return }
        let keep = Float(exp(-Double(stepMs) / Self.memoryMs)), new = 1 - keep
        let f = d.map { Float($0) }
        products.withUnsafeMutableBufferPointer { p in
            for i in 0..<n {
                let a = f[i] * new
                for j in 0...i { p[i * n + j] = p[i * n + j] * keep + a * f[j] }
            }
        }
        let every = max(1, Self.everyMs / stepMs)
        if due == nil { due = step + every }
        guard let at = due, step >= at else { return }
        due = step + every
        pick()
    }

    private mutating func pick() {
        let norm = (0..<n).map { products[$0 * n + $0].squareRoot() }
        chosen = (0..<n).map { i in
            guard norm[i] > 0 else { return [] }
            let near = (0..<n).compactMap { j -> (Float, Int)? in
                guard j != i, norm[j] > 0 else { return nil }
                let r = products[max(i, j) * n + min(i, j)] / (norm[i] * norm[j])
                return r > 0 ? (r, j) : nil
            }
            return near.sorted { $0.0 != $1.0 ? $0.0 > $1.0 : $0.1 < $1.1 }.prefix(Self.choose).map { Int32($0.1) }
        }
    }

    func mean(of i: Int, _ d: [Double]) -> Double {
        guard i < chosen.count, !chosen[i].isEmpty else { return 0 }
        return chosen[i].reduce(0) { $0 + d[Int($1)] } / Double(chosen[i].count)
    }
}

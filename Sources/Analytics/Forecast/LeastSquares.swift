/// Linear least squares with forgetting and a ridge, online: `theta = (sum l^age f f' + ridge I)^-1 sum l^age f y`.
///
/// Normal equations of a few features; kept whole, because the ridge must not fade with the data as it does in the
/// recursive form. A coefficient with no evidence is 0.
public struct LeastSquares: Sendable, Equatable, Codable {
    public let features: Int
    public let ridge: Double
    private var matrix: [Double]
    private var vector: [Double]
    public private(set) var coefficients: [Double]

    public init(features: Int, ridge: Double) {
        self.features = features
        self.ridge = max(ridge, 1e-9)
        matrix = Array(repeating: 0, count: features * features)
        vector = Array(repeating: 0, count: features)
        coefficients = vector
    }

    public var bytes: Int { (matrix.count + 2 * features) * MemoryLayout<Double>.size }

    mutating func code(_ c: inout StateCoder) {
        c.code(&matrix)
        c.code(&vector)
        c.code(&coefficients)
    }

    /// Fades what was learned so far by a factor in (0, 1].
    public mutating func fade(_ factor: Double) {
        for i in matrix.indices { matrix[i] *= factor }
        for i in vector.indices { vector[i] *= factor }
    }

    /// Takes in one example; `solve` makes it felt.
    public mutating func add(_ f: [Double], _ y: Double) {
        guard f.count == features, y.isFinite else { return }
        for i in 0..<features {
            let fi = f[i]
            if fi == 0 { continue }
            for j in 0...i { matrix[i * features + j] += fi * f[j] }
            vector[i] += fi * y
        }
    }

    /// Cholesky decomposition of the ridged matrix; the coefficients stay as they were where it is not definite.
    public mutating func solve() {
        let n = features
        var l = matrix
        for i in 0..<n {
            for j in 0...i {
                var s = matrix[i * n + j] + (i == j ? ridge : 0)
                for k in 0..<j { s -= l[i * n + k] * l[j * n + k] }
                if i == j {
                    guard s > 1e-12 else { return }
                    l[i * n + i] = s.squareRoot()
                } else {
                    l[i * n + j] = s / l[j * n + j]
                }
            }
        }
        var x = vector
        for i in 0..<n {
            for k in 0..<i { x[i] -= l[i * n + k] * x[k] }
            x[i] /= l[i * n + i]
        }
        for i in stride(from: n - 1, through: 0, by: -1) {
            for k in (i + 1)..<max(n, i + 1) { x[i] -= l[k * n + i] * x[k] }
            x[i] /= l[i * n + i]
        }
        coefficients = x
    }

    public func predict(_ f: [Double]) -> Double {
        var s = 0.0
        for i in 0..<min(features, f.count) { s += coefficients[i] * f[i] }
        return s
    }
}

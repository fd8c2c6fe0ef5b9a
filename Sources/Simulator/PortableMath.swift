/// exp and log from IEEE additions and multiplications alone: the C library's differ in the last bit between
/// machines, and the same seed must give the same bytes everywhere. Relative error below 1e-12 in the used ranges.
enum PortableMath {
    static let ln2 = 0.693_147_180_559_945_3

    /// e to the `x`; 0 below -700, the value at 700 above it.
    static func exp(_ x: Double) -> Double {
        guard x >= -700 else { return 0 }
        let y = min(x, 700)
        let k = (y / ln2).rounded(.toNearestOrEven)
        let r = y - k * ln2
        var term = 1.0
        var sum = 1.0
        var n = 1.0
        while n < 14 {
            term *= r / n
            sum += term
            n += 1
        }
        return sum * Double(sign: .plus, exponent: Int(k), significand: 1)
    }

    /// The natural logarithm of a positive, finite `x`; 0 for any other.
    static func log(_ x: Double) -> Double {
        guard x > 0, x.isFinite else { return 0 }
        var m = x.significand
        var k = Double(x.exponent)
        if m > 1.414_213_562_373_095_1 {
            m /= 2
            k += 1
        }
        let z = (m - 1) / (m + 1)
        let zz = z * z
        var power = z
        var sum = 0.0
        var n = 1.0
        while n < 20 {
            sum += power / n
            power *= zz
            n += 2
        }
        return 2 * sum + k * ln2
    }
}

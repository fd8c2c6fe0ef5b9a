/// Which sensors of a group reported: a bit a sensor, the first 64 inline. Merging is a bitwise or.
public struct SensorSet: Sendable, Hashable {
    @usableFromInline var first: UInt64 = 0
    @usableFromInline var rest: [UInt64] = []

    public init() {}

    @inlinable
    public mutating func insert(_ ordinal: Int) {
        if ordinal < 64 { first |= 1 &<< UInt64(ordinal) } else { insertFar(ordinal) }
    }

    @usableFromInline @inline(never)
    mutating func insertFar(_ ordinal: Int) {
        let word = ordinal / 64 - 1
        while rest.count <= word { rest.append(0) }
        rest[word] |= 1 << UInt64(ordinal % 64)
    }

    public func contains(_ ordinal: Int) -> Bool {
        if ordinal < 64 { return first & 1 << UInt64(ordinal) != 0 }
        let word = ordinal / 64 - 1
        return word < rest.count && rest[word] & 1 << UInt64(ordinal % 64) != 0
    }

    public mutating func merge(_ other: SensorSet) {
        first |= other.first
        while rest.count < other.rest.count { rest.append(0) }
        for i in other.rest.indices { rest[i] |= other.rest[i] }
    }

    public var count: Int { rest.reduce(first.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }
    /// Words in order; trailing ones are never zero.
    public var words: [UInt64] { rest.isEmpty ? [first] : [first] + rest }
    init(words: [UInt64]) {
        first = words.first ?? 0
        rest = Array(words.dropFirst())
    }
}

/// The bytes that go from an edge to the centre: the same content as the canonical bytes, a quarter of their size.
///
/// Small panes are the rule, so what follows from other members is left out: of equal readings all but one, of a sum what
/// lies above count x min. Numbers are LEB128; values are divided by the largest power of ten that divides all of them.
extension Aggregate {
    private struct Flags: OptionSet {
        var rawValue: UInt8
        static let empty = Flags(rawValue: 1)
        /// All readings have one value.
        static let equal = Flags(rawValue: 2)
        static let late = Flags(rawValue: 4)
        static let histogram = Flags(rawValue: 8)
        /// The histogram is `count` readings of the one value.
        static let plainHistogram = Flags(rawValue: 16)
        static let exact = Flags(rawValue: 32)
        static let registers = Flags(rawValue: 64)
        /// More than 64 sensors.
        static let words = Flags(rawValue: 128)
    }
    private static let largestScale = 6

    /// - Parameter start: of the pane or session, ms: the newest reading's time is told from there.
    public func appendCompact(to out: inout [UInt8], start: Int64) {
        var flags: Flags = []
        let n = Int128(count)
        let equal = count > 0 && min == max && sum == n &* Int128(min) && lastValue == min
            && squares == n &* Int128(min) &* Int128(min)
        if count == 0 { flags.insert(.empty) } else if equal { flags.insert(.equal) }
        if late != 0 { flags.insert(.late) }
        let entries = histogram.entries
        let plain = equal && entries.count == 1 && Int64(entries[0].count) == count
            && entries[0].bucket == Histogram.bucket(of: min)
        if plain { flags.insert(.plainHistogram) } else if !entries.isEmpty { flags.insert(.histogram) }
        if !distinct.exact.isEmpty { flags.insert(.exact) }
        if !distinct.registers.isEmpty { flags.insert(.registers) }
        let words = sensors.words
        if words.count > 1 { flags.insert(.words) }
        out.append(flags.rawValue)
        if count > 0 { appendNumbers(&out, equal: equal) }
        if late != 0 { out.appendVarint(UInt64(bitPattern: late)) }
        // Late events alone have no newest reading.
        if count > 0 { out.appendZigzag(lastTime &- start) }
        if words.count > 1 { out.appendVarint(UInt64(words.count)) }
        for w in words { out.appendVarint(w) }
        if flags.contains(.histogram) {
            out.appendVarint(UInt64(entries.count))
            var before: Int64 = 0
            for e in entries {
                out.appendZigzag(Int64(e.bucket) - before)
                out.appendVarint(UInt64(e.count))
                before = Int64(e.bucket)
            }
        }
        if flags.contains(.exact) {
            out.appendVarint(UInt64(distinct.exact.count))
            // Hashes: there is nothing to save.
            for d in distinct.exact { out.appendInteger(d) }
        }
        if flags.contains(.registers) { out += distinct.registers }
    }

    /// In units of the scale: min, then largest, newest and sum above it, and the squares of what lies above it.
    private func appendNumbers(_ out: inout [UInt8], equal: Bool) {
        let (n, low) = (Int128(count), Int128(min))
        let above = UInt128(bitPattern: sum &- n &* low)
        let spread = UInt128(bitPattern: squares &- 2 &* low &* sum &+ n &* low &* low)
        let (top, last) = (UInt64(bitPattern: max &- min), UInt64(bitPattern: lastValue &- min))
        var scale = 0
        var unit: Int64 = 1
        while scale < Self.largestScale {
            let u = unit * 10
            guard min % u == 0, equal || (top % UInt64(u) == 0 && last % UInt64(u) == 0 && above % UInt128(u) == 0
                && spread % (UInt128(u) * UInt128(u)) == 0)
            else { break }
            (unit, scale) = (u, scale + 1)
        }
        out.appendVarint(UInt64(bitPattern: count))
        out.append(UInt8(scale))
        out.appendZigzag(min / unit)
        guard !equal else { return }
        out.appendVarint(top / UInt64(unit))
        out.appendVarint(last / UInt64(unit))
        out.appendVarint(above / UInt128(unit))
        out.appendVarint(spread / (UInt128(unit) * UInt128(unit)))
    }

    /// Nil where the bytes are not what `appendCompact` writes.
    public init?(compact r: inout ByteReader, start: Int64) {
        guard let raw = r.integer(UInt8.self) else { return nil }
        let flags = Flags(rawValue: raw)
        self.init()
        if !flags.contains(.empty) {
            guard readNumbers(&r, equal: flags.contains(.equal)) else { return nil }
        }
        if flags.contains(.late) {
            guard let l = r.varint(UInt64.self) else { return nil }
            late = Int64(bitPattern: l)
        }
        if !flags.contains(.empty) {
            guard let after = r.zigzag() else { return nil }
            lastTime = start &+ after
        }
        guard let words = flags.contains(.words) ? r.count() : 1, words <= 1 << 16 else { return nil }
        var set: [UInt64] = []
        for _ in 0..<words {
            guard let w = r.varint(UInt64.self) else { return nil }
            set.append(w)
        }
        sensors = SensorSet(words: set)
        if flags.contains(.plainHistogram) {
            guard flags.contains(.equal), let c = UInt32(exactly: count) else { return nil }
            histogram.addEntry(Histogram.bucket(of: min), c)
        } else if flags.contains(.histogram) {
            guard readHistogram(&r) else { return nil }
        }
        if flags.contains(.exact) || flags.contains(.registers) {
            var (exact, registers): ([UInt64], [UInt8]) = ([], [])
            if flags.contains(.exact) {
                guard let n = r.count(), n <= DistinctCount.exactLimit else { return nil }
                for _ in 0..<n {
                    guard let d = r.integer(UInt64.self) else { return nil }
                    exact.append(d)
                }
            }
            if flags.contains(.registers) {
                guard let b = r.bytes(1 << Int(DistinctCount.precision)) else { return nil }
                registers = b
            }
            distinct = DistinctCount(exact: exact, registers: registers)
        }
        // What holds of stored partials must hold of these.
        var bytes: [UInt8] = []
        append(to: &bytes)
        guard let sound = Aggregate(bytes) else { return nil }
        self = sound
    }

    private mutating func readNumbers(_ r: inout ByteReader, equal: Bool) -> Bool {
        guard let c = r.varint(UInt64.self), let scale = r.integer(UInt8.self), scale <= Self.largestScale,
            let low = r.zigzag()
        else { return false }
        var unit: Int64 = 1
        for _ in 0..<scale { unit *= 10 }
        count = Int64(bitPattern: c)
        min = low &* unit
        let (n, wide) = (Int128(count), Int128(min))
        if equal {
            (max, lastValue) = (min, min)
            (sum, squares) = (n &* wide, n &* wide &* wide)
            return true
        }
        guard let top = r.varint(UInt64.self), let last = r.varint(UInt64.self), let above = r.varint(UInt128.self),
            let spread = r.varint(UInt128.self)
        else { return false }
        max = min &+ Int64(bitPattern: top &* UInt64(unit))
        lastValue = min &+ Int64(bitPattern: last &* UInt64(unit))
        sum = Int128(bitPattern: above &* UInt128(unit)) &+ n &* wide
        squares = Int128(bitPattern: spread &* UInt128(unit) &* UInt128(unit)) &+ 2 &* wide &* sum &- n &* wide &* wide
        return true
    }

    private mutating func readHistogram(_ r: inout ByteReader) -> Bool {
        guard let n = r.count() else { return false }
        var bucket: Int64 = 0
        var isFirst = true
        for _ in 0..<n {
            guard let step = r.zigzag(), isFirst || step > 0, let c = r.varint(UInt64.self),
                let few = UInt32(exactly: c), few > 0
            else { return false }
            bucket = bucket &+ step
            // As in the canonical bytes: no other value has a bucket.
            guard bucket >= -8192, bucket < 8192 else { return false }
            histogram.addEntry(Int32(bucket), few)
            isFirst = false
        }
        return true
    }

    /// Of two states of one cell of one partition: this one has counted more. A cell only ever grows, by count, late
    /// events or identities, so what is not newer is the same or older.
    public func isNewer(than other: Aggregate) -> Bool {
        (count, late, distinct.weight) > (other.count, other.late, other.distinct.weight)
    }
}

extension DistinctCount {
    /// Grows with every new identity that changes the count's state.
    var weight: Int {
        registers.isEmpty ? exact.count : Self.exactLimit + 1 + registers.reduce(0) { $0 + Int($1) }
    }
}

extension [UInt8] {
    /// LEB128: seven bits a byte, the lowest first.
    public mutating func appendVarint<T: UnsignedInteger & FixedWidthInteger>(_ v: T) {
        var v = v
        while v >= 128 {
            append(UInt8(truncatingIfNeeded: v) | 128)
            v >>= 7
        }
        append(UInt8(truncatingIfNeeded: v))
    }
    /// Small numbers of either sign in few bytes.
    public mutating func appendZigzag(_ v: Int64) { appendVarint(UInt64(bitPattern: (v &<< 1) ^ (v >> 63))) }
}

extension ByteReader {
    public mutating func varint<T: UnsignedInteger & FixedWidthInteger>(_ type: T.Type) -> T? {
        var out: T = 0
        var shift = 0
        while let b = integer(UInt8.self) {
            let part = T(truncatingIfNeeded: b & 127)
            guard shift < T.bitWidth, (part << T(shift)) >> T(shift) == part else { return nil }
            out |= part << T(shift)
            if b < 128 { return out }
            shift += 7
        }
        return nil
    }
    public mutating func zigzag() -> Int64? {
        varint(UInt64.self).map { Int64(bitPattern: ($0 >> 1) ^ (0 &- ($0 & 1))) }
    }
    /// How many items follow, each of at least a byte; nil where there cannot be so many.
    public mutating func count() -> Int? { varint(UInt64.self).flatMap { $0 <= UInt64(left) ? Int($0) : nil } }
}

extension CitySimulator {
    /// Makes room for `n` bytes in the scratch buffer.
    @inline(__always) mutating func reserve(_ n: Int) {
        if scratch.count < n { scratch = [UInt8](repeating: 0, count: n + n / 2) }
    }

    /// Writes a Kapok JSON reading into the scratch buffer.
    /// - Parameter valueMs: when its value was measured: long ago where it is stuck.
    /// - Returns: its length.
    @inline(__always) mutating func writeReading(
        _ s: Source, _ i: Int, _ ordinal: Int64, _ eventMs: Int64, _ valueMs: Int64, _ sentMs: Int64, _ o: StreetState,
        _ r: inout SplitMix
    ) -> Int {
        let own = s.group != 0 ? grouped(s, o, valueMs) : s.placeDevice != 0 ? passed(s, o, valueMs, &r) : nil
        let model = own ?? Signals.value(s, o, valueMs, &r)
        var steps = ((model + s.shift) * s.scale + s.offset).rounded()
        if s.spike > 0 { steps = spiked(steps, s, ordinal) }
        let value = min(s.high, max(s.low, Int64(max(-9e17, min(9e17, steps)))))
        let quality = 90 + Int64(r.next() % 10)
        reserve(s.head.count + s.middle.count + config.padTo + 256)
        let (run, padTo, withTime) = (run, config.padTo, config.includeRecordTime)
        return sources.bytes.withUnsafeBufferPointer { constant in
            scratch.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return 0 }
                var w = ByteWriter(base)
                w.text("{\"id\":\"")
                w.eventID(run, i, ordinal)
                w.bytes(constant, s.head)
                w.fixed(value, s.decimals)
                w.bytes(constant, s.middle)
                stamp.write(eventMs + s.skewMs, &w)
                if s.lane > 0 {
                    w.text("\",\"lane\":")
                    w.integer(Int64(s.lane))
                    w.text(",\"q\":0.")
                } else {
                    w.text("\",\"q\":0.")
                }
                w.integer(quality)
                if withTime { w.recordTime(sentMs) }
                if w.count + 10 <= padTo {
                    w.text(",\"fw\":\"")
                    while w.count + 2 < padTo { w.byte(48 + UInt8(truncatingIfNeeded: w.count % 10)) }
                    w.byte(34)
                }
                w.byte(125)
                return w.count
            }
        }
    }

    /// A value beyond the contract's range, as the sensor would write it.
    func tooMuch(_ s: Source) -> [UInt8] {
        var steps = 1.0
        for _ in 0..<s.decimals { steps *= 10 }
        let v = min(9e15, (Double(s.high) / steps).magnitude * 10 + 1000)
        return Array(String(Int64(v)).utf8)
    }
}

extension ByteWriter {
    /// A UUID (version 8) of run, source and ordinal, so that no two events of a run share one.
    @inline(__always) mutating func eventID(_ run: UInt64, _ source: Int, _ ordinal: Int64) {
        hex(run, 8)
        byte(45)
        hex(UInt64(source) >> 4, 4)
        text("-8")
        hex(UInt64(source) & 15, 1)
        hex(run >> 32, 2)
        text("-a")
        hex(run >> 40, 3)
        byte(45)
        hex(UInt64(bitPattern: ordinal), 12)
    }

    @inline(__always) mutating func recordTime(_ ms: Int64) {
        text(",\"_ts\":")
        integer(ms)
    }
}

import CityModel

extension Summary {
    /// Appends the summary as one JSON object with sorted keys, as `JSONEncoder` would write it; an absent value has no
    /// key. Written by hand: a hub writes hundreds of thousands of these when it catches up.
    public func appendJSON(to out: inout [UInt8]) {
        out.append(0x7b)
        if let certainty {
            out.key("certainty", first: true)
            out.text(certainty.rawValue)
        }
        out.key("count", first: certainty == nil)
        out.number(count)
        if let coverage {
            out.key("coverage")
            out.number(coverage)
        }
        out.key("digest")
        out.text(digest)
        out.key("end")
        out.text(end.rfc3339)
        if let evidence {
            out.key("evidence")
            evidence.appendJSON(to: &out)
        }
        out.key("expected")
        out.number(expected)
        if let findings {
            out.key("findings")
            findings.appendJSON(to: &out)
        }
        if let flagged {
            out.key("flagged")
            out.number(flagged)
        }
        out.key("late")
        out.number(late)
        out.key("level")
        out.text(level.rawValue)
        out.key("measure")
        out.text(measure)
        out.key("place")
        out.text(place)
        if let quality {
            out.key("quality")
            out.number(quality)
        }
        out.key("reporting")
        out.number(reporting)
        out.key("revision")
        out.number(revision)
        out.key("severity")
        out.text(severity.rawValue)
        out.key("start")
        out.text(start.rfc3339)
        out.key("status")
        out.text(status.rawValue)
        out.key("theme")
        out.text(theme)
        out.key("unit")
        out.text(unit)
        if let value {
            out.key("value")
            out.number(value)
        }
        out.key("values")
        out.append(0x7b)
        var first = true
        for (name, v) in values.sorted(by: { $0.key < $1.key }) where v.isFinite {
            out.key(name, first: first)
            out.number(v)
            first = false
        }
        out.append(0x7d)
        out.key("window")
        out.text(window)
        out.append(0x7d)
    }
}

extension Evidence {
    /// As `JSONEncoder` with sorted keys would.
    public func appendJSON(to out: inout [UInt8]) {
        out.append(0x7b)
        if let leading {
            out.key("leading", first: true)
            out.text(leading)
        }
        if let level {
            out.key("level", first: leading == nil)
            out.text(level.rawValue)
        }
        out.key("parts", first: leading == nil && level == nil)
        out.list(parts) { p, out in
            out.append(0x7b)
            out.key("measure", first: true)
            out.text(p.measure)
            if let quality = p.quality {
                out.key("quality")
                out.number(quality)
            }
            if let source = p.source {
                out.key("source")
                out.text(source)
            }
            if let support = p.support {
                out.key("support")
                out.number(support)
            }
            out.key("unit")
            out.text(p.unit)
            if let value = p.value {
                out.key("value")
                out.number(value)
            }
            out.append(0x7d)
        }
        if let place {
            out.key("place")
            out.text(place)
        }
        out.append(0x7d)
    }
}

extension SensorFindings {
    /// As `JSONEncoder` with sorted keys would.
    public func appendJSON(to out: inout [UInt8]) {
        out.append(0x7b)
        out.key("agreements", first: true)
        out.list(agreements) { a, out in
            out.append(0x7b)
            out.key("group", first: true)
            out.text(a.group)
            out.key("members")
            out.list(a.members) { m, out in
                out.append(0x7b)
                out.key("kind", first: true)
                out.text(m.kind)
                out.key("sensor")
                out.text(m.sensor)
                if let v = m.value {
                    out.key("value")
                    out.number(v)
                }
                out.append(0x7d)
            }
            out.key("off")
            out.list(a.off) { $1.text($0) }
            out.key("quantity")
            out.text(a.quantity)
            out.key("status")
            out.text(a.status.rawValue)
            out.key("tolerance")
            out.number(a.tolerance)
            out.append(0x7d)
        }
        out.key("flags")
        out.list(flags) { f, out in
            out.append(0x7b)
            out.key("flag", first: true)
            out.text(f.flag.rawValue)
            out.key("sensor")
            out.text(f.sensor)
            out.key("weight")
            out.number(f.weight)
            out.append(0x7d)
        }
        out.key("silent")
        out.list(silent) { $1.text($0) }
        out.append(0x7d)
    }
}

extension [UInt8] {
    fileprivate mutating func list<T>(_ items: [T], _ each: (T, inout [UInt8]) -> Void) {
        append(0x5b)
        for (i, item) in items.enumerated() {
            if i > 0 { append(0x2c) }
            each(item, &self)
        }
        append(0x5d)
    }

    fileprivate mutating func key(_ name: String, first: Bool = false) {
        if !first { append(0x2c) }
        text(name)
        append(0x3a)
    }

    fileprivate mutating func number(_ v: some BinaryInteger) { append(contentsOf: String(v).utf8) }

    /// The shortest decimal that reads back to the same bits; whole numbers without a fraction.
    fileprivate mutating func number(_ v: Double) {
        if v == v.rounded(), v.magnitude < 1e15 { return number(Int64(v)) }
        append(contentsOf: v.description.utf8)
    }

    fileprivate mutating func text(_ s: String) {
        append(0x22)
        for b in s.utf8 {
            switch b {
            case 0x22, 0x5c:
                append(0x5c)
                append(b)
            case 0..<0x20:
                let hex = Array("0123456789abcdef".utf8)
                append(contentsOf: [0x5c, 0x75, 0x30, 0x30, hex[Int(b >> 4)], hex[Int(b & 15)]])
            default: append(b)
            }
        }
        append(0x22)
    }
}

import Windowing
import Wire

/// The bytes of a record of partials: `KPT` and the format's number, then LEB128 numbers and counted texts. Numbers that
/// grow along a list are told by what they grow.
extension PartialBundle {
    static let magic: [UInt8] = Array("KPT1".utf8)

    public var bytes: [UInt8] {
        var out = Self.magic
        out.reserveCapacity(256 + themes.reduce(0) { $0 + $1.cells.count * 40 })
        out.appendText(edge)
        out.appendVarint(UInt64(bitPattern: run))
        out.appendVarint(UInt64(bitPattern: sequence))
        out.appendText(topic)
        out.appendVarint(UInt64(UInt32(bitPattern: partition)))
        out.append(contract)
        out.append(progress == nil ? 0 : 1)
        if let progress { Self.append(progress, &out) }
        out.appendVarint(UInt64(themes.count))
        for t in themes {
            out.appendText(t.name)
            out.appendZigzag(Int64(t.version))
            out.append(t.fingerprint)
            Self.append(t.cells, &out)
            Self.append(t.sessions, &out)
        }
        out.appendVarint(UInt64(seen.count))
        var before = (row: 0, time: Int64(0))
        for s in seen {
            out.appendVarint(UInt64(s.row - before.row))
            out.appendZigzag(s.time &- before.time)
            before = (s.row, s.time)
        }
        return out
    }

    private static func append(_ p: Progress, _ out: inout [UInt8]) {
        let l = p.ledger
        out.appendZigzag(l.first)
        out.appendZigzag(l.next)
        for n in [l.accepted, l.late, l.duplicate, l.gap] { out.appendVarint(UInt64(bitPattern: n)) }
        out.appendZigzag(p.maxEventTime)
        let dead = DeadLetterReason.allCases.filter { l.dead[Int($0.rawValue)] != 0 }
        out.appendVarint(UInt64(dead.count))
        // By name: another version may have other numbers.
        for reason in dead {
            out.appendText(reason.name)
            out.appendVarint(UInt64(bitPattern: l.dead[Int(reason.rawValue)]))
        }
    }

    /// By scope and start; then street and input.
    private static func append(_ cells: [(cell: PaneCell, aggregate: Aggregate)], _ out: inout [UInt8]) {
        var at = 0
        var start: Int64 = 0
        while at < cells.count {
            let c = cells[at].cell
            let end = cells[at...].firstIndex { $0.cell.scope != c.scope || $0.cell.start != c.start } ?? cells.count
            out.appendVarint(UInt64(end - at))
            out.appendVarint(UInt64(UInt32(bitPattern: c.scope)))
            out.appendZigzag(c.start &- start)
            start = c.start
            var street: Int32 = 0
            for (cell, a) in cells[at..<end] {
                out.appendVarint(UInt64(UInt32(bitPattern: cell.street &- street)))
                out.appendVarint(UInt64(UInt32(bitPattern: cell.input)))
                street = cell.street
                a.appendCompact(to: &out, start: start)
            }
            at = end
        }
        out.appendVarint(UInt64(0))
    }

    private static func append(_ sessions: [(cell: SessionCell, aggregate: Aggregate)], _ out: inout [UInt8]) {
        out.appendVarint(UInt64(sessions.count))
        var start: Int64 = 0
        for (c, a) in sessions {
            out.appendVarint(UInt64(UInt32(bitPattern: c.stream)))
            out.appendVarint(UInt64(UInt32(bitPattern: c.street)))
            out.appendZigzag(c.start &- start)
            start = c.start
            a.appendCompact(to: &out, start: start)
        }
    }

    /// Nil where the bytes are not what `bytes` gives, or hold numbers that no edge can have.
    public init?(_ bytes: [UInt8]) {
        var r = ByteReader(bytes)
        guard r.bytes(4) == Self.magic, let edge = r.text(), EdgeTopic.isEdgeName(edge),
            let run = r.number(), let sequence = r.number(), run > 0, sequence > 0, let topic = r.text(),
            !topic.contains("@"), let p = r.varint(UInt64.self), let partition = Int32(exactly: p),
            let contract = r.fingerprint(), let flag = r.integer(UInt8.self), flag < 2
        else { return nil }
        self.init(edge: edge, run: run, sequence: sequence, topic: topic, partition: partition, contract: contract)
        if flag == 1 {
            guard let p = r.progress() else { return nil }
            progress = p
        }
        guard let n = r.count() else { return nil }
        for _ in 0..<n {
            guard let name = r.text(), let version = r.zigzag(), let fingerprint = r.fingerprint(),
                let cells = r.cells(), let sessions = r.sessions()
            else { return nil }
            var t = Theme(name: name, version: Int(version), fingerprint: fingerprint)
            (t.cells, t.sessions) = (cells, sessions)
            themes.append(t)
        }
        guard let rows = r.count() else { return nil }
        var before = Seen(row: 0, time: 0)
        for _ in 0..<rows {
            guard let step = r.varint(UInt64.self), step < 1 << 31, let after = r.zigzag() else { return nil }
            before = Seen(row: before.row + Int(step), time: before.time &+ after)
            guard before.row < 1 << 31, before.time.magnitude < 1 << 60 else { return nil }
            seen.append(before)
        }
        guard r.atEnd else { return nil }
    }
}

extension [UInt8] {
    fileprivate mutating func appendText(_ s: String) {
        appendVarint(UInt64(s.utf8.count))
        append(contentsOf: s.utf8)
    }
    fileprivate mutating func append(_ f: Fingerprint) {
        appendInteger(f.high)
        appendInteger(f.low)
    }
}

extension ByteReader {
    fileprivate mutating func text() -> String? {
        guard let n = count(), n <= 256, let b = bytes(n) else { return nil }
        return String(validating: b, as: UTF8.self)
    }
    fileprivate mutating func fingerprint() -> Fingerprint? {
        guard let high = integer(UInt64.self), let low = integer(UInt64.self) else { return nil }
        return Fingerprint(high: high, low: low)
    }
    /// A count or offset.
    fileprivate mutating func number() -> Int64? {
        varint(UInt64.self).flatMap { $0 < 1 << 60 ? Int64($0) : nil }
    }
    /// A time.
    fileprivate mutating func time() -> Int64? { zigzag().flatMap { $0.magnitude < 1 << 60 ? $0 : nil } }

    fileprivate mutating func progress() -> PartialBundle.Progress? {
        var l = Ledger()
        guard let first = time(), let next = time(), first >= -1, next >= first, let accepted = number(),
            let late = number(), let duplicate = number(), let gap = number(), let newest = zigzag(),
            newest == .min || newest.magnitude < 1 << 60, let n = count()
        else { return nil }
        (l.first, l.next, l.accepted, l.late, l.duplicate, l.gap) = (first, next, accepted, late, duplicate, gap)
        for _ in 0..<n {
            guard let name = text(), let k = number(),
                let reason = DeadLetterReason.allCases.first(where: { $0.name == name })
            else { return nil }
            l.dead[Int(reason.rawValue)] = k
        }
        guard l.isBalanced else { return nil }
        return .init(ledger: l, maxEventTime: newest)
    }

    fileprivate mutating func cells() -> [(cell: PaneCell, aggregate: Aggregate)]? {
        var out: [(cell: PaneCell, aggregate: Aggregate)] = []
        var start: Int64 = 0
        while let n = count() {
            if n == 0 { return out }
            guard let scope = varint(UInt64.self).flatMap(Int32.init(exactly:)), let after = zigzag() else { return nil }
            start = start &+ after
            guard start.magnitude < 1 << 60 else { return nil }
            var street: Int32 = 0
            for _ in 0..<n {
                guard let step = varint(UInt64.self).flatMap(Int32.init(exactly:)),
                    let input = varint(UInt64.self).flatMap(Int32.init(exactly:)),
                    let a = Aggregate(compact: &self, start: start), a.hasSoundTime
                else { return nil }
                let (s, overflow) = street.addingReportingOverflow(step)
                guard !overflow else { return nil }
                street = s
                out.append((PaneCell(scope: scope, start: start, street: street, input: input), a))
            }
        }
        return nil
    }

    fileprivate mutating func sessions() -> [(cell: SessionCell, aggregate: Aggregate)]? {
        guard let n = count() else { return nil }
        var out: [(cell: SessionCell, aggregate: Aggregate)] = []
        var start: Int64 = 0
        for _ in 0..<n {
            guard let stream = varint(UInt64.self).flatMap(Int32.init(exactly:)),
                let street = varint(UInt64.self).flatMap(Int32.init(exactly:)), let after = zigzag()
            else { return nil }
            start = start &+ after
            guard start.magnitude < 1 << 60, let a = Aggregate(compact: &self, start: start), a.hasSoundTime,
                a.count > 0, a.lastTime >= start
            else { return nil }
            out.append((SessionCell(stream: stream, street: street, start: start), a))
        }
        return out
    }
}

extension Aggregate {
    fileprivate var hasSoundTime: Bool { count == 0 || lastTime.magnitude < 1 << 60 }
}

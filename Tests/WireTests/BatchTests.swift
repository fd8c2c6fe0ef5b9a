import CityModel
import Testing
import TestSupport
import Wire

@Suite struct BatchTests {
    func append(_ batch: RecordBatch, _ bytes: [UInt8], _ offset: Int64 = 0) -> Bool {
        bytes.withUnsafeBytes { batch.append($0.baseAddress, $0.count, .init(offset: offset)) }
    }

    @Test func `a batch is full by count`() {
        let batch = RecordBatch(limit: 3, capacity: 1000)
        #expect((0..<5).map { append(batch, [1, 2], Int64($0)) } == [true, true, true, false, false])
        #expect(batch.count == 3 && batch.metas.map(\.offset) == [0, 1, 2])
        batch.removeAll()
        #expect(batch.isEmpty && append(batch, [9]) && batch.bytes(0) == [9])
    }

    @Test func `a batch is full by bytes`() {
        let batch = RecordBatch(limit: 100, capacity: 10)
        #expect([4, 5, 1, 0].map { append(batch, Array(repeating: 7, count: $0)) } == [true, true, false, true])
        #expect((0..<3).map { batch.bytes($0).count } == [4, 5, 0])
    }

    @Test func `a record larger than the buffer is copied, and parsed where the contract allows it`() throws {
        let wire = try Wireman()
        let batch = RecordBatch(limit: 4, capacity: 16)
        do {
            var record = Array(reading().utf8)
            #expect(append(batch, record))
            for i in record.indices { record[i] = 0 }
        }
        #expect(append(batch, Array("{}".utf8)))
        #expect(batch.bytes(0) == Array(reading().utf8))
        var out = DecodedBatch()
        wire.decoder.decode(batch, into: &out)
        #expect(out.verdicts.map(\.reason) == [nil, .missingField])
        #expect(out.observations.map(\.value) == [37_500_000])
    }

    @Test func `lending is full by count, never by bytes`() {
        let batch = RecordBatch(limit: 3, capacity: 4)
        let broken = Array(repeating: UInt8(ascii: "x"), count: 100)
        broken.withUnsafeBytes { b in
            let taken = (0..<5).map { batch.lend(b.baseAddress, 100, .init(offset: Int64($0))) }
            #expect(taken == [true, true, true, false, false])
            #expect((0..<3).allSatisfy { batch.bytes($0) == broken })
        }
        batch.removeAll()
        #expect(batch.lend(nil, 0, .init(offset: 9)) && batch.bytes(0).isEmpty)
    }

    @Test func `an empty batch decodes to nothing`() throws {
        let out = try Wireman().decode([])
        #expect(out.verdicts.isEmpty && out.observations.isEmpty)
    }
}

/// What must hold for any bytes whatever.
@Suite struct FuzzTests {
    static let seeds = ReadingTests.dead.map(\.record) + VideoTests.dead.map(\.record)
        + [
            reading(), reading(["_ts": "-9223372036854775807"]), reading(["id": "\"\\u7ca4\""]), minimal([]),
            minimal(["1|1|1|1|1|person", "2|1|1|1|1|Car"]), full("2", "person"),
            full("1", "vehicle", "{\"license\":\"\\u7ca4A\"}"),
        ]

    func mutated(_ rng: inout SplitMix64) -> [UInt8] {
        // The sound ones, at the end, more often.
        let pick = Int.random(in: 0..<(Self.seeds.count + 14), using: &rng)
        let seed = pick < Self.seeds.count ? pick : Self.seeds.count - 1 - pick % 7
        var b = Array(Self.seeds[seed].utf8)
        let marks = Array("{}[]\",:\\0-.eE|\n\0".utf8) + [0xff, 0xc3]
        for _ in 0..<Int.random(in: 0...3, using: &rng) {
            let at = Int.random(in: 0...b.count, using: &rng)
            switch Int.random(in: 0..<6, using: &rng) {
            case 0 where at < b.count: b[at] = UInt8.random(in: 0...255, using: &rng)
            case 1 where at < b.count: b[at] = marks[Int.random(in: 0..<marks.count, using: &rng)]
            case 2: b.insert(marks[Int.random(in: 0..<marks.count, using: &rng)], at: at)
            case 3 where at < b.count: b.removeSubrange(at..<min(b.count, at + Int.random(in: 1...9, using: &rng)))
            case 4: b.removeSubrange(at...)
            default: b.insert(contentsOf: b.suffix(Int.random(in: 0...20, using: &rng)), at: at)
            }
        }
        return b
    }

    @Test(arguments: ["sensor-readings", "video"], [3, 4] as [UInt64])
    func `records lent where they lie, whatever lies behind them, give the verdicts of copied ones`(
        contract: String, seed: UInt64
    ) throws {
        var rng = SplitMix64(state: seed)
        let (copied, lent) = (try Wireman(contract), try Wireman(contract))
        let page = 4096
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 * page, alignment: page)
        defer { memory.deallocate() }
        for _ in 0..<200 {
            let records = (0..<Int.random(in: 1...110, using: &rng)).map { _ in mutated(&rng) }
            for i in memory.indices { memory[i] = UInt8(truncatingIfNeeded: rng.state &>> UInt64(i % 56)) }
            let batch = RecordBatch(limit: records.count, capacity: 1000)
            var at = Int.random(in: 0..<page, using: &rng)
            for (i, r) in records.enumerated() {
                memory[at..<(at + r.count)].copyBytes(from: r)
                #expect(batch.lend(memory.baseAddress.map { $0 + at }, r.count, .init(offset: Int64(i))))
                at += r.count
                if Bool.random(using: &rng) {
                    memory[at] = 0
                    at += 1
                }
            }
            var out = DecodedBatch()
            lent.decoder.decode(batch, into: &out)
            let other = copied.decode(records)
            #expect(out.verdicts.map(\.reason) == other.verdicts.map(\.reason))
            #expect(out.verdicts.map(\.time) == other.verdicts.map(\.time))
            #expect(out.verdicts.map(\.eventID) == other.verdicts.map(\.eventID))
            #expect(
                (0..<records.count).map { lent.decoder.detail(out.verdicts[$0], offset: 0) }
                    == (0..<records.count).map { copied.decoder.detail(other.verdicts[$0], offset: 0) })
            #expect(out.observations.map(\.value) == other.observations.map(\.value))
            #expect(out.observations.map(\.identity) == other.observations.map(\.identity))
        }
    }

    @Test(arguments: ["sensor-readings", "video"], [1, 2] as [UInt64])
    func `mutated records give one verdict each, the same in any batch`(contract: String, seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let (one, many) = (try Wireman(contract), try Wireman(contract))
        var good = 0
        for _ in 0..<100 {
            let records = (0..<Int.random(in: 1...110, using: &rng)).map { _ in mutated(&rng) }
            let together = many.decode(records)
            #expect(together.verdicts.count == records.count)
            for (i, r) in records.enumerated() {
                let alone = one.decode([r])
                let (a, b) = (alone.verdicts[0], together.verdicts[i])
                #expect(
                    a.reason == b.reason && a.time == b.time && a.eventID == b.eventID && a.isFragment == b.isFragment,
                    "\(String(describing: a.reason)) alone: \(String(decoding: r, as: UTF8.self))")
                guard a.reason == nil, b.reason == nil else { continue }
                good += 1
                let (x, y) = (alone.observations, together.observations[Int(b.first)..<Int(b.first + b.count)])
                #expect(x.map(\.time) == y.map(\.time) && x.map(\.value) == y.map(\.value))
                #expect(x.map(\.source) == y.map(\.source) && x.map(\.identity) == y.map(\.identity))
                #expect(y.allSatisfy { $0.record == Int32(i) })
            }
        }
        #expect(good > 50)
    }
}

import Foundation
import HubAPI
import Pipeline
import Testing
import TestSupport

/// The pipeline over a file's lines.
@Suite struct FilePipelineTests {
    func run(_ lines: [String], batchSize: Int, _ city: TinyCity) throws -> [Summary] {
        var out: [Summary] = []
        let p = FilePipeline(
            try city.contract("sensor-readings"), themes: city.catalogue.themes, catalogue: city.catalogue,
            pseudonym: nil, batchSize: batchSize, summaries: { out += $0 }, deadLetters: { _, _, _, _ in })
        let text = Data((lines.joined(separator: "\n") + "\n").utf8) + Data(repeating: 10, count: 64)
        try text.withUnsafeBytes { bytes in
            var start = 0
            for l in lines {
                let n = l.utf8.count
                try p.feed(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + n)]))
                start += n + 1
            }
            try p.finish()
        }
        #expect(p.processor.ledger.isBalanced && p.lines == Int64(lines.count))
        return out
    }

    /// A sparse stream: a reading every minute or so, some out of order or late, with holes of hours.
    func lines(_ n: Int, _ rng: inout SplitMix64) -> [String] {
        var at: Int64 = 0
        return (0..<n).map { _ in
            at += Int64.random(in: 0...150_000, using: &rng)
            if Int.random(in: 0..<40, using: &rng) == 0 { at += Int64.random(in: 0...4 * 3_600_000, using: &rng) }
            let back = Int.random(in: 0..<4, using: &rng) == 0 ? Int64.random(in: 0...240_000, using: &rng) : 0
            return reading(["loop-1", "fcd-1"][Int.random(in: 0...1, using: &rng)], 30_000_000, at: at - back)
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func `the same summaries come out in the same order for every batch size`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let all = lines(300, &rng)
        // Few measures, so that a window is a few rows.
        let theme = (TinyCity.files["themes/city.yaml"] ?? "").components(separatedBy: "  flow:")[0]
        let city = try TinyCity(["themes/city.yaml": theme])
        let one = try run(all, batchSize: 1, city)
        for size in [2, 7, 1024] { #expect(try run(all, batchSize: size, city) == one, "batch size \(size)") }
        // Each window once, and the same content that the hub shows in the end.
        #expect(Set(one.map(MiniHub.key)).count == one.count)
        let hub = try MiniHub(city, partitions: ["sensor-readings"])
        hub.feed(0, all)
        hub.commit(to: eight + 1_000 * 60 * minute)
        let shown = one.filter { $0.count > 0 }
        #expect(shown.count == hub.view.values.count { $0.count > 0 })
        for s in shown { #expect(hub.view[MiniHub.key(s)]?.digest == s.digest) }
    }

    @Test func `a stream of nothing gives nothing`() throws {
        let city = try TinyCity()
        #expect(try run([], batchSize: 4, city).isEmpty)
        #expect(try run(["x", ""], batchSize: 4, city).isEmpty)
    }
}

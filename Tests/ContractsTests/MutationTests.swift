import Contracts
import Foundation
import TestSupport
import Testing

@Suite struct MutationTests {
    static let folders = ["inputs", "themes", "outputs", "places", "sensors", "jurisdictions"]

    /// The shipped files, tables cut to their first rows to keep a round short.
    static func shipped() throws -> [(path: String, data: Data)] {
        let city = try Data(contentsOf: URL(filePath: "\(Repo.topics)/city.yaml"))
        return try [("city.yaml", city)] + folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: "\(Repo.topics)/\(folder)").sorted().map { name in
                let data = try Data(contentsOf: URL(filePath: "\(Repo.topics)/\(folder)/\(name)"))
                return ("\(folder)/\(name)", folder == "sensors" ? data.prefix(1200) : data)
            }
        }
    }

    static func mutate(_ data: Data, _ g: inout SplitMix64) -> Data {
        var b = [UInt8](data)
        let special = Array("\n\t :,-[]{}&*!|>'\"%@`#?~0\u{0}".utf8) + [0xFF, 0xC3, 0x0D]
        for _ in 0..<Int.random(in: 1...4, using: &g) where !b.isEmpty {
            let i = Int.random(in: 0..<b.count, using: &g)
            switch Int.random(in: 0..<6, using: &g) {
            case 0: b[i] = UInt8.random(in: 0...255, using: &g)
            case 1: b[i] = special[Int.random(in: 0..<special.count, using: &g)]
            case 2: b.remove(at: i)
            case 3: b.insert(special[Int.random(in: 0..<special.count, using: &g)], at: i)
            case 4: b.insert(contentsOf: b[i..<min(b.count, i + 40)], at: Int.random(in: 0...b.count, using: &g))
            default: b.removeSubrange(i..<min(b.count, i + 40))
            }
        }
        if Int.random(in: 0..<8, using: &g) == 0 { b.removeLast(Int.random(in: 0...b.count, using: &g)) }
        return Data(b)
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `mutated files never crash the loader, and every problem names a line of a file`(seed: UInt64) throws {
        var g = SplitMix64(state: seed)
        let files = try Self.shipped()
        let fixture = try TopicsFixture(TopicsFixture.files.mapValues { _ in nil })
        for f in files { try fixture.write(f.path, f.data) }
        for f in files {
            let broken = Self.mutate(f.data, &g)
            try fixture.write(f.path, broken)
            let lines = files.map { f2 in (f2.path == f.path ? broken : f2.data).count { $0 == 10 } + 1 }.max() ?? 0
            for p in Catalogue.check(fixture.root) {
                #expect(p.file.hasPrefix(fixture.root) && (1...lines).contains(p.line), "seed \(seed): \(p)")
            }
            try fixture.write(f.path, f.data)
        }
    }
}

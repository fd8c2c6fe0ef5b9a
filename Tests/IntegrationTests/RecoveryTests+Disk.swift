import Foundation
import HubAPI
import TestSupport
import Testing

/// A small file system of its own, which can be filled and made larger. Needs root.
final class SmallDisk {
    let folder: TempFolder

    static let isPossible: Bool = (try? SmallDisk(megabytes: 1)) != nil

    init(megabytes: Int) throws {
        folder = try TempFolder("kapok-disk")
        try Self.run(["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder.url.path])
    }
    deinit { try? Self.run(["umount", "-l", folder.url.path]) }

    func grow(megabytes: Int) throws { try Self.run(["mount", "-o", "remount,size=\(megabytes)m", folder.url.path]) }

    private static func run(_ arguments: [String]) throws {
        let p = Process()
        p.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        p.arguments = arguments
        p.standardOutput = FileHandle.nullDevice
        p.standardError = FileHandle.nullDevice
        try p.run()
        p.waitUntilExit()
        guard p.terminationStatus == 0 else { throw KapokProcess.NoSuccess(arguments.joined(separator: " ")) }
    }
}

/// The database's disk is full, or its file damaged.
@Suite(.enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct DiskRecoveryTests {
    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to mount a small file system"))
    func `a full disk stops the hub with a clear word, and nothing is lost when there is space again`() throws {
        let stream = try TinyStream(seed: 17)
        let disk = try SmallDisk(megabytes: 2)
        let db = disk.folder.file("hub.db")
        let hub = try stream.hub("hub", db: db)
        try stream.sendRest()
        func expectFull(_ hub: RunningHub) throws {
            let end = try hub.process.wait(seconds: 60)
            #expect(end.exitCode == 1)
            #expect(end.errors.contains("kapok: disk-full: \(db.path)"), "\(end.errors.suffix(2000))")
            #expect(end.errors.contains("Free space and start the hub again: nothing is lost"))
        }
        try expectFull(hub)
        // Nothing was freed: the next one cannot go far either, and says the same.
        try expectFull(try stream.hub("hub", db: db))
        try disk.grow(megabytes: 64)
        let again = try stream.hub("hub", db: db)
        try stream.close()
        try stream.finish(again)
        try stream.expectCleanRun(db)
    }

    @Test func `a damaged database is refused, and what the hub then advises rebuilds it from Kafka`() throws {
        let stream = try TinyStream(seed: 18, minutes: 6)
        // A name of its own in the group: that of the database goes with it, and this broker waits for ever for a member
        // that does not come back.
        func start() throws -> RunningHub { try stream.hub("hub", more: ["--group-instance", "hub-1"]) }
        let hub = try start()
        try stream.sendRest()
        try stream.close()
        try stream.finish(hub)
        let db = stream.db("hub")
        let whole = try Data(contentsOf: db)
        let pages = Pages(whole)
        var random = SplitMix64(state: 3)
        var places: [(what: String, at: Range<Int>)] = [("header", 0..<16), ("schema", 100..<108)]
        for kind in [Pages.Kind.table, .index] {
            // Their heads and tables of contents, where damage is none to a value alone.
            let all = pages.leaves(kind)
            #expect(!all.isEmpty)
            for _ in 0..<3 {
                guard let page = all.randomElement(using: &random) else { continue }
                places.append(("\(kind) page at \(page)", page..<page + 8))
                places.append(("\(kind) page at \(page), its cells", page + 8..<page + 12))
            }
        }
        for place in places {
            var damaged = whole
            for i in place.at { damaged[i] ^= 0xa5 }
            try damaged.write(to: db)
            let end = try start().process.wait(seconds: 60)
            #expect(end.exitCode == 1, "\(place.what)")
            #expect(end.errors.contains("kapok: database-corrupt: \(db.path)"), "\(place.what): \(end.errors.suffix(600))")
            #expect(!end.errors.contains("partition assigned"), "\(place.what): it must not begin")
        }
        // The advice, to the letter.
        let end = try start().process.wait()
        let advice = try #require(end.errors.split(separator: "\n").last { $0.contains("database-corrupt") })
        #expect(advice.contains("Rebuild it from Kafka: move \(db.path), \(db.path)-wal and \(db.path)-shm away"))
        #expect(advice.contains("start the hub again"))
        for suffix in ["", "-wal", "-shm"] {
            let file = db.path + suffix
            guard FileManager.default.fileExists(atPath: file) else { continue }
            try FileManager.default.moveItem(atPath: file, toPath: stream.broker.folder.file("away\(suffix)").path)
        }
        try stream.finish(try start())
        try stream.expectCleanRun(db)
    }

    @Test func `a write-ahead log that a crash has damaged costs commits, which are read again`() throws {
        let stream = try TinyStream(seed: 19, minutes: 6)
        let hub = try stream.hub("hub")
        try stream.sendRest()
        try hub.waitForRecords(stream.sent)
        hub.process.signal(SIGKILL)
        try hub.process.wait()
        let log = URL(fileURLWithPath: stream.db("hub").path + "-wal")
        var bytes = try Data(contentsOf: log)
        #expect(bytes.count > 40_000)
        for i in bytes.count / 2..<bytes.count / 2 + 64 { bytes[i] ^= 0xff }
        try bytes.write(to: log)
        try stream.close()
        try stream.finish(try stream.hub("hub"))
        try stream.expectCleanRun(stream.db("hub"))
    }
}

/// The pages of a SQLite file by what they hold.
private struct Pages {
    enum Kind: UInt8 { case table = 13, index = 10 }
    private let bytes: [UInt8]
    private let size: Int
    init(_ file: Data) {
        bytes = [UInt8](file)
        let n = Int(bytes[16]) << 8 | Int(bytes[17])
        size = n == 1 ? 65_536 : n
    }
    /// Offsets of leaf pages with a few cells, after the first page.
    func leaves(_ kind: Kind) -> [Int] {
        stride(from: size, to: bytes.count, by: size).filter {
            bytes[$0] == kind.rawValue && (Int(bytes[$0 + 3]) << 8 | Int(bytes[$0 + 4])) >= 3
        }
    }
}

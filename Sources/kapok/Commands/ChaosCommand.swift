import ArgumentParser
import CityModel
import Chaos
import Contracts
import Foundation
import LocalBroker

struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos", abstract: "Faults at random on a local broker and hub; proves that nothing is lost or doubled.",
        discussion: """
            Starts a broker, a dirty simulated stream and hubs on this machine's loopback, kills, stops and freezes them, \
            and holds the result against what was sent and against a clean run. Ends by itself, with exit code 1 where \
            anything differs. `make chaos` installs the broker and runs this.
            Example: kapok chaos --seed 7 --minutes 2 --rate 300
            """)

    @OptionGroup var catalogue: CatalogueOptions
    @Option(help: "Seed of the stream and the faults.") var seed: UInt64 = 1
    @Option(help: "How long faults are injected; draining and the clean run come on top.") var minutes = 1.5
    @Option(help: "Records a second.") var rate = 300.0
    @Option(help: "The broker's program.") var broker = ".kapok/venv/bin/noida-db"
    @Option(help: "Folder of data and logs; a new one is made in it.") var dir = ".kapok/chaos"

    func validate() throws {
        guard minutes > 0, minutes <= 600 else { throw ValidationError("--minutes must be above 0, up to 600") }
        guard (1...5000).contains(rate) else { throw ValidationError("--rate must be from 1 to 5000") }
    }

    func run() async throws {
        do { try await chaos() } catch { throw report(error) }
    }

    private func chaos() async throws {
        let c = try catalogue.load()
        let folder = URL(fileURLWithPath: dir).appendingPathComponent("\(seed)-\(UUID().uuidString.prefix(8))")
        do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
            throw KapokError("output", "\(folder.path) cannot be made: \(error.localizedDescription)", mend: "Name another --dir")
        }
        let options = ChaosOptions(
            seed: seed, seconds: minutes * 60, rate: rate, topics: catalogue.topics, catalogue: c,
            program: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath(), broker: URL(fileURLWithPath: broker),
            folder: folder)
        // It blocks: a thread of its own.
        let table = try await withCheckedThrowingContinuation { (done: CheckedContinuation<ChaosTable, any Error>) in
            Thread { done.resume(with: Result { try ChaosRun(options) { fail($0) }.run() }) }.start()
        }
        table.lines.forEach { print($0) }
        guard table.isSound else {
            fail("data and logs: \(folder.path)")
            throw ExitCode(1)
        }
        try? FileManager.default.removeItem(at: folder)
    }
}

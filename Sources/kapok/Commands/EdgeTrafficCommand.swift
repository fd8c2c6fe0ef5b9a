import ArgumentParser
import CityModel
import Contracts
import Foundation

extension EdgeCommand {
    struct Traffic: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure what an edge saves: a simulated city's readings against its partials.",
            discussion: """
                Both are counted as bytes of keys and values, and as bytes that the Kafka client puts on the wire with \
                lz4: readings in batches of a second, partials each bundle by itself. No broker is needed.
                Example: kapok edge traffic --duration 10m
                Example: kapok edge traffic --rate 2000 --interval 60
                """)

        @OptionGroup var catalogue: CatalogueOptions
        @OptionGroup var log: LogOptions
        @Option(help: "Seed of the city.") var seed: UInt64 = 1
        @Option(help: "Events a second; default: the registry's own intervals.") var rate: Double?
        @Option(help: "Event time covered: 90s, 10m, 1h.") var duration = DurationArgument(ms: 600_000)
        @Option(help: "As of kapok edge.") var interval = 10.0
        @Flag(help: "As of kapok edge.") var live = false
        @Option(help: "Language: zh or en; default from LANG.") var lang: Language?

        func validate() throws {
            guard (0.05...3600).contains(interval) else {
                throw ValidationError("--interval must be from 0.05 to 3600 s")
            }
        }

        func run() async throws {
            do { try measure() } catch { throw report(error) }
        }

        private func measure() throws {
            let run = try EdgeTrafficRun(
                try catalogue.load(), seed: seed, rate: rate, durationMs: duration.ms,
                intervalMs: Int64(interval * 1000), live: live, logger: try log.logger("kapok.edge-traffic"))
            let t = try run.measure()
            let zh = (lang ?? .ofLocale) == .zh
            func mega(_ n: Int64) -> String { String(format: "%.2f MB", Double(n) / 1e6) }
            func saved(_ of: Int64, _ n: Int64) -> String { String(format: "%.1f %%", 100 - 100 * Double(n) / Double(max(1, of))) }
            printTable([
                zh ? ["", "条数", "字节", "线上字节 (lz4)"] : ["", "records", "bytes", "on the wire (lz4)"],
                [zh ? "原始读数" : "readings", "\(t.readings)", mega(t.rawBytes), mega(t.rawWire)],
                [zh ? "分量" : "partials", "\(t.bundles)", mega(t.partialBytes), mega(t.partialWire)],
                [zh ? "节省" : "saved", "", saved(t.rawBytes, t.partialBytes), saved(t.rawWire, t.partialWire)],
            ])
        }
    }
}

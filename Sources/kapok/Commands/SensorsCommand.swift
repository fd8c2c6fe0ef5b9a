import ArgumentParser
import CityModel
import Foundation
import HubAPI

struct SensorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensors", abstract: "List a hub's silent sensors, with counts by department and street.",
        discussion: """
            A sensor is stale when it has been silent for more than three of its expected intervals.
            Example: kapok sensors --place 天河区
            Example: kapok sensors --free-flow --place 天河区
            Example: kapok sensors --state fresh --owner "Guangzhou Water Authority" --format json
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Option(help: "The hub's address.") var hub = "http://127.0.0.1:8080"
    @Option(help: "Place, by code or name; default: all.") var place: String?
    @Option(help: "Owner department; default: all.") var owner: String?
    @Option(help: "Reading kind; default: all.") var kind: String?
    @Option(help: "silent (stale or never heard; the default), stale, never, unknown or fresh.") var state: String?
    @Flag(help: "List what was learned of free-flow speeds instead, of all sensors of speed.") var freeFlow = false
    @Option(help: "Most sensors listed.") var limit = 10_000
    @Option(help: "table or json.") var format = Format.table

    func run() async throws {
        do {
            let query = HubReader.query([
                ("place", place), ("owner", owner), ("kind", kind ?? (freeFlow ? "speed" : nil)),
                ("state", state ?? (freeFlow ? nil : "silent")), ("limit", String(limit)),
            ])
            let answer: SensorsResponse = try await HubReader(hub).get("/v1/sensors?\(query)")
            switch format {
            case .json: print(String(decoding: try LineWriter.encoder.encode(answer), as: UTF8.self))
            case .table where freeFlow: showFreeFlow(answer)
            case .table: show(answer)
            }
            if answer.truncated { fail("kapok: more than \(limit) sensors; narrow them, or raise --limit") }
        } catch { throw report(error) }
    }

    private func showFreeFlow(_ a: SensorsResponse) {
        func kmh(_ v: Double?) -> String { v.map { String(format: "%.1f", $0) } ?? "" }
        printTable(
            [["street", "sensor", "in use km/h", "learned", "registry", "readings", "learned since"]]
                + a.sensors.compactMap { s in
                    s.freeFlow.map {
                        [
                            s.street, s.sensor, kmh($0.inUse), kmh($0.learned), kmh($0.registry), String($0.readings),
                            $0.since?.rfc3339 ?? "",
                        ]
                    }
                })
    }

    private func show(_ a: SensorsResponse) {
        printTable(
            [["owner", "fresh", "stale", "never", "unknown"]]
                + a.owners.map {
                    [$0.name, String($0.fresh), String($0.stale), String($0.never), String($0.unknown)]
                })
        print("")
        printTable(
            [["street", "fresh", "stale", "never"]]
                + a.streets.filter { $0.stale + $0.never > 0 }.map {
                    [$0.name, String($0.fresh), String($0.stale), String($0.never)]
                })
        print("")
        printTable(
            [["street", "sensor", "kind", "state", "last seen", "silent s", "interval s", "owner"]]
                + a.sensors.map {
                    [
                        $0.street, $0.sensor, $0.kind, $0.state.rawValue, $0.lastSeen?.rfc3339 ?? "",
                        $0.silentSeconds.map(String.init) ?? "", String($0.intervalSeconds), $0.owner,
                    ]
                })
    }
}

import CityModel
import Contracts
import Foundation
import HubAPI
import KafkaIO
import Store
import TestSupport
import Testing

/// A day of real loop-detector speeds through the real broker and hub, against a plain computation over the file.
@Suite(
    .serialized, .enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"),
    .enabled(if: SharedData.url("traffic/la_speed_mph_5min.csv.gz") != nil, "the real data is not beside the repository"))
struct RealDayTests {
    struct Reading {
        var sensor: String
        var street: String
        var time: EventTime
        var mph: Double
    }
    static let day = EventTime(ms: 1_330_588_800_000)  // 2012-03-01T08:00:00Z, midnight in Los Angeles
    static let steps = 288

    @Test func `every street, district and city mean equals a plain computation, from Kafka and from a file`() throws {
        let shipped = Repo.root.appendingPathComponent("Topics")
        let broker = try TestBroker()
        let folder = broker.folder
        let streets = try String(contentsOf: shipped.appendingPathComponent("places/guangzhou.csv"), encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
            .filter { $0.count > 4 && $0[1] == "street" }
        let table = try gunzip(try #require(SharedData.url("traffic/la_speed_mph_5min.csv.gz")))
            .split(separator: "\n").prefix(Self.steps + 2).map { $0.split(separator: ",").map(String.init) }
        // One step more than the day: it makes the day's last window a current one.
        // Sensor i stands in street i modulo 178: some streets have two.
        let sensors = table[0].enumerated().map { (id: "la-\($1)", street: streets[$0 % streets.count][0]) }
        var readings: [Reading] = []
        for (step, row) in table.dropFirst().enumerated() {
            for (i, cell) in row.enumerated() {
                guard let mph = Double(cell), mph > 0 else { continue }  // 0 is "missing" in this set
                readings.append(
                    Reading(
                        sensor: sensors[i].id, street: sensors[i].street, time: Self.day + Int64(step) * 300_000, mph: mph))
            }
        }
        #expect(readings.count > 50_000)

        // The shipped contracts and the theme of the roads, with a registry of these sensors alone.
        let topics = folder.file("Topics")
        for part in ["sensors", "themes"] {
            try FileManager.default.createDirectory(at: topics.appendingPathComponent(part), withIntermediateDirectories: true)
        }
        for part in ["inputs", "themes/traffic.yaml", "places", "outputs", "jurisdictions", "city.yaml"] {
            try FileManager.default.copyItem(
                at: shipped.appendingPathComponent(part), to: topics.appendingPathComponent(part))
        }
        // The stream ends here: it is to be known as idle soon, so that its last windows close.
        for name in ["air-quality", "sensor-readings", "video-metadata"] {
            let file = topics.appendingPathComponent("inputs/\(name).yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            let soon = text.replacing(/idle_after: [0-9]+[ms]/, with: "idle_after: 1s")
            try #require(soon != text)
            try soon.write(to: file, atomically: true, encoding: .utf8)
        }
        let registry = ["id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2"]
            + sensors.map { "\($0.id),speed,loop,\($0.street),mph,300,Guangzhou Traffic Police,100,500," }
        try (registry.joined(separator: "\n") + "\n").write(
            to: topics.appendingPathComponent("sensors/la.csv"), atomically: true, encoding: .utf8)
        let catalogue = try Catalogue.load(topics.path)

        try createTopics(
            catalogue.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) }, broker)
        let file = folder.file("day.jsonl")
        var lines = ""
        let producer = try Producer(KafkaConfig(bootstrapServers: broker.bootstrapServers), environment: environment())
        let topic = try #require(catalogue.contract("sensor-readings")).topic
        for (i, r) in readings.enumerated() {
            let json = #"{"id":"la-\#(i)","sensor":"\#(r.sensor)","street":"\#(r.street)","kind":"speed","value":\#(r.mph),"unit":"mph","ts":"\#(r.time.rfc3339)"}"#
            lines += json + "\n"
            while true {
                do {
                    try producer.produce(topic: topic, key: Array(r.street.utf8), value: Array(json.utf8))
                    break
                } catch {
                    guard error.isQueueFull else { throw error }
                    producer.poll(timeoutMs: 100)
                }
            }
        }
        #expect(producer.flush(timeoutMs: 120_000) == 0)
        try lines.write(to: file, atomically: true, encoding: .utf8)

        let db = folder.file("hub.db")
        let hub = try RunningHub(bootstrap: broker.bootstrapServers, topics: topics.path, db: db, folder: folder)
        try hub.waitForRecords(Int64(readings.count))
        _ = try eventually("every window is shown", seconds: 400) { () throws -> Bool? in
            let h: Health = try hub.get("/v1/health")
            return h.pendingWindows == 0 && h.themes.allSatisfy { $0.clock != nil } ? true : nil
        }
        #expect(try hub.interrupt() == 0)
        let store = try HubStore(path: db.path)
        var fromHub: [String: Summary] = [:]
        for s in try store.summaries(SummaryQuery(theme: "traffic", measure: "speed", window: "5m", limit: 1_000_000))
        where s.count > 0 { fromHub["\(s.place) \(s.start)"] = s }

        // The plain computation: for each place and 5-minute step, the mean of the readings in km/h. The theme's 5m
        // windows hop by a minute; those that begin at a step hold that step's readings alone.
        var sums: [String: (sum: Double, n: Int64)] = [:]
        for r in readings where r.time < Self.day + Int64(Self.steps) * 300_000 {
            for place in [r.street, "\(r.street.prefix(6))000000", "440100000000"] {
                let key = "\(place) \(r.time)"
                let old = sums[key] ?? (0, 0)
                sums[key] = (old.sum + r.mph * 1.609344, old.n + 1)
            }
        }
        #expect(sums.count > 50_000)
        var wrong: [String] = []
        for (key, plain) in sums {
            guard let s = fromHub[key], let mean = s.values["mean"], s.count == plain.n,
                abs(mean - plain.sum / Double(plain.n)) < 1e-5
            else {
                wrong.append("\(key): plain \(plain), hub \(fromHub[key].map { "\($0.count) \($0.values)" } ?? "nothing")")
                continue
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count) of \(sums.count) differ: \(wrong.sorted().prefix(3))")

        // The file goes through the very same pipeline: one order of records, the same digests.
        let out = folder.file("out.jsonl")
        let run = try KapokProcess.run(
            [
                "process", "--topics", topics.path, "--contract", "sensor-readings", "--theme", "traffic", "--input",
                file.path, "--summaries", out.path, "--skip-empty",
            ], folder: folder)
        #expect(run.exitCode == 0, "\(run.errors)")
        var compared = 0
        for line in try String(contentsOf: out, encoding: .utf8).split(separator: "\n")
        where line.contains("\"measure\":\"speed\"") && line.contains("\"window\":\"5m\"") {
            let s = try JSONDecoder().decode(Summary.self, from: Data(line.utf8))
            guard let h = fromHub["\(s.place) \(s.start)"] else { continue }
            #expect(h.values == s.values)
            guard !h.digest.isEmpty else { continue }
            #expect(h.digest == s.digest, "\(s.place) \(s.start)")
            compared += 1
        }
        #expect(compared > 10_000)
    }

    private func gunzip(_ url: URL) throws -> String {
        let p = Process()
        p.executableURL = URL(fileURLWithPath: "/bin/gzip")
        p.arguments = ["-dc", url.path]
        let pipe = Pipe()
        p.standardOutput = pipe
        try p.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        p.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}

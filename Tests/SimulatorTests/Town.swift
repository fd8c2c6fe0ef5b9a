import CityModel
import Contracts
import Foundation
import Simulator

/// A town of two districts, small enough to simulate days of it in a test.
enum Town {
    static let start = EventTime(ms: 1_795_478_400_000)  // Tuesday 2026-11-24 08:00 in Guangzhou
    static let crash: UInt64 = 440_106_001_000
    static let flood: UInt64 = 440_103_001_000
    static let plaza: UInt64 = 440_103_002_000

    /// - Parameters:
    ///   - groups: each street's loop and camera are a group, and there is a second gauge; with checks.
    ///   - gates: each street has a heat sensor, and counters of people at its square.
    ///   - smoke: how smoke is simulated, as a contract's `simulate`.
    static func load(groups: Bool = false, gates: Bool = false, smoke: String? = nil) throws -> Catalogue {
        let root = FileManager.default.temporaryDirectory.appending(path: "town-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files(groups, gates, smoke) {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try Catalogue.load(root.path)
    }

    private static func files(_ groups: Bool, _ gates: Bool, _ smoke: String?) -> [String: String] {
        var places = "code,level,name,name_en,parent,lon,lat\n440100000000,city,广州市,Guangzhou,,113.26,23.13\n"
        places += "440103000000,district,荔湾区,Liwan,440100000000,113.24,23.12\n"
        places += "440106000000,district,天河区,Tianhe,440100000000,113.33,23.13\n"
        var sensors = "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2\n"
        for d in [440_103, 440_106] {
            for s in 1...5 {
                let street = "\(d)00\(s)000"
                let tail = "\(d)00\(s)-01"
                places += "\(street),street,街\(d)-\(s),Street \(d)-\(s),\(d)000000,,\n"
                sensors += "loop-\(tail),speed,loop,\(street),km/h,20,Police,60,500,\n"
                sensors += "loop-\(tail),vehicles,loop,\(street),veh,20,Police,,,\n"
                sensors += "loop-\(tail),occupancy,loop,\(street),%,20,Police,,,\n"
                sensors += "fcd-\(tail),speed,fcd,\(street),\(s == 5 ? "m/s" : "km/h"),10,Police,60,500,\n"
                sensors += "gauge-\(tail),water_level,gauge,\(street),\(s == 4 ? "cm" : "m"),30,Water,,,\n"
                sensors += "rain-\(tail),rainfall,rain-gauge,\(street),mm,60,Weather,,,\n"
                sensors += "gas-\(tail),gas,gas,\(street),%LEL,30,Gas,,,\n"
                sensors += "smoke-\(tail),smoke,smoke,\(street),%/m,30,Fire,,,\n"
                sensors += "cam-\(tail),vehicles_seen,camera,\(street),veh,5,Video,,,400\n"
                sensors += "cam-\(tail.dropLast())2,persons,plaza-camera,\(street),persons,5,Security,,,100\n"
                guard gates else { continue }
                sensors += "heat-\(tail),temperature,heat,\(street),°C,30,Fire,,,\n"
                for kind in ["people_in", "people_out"] {
                    sensors += "gate-\(tail),\(kind),gate,\(street),persons,20,Security,,,100\n"
                }
            }
        }
        if groups { sensors = grouped(sensors) }
        let times = "out_of_orderness: 5s\nallowed_lateness: 2m\nmax_future: 10s\nidle_after: 30s\n"
        func kind(_ name: String, _ unit: String, _ range: String, _ owner: String, _ convert: String = "") -> String {
            "  \(name):\n    unit: \"\(unit)\"\n    range: [\(range)]\n    owner: \(owner)\n" + convert
        }
        func checks(_ text: String) -> String { groups ? "    checks: { \(text), source: test }\n" : "" }
        let readings =
            "topic: t.readings\nformat: kapok-json\nowner: City\n" + times + "kinds:\n"
            + kind("speed", "km/h", "0, 250", "Police", "    convert: { m/s: 3.6 }\n" + checks("stuck_after: 5m"))
            + kind("vehicles", "veh", "0, 1000", "Police", checks("agree: { compare: sum, percent: 20 }")) + kind("occupancy", "%", "0, 100", "Police")
            + kind("water_level", "m", "-2, 30", "Water", "    convert: { cm: 0.01 }\n" + checks("max_change_per_minute: 0.5, agree: { tolerance: 0.1 }"))
            + kind("rainfall", "mm", "0, 100", "Weather") + kind("gas", "%LEL", "0, 100", "Gas")
            + kind("smoke", "%/m", "0, 100", "Fire", smoke.map { "    simulate: \($0)\n" } ?? "")
            + (gates ? kind("temperature", "°C", "-40, 1200", "Fire") : "")
            + (gates ? ["people_in", "people_out"].map { kind($0, "persons", "0, 100000", "Security") }.joined() : "")
        let video =
            "topic: t.video\nformat: deepstream\nowner: Video\n" + times + "kinds:\n"
            + kind("persons", "persons", "0, 10000", "Security") + kind(
                "vehicles_seen", "veh", "0, 1000", "Video",
                checks("agree: { quantity: vehicles, compare: distinct, percent: 20 }"))
            + "object_classes: { Person: persons, Vehicle: vehicles_seen, vehicle: vehicles_seen }\n"
        let theme =
            "version: 1\ntitle: { zh: 交通, en: Traffic }\ntopics: [readings, video]\npane: 1m\n"
            + "windows:\n  1m: { size: 1m }\nmeasures:\n  speed:\n    title: { zh: 车速, en: Speed }\n    kind: speed\n"
            + "    unit: km/h\n    aggregates: [mean]\n    display: mean\n"
        func output(_ topic: String, _ format: String) -> String {
            "topic: \"\(topic)\"\nformat: \(format)\nkey: k\npartitions: 1\nowner: City\nlevel: internal\n"
        }
        return [
            "places/town.csv": places, "sensors/all.csv": sensors, "inputs/readings.yaml": readings,
            "inputs/video.yaml": video, "themes/traffic.yaml": theme,
            "outputs/summaries.yaml": output("k.summaries", "json"),
            "outputs/alerts.yaml": output("k.alerts.{theme}", "cloudevents-json"),
            "outputs/dead-letters.yaml": output("{topic}.dlq", "raw"),
        ]
    }
}

extension Town {
    /// The registry with a group column, a group a street, and a second gauge at the end.
    private static func grouped(_ sensors: String) -> String {
        let lines = sensors.split(separator: "\n").map(String.init)
        var out = [lines[0] + ",group"]
        var more: [String] = []
        for line in lines.dropFirst() {
            let kind = line.split(separator: ",")[1]
            let group = ["vehicles": "A", "vehicles_seen": "A", "water_level": "w"][kind] ?? ""
            out.append(line + "," + group)
            if kind == "water_level" { more.append(line.replacing("-01,", with: "-02,") + ",w") }
        }
        return (out + more).joined(separator: "\n") + "\n"
    }
}

/// A record with its payload, and the payload as JSON where it is JSON.
struct Sent {
    var record: SimRecord
    var payload: [UInt8]
    var json: [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(payload))) as? [String: Any]
    }
    var sensor: String { json?["sensor"] as? String ?? json?["sensorId"] as? String ?? "" }
    var kind: String { json?["kind"] as? String ?? "" }
    var value: Double { (json?["value"] as? NSNumber)?.doubleValue ?? .nan }
    var time: EventTime? { ((json?["ts"] ?? json?["@timestamp"]) as? String).flatMap { EventTime(rfc3339: $0) } }
    var objects: [String] { json?["objects"] as? [String] ?? [] }
}

extension CitySimulator {
    /// Runs to the end.
    mutating func all(max: Int = 1000) -> [Sent] {
        var out: [Sent] = []
        var batch = RecordBatch()
        while next(max: max, into: &batch) {
            for r in batch.records { out.append(Sent(record: r, payload: Array(batch.payload(r)))) }
        }
        return out
    }
}

extension Array where Element == Sent {
    func mean(_ kind: String, _ street: UInt64, from: Int64 = 0, to: Int64 = .max) -> Double {
        let v = filter {
            $0.record.street == street && $0.record.eventMs >= from && $0.record.eventMs < to && $0.kind == kind
        }.map(\.value)
        return v.reduce(0, +) / Double(v.count)
    }
}

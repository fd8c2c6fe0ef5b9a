import CityModel
import Contracts
import Foundation
import Simulator
import TestSupport

/// The tiny city with everything that a reading can do to a summary: flags, compared sensors, identities, indices,
/// vehicle-kilometres and sessions. And an hour of it, with dirt.
enum EdgeCity {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z

    static func load(_ replacing: [String: String] = [:]) throws -> TinyCity {
        func file(_ name: String, _ edits: [(String, String)]) -> String {
            edits.reduce(TinyCity.files[name] ?? "") { text, e in text.replacing(e.0, with: e.1) }
        }
        return try TinyCity(
            [
                "inputs/sensor-readings.yaml": file(
                    "inputs/sensor-readings.yaml",
                    [
                        (
                            "    convert: { mph: 1.609344, m/s: 3.6 }\n",
                            "    convert: { mph: 1.609344, m/s: 3.6 }\n"
                                + "    checks: { stuck_after: 3m, max_change_per_minute: 60, source: test }\n"
                        ),
                        (
                            "vehicles: { unit: veh, range: [0, 1000] }",
                            "vehicles:\n    unit: veh\n    range: [0, 1000]\n    checks:\n      source: test\n"
                                + "      agree: { compare: sum, tolerance: 3, percent: 10, over: 5m }"
                        ),
                        (
                            "    convert: { cm: 0.01, mm: 0.001 }\n",
                            "    convert: { cm: 0.01, mm: 0.001 }\n    checks:\n      stuck_after: 10m\n"
                                + "      rest_value: 0\n      max_change_per_minute: 0.5\n      agree: { tolerance: 0.1 }\n"
                                + "      source: test\n"
                        ),
                    ]),
                "inputs/video.yaml": file(
                    "inputs/video.yaml",
                    [
                        (
                            "vehicles_seen: { unit: veh, range: [0, 100] }",
                            "vehicles_seen:\n    unit: veh\n    range: [0, 100]\n    checks:\n      source: test\n"
                                + "      agree: { quantity: vehicles, compare: distinct, tolerance: 3, percent: 10, over: 5m }"
                        )
                    ]),
                "themes/city.yaml": file(
                    "themes/city.yaml",
                    [
                        ("[count, sum, mean, min, max, variance, ", "[weighted, count, sum, mean, min, max, variance, "),
                        ("aggregates: [max, last]", "aggregates: [weighted, mean, count, sum, min, max, last]"),
                    ]),
                "themes/storm.yaml": TinyCity.sessionTheme,
                "themes/road.yaml": TinyCity.trafficTheme,
                "sensors/all.csv": registry,
            ], replacing: replacing)
    }

    private static let registry = """
        id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2,group
        loop-1,speed,loop,440106001000,km/h,20,Roads,60,500,,
        loop-1,vehicles,loop,440106001000,veh,20,Roads,,,,A
        loop-2,speed,loop,440106002000,km/h,20,Roads,50,1000,,
        loop-3,speed,loop,440103002000,mph,20,Roads,40,300,,
        fcd-1,speed,fcd,440103001000,km/h,10,Roads,,,,
        fcd-2,speed,fcd,440103001000,km/h,10,Roads,,,,
        gauge-1,water_level,gauge,440103001000,cm,60,Water,,,,w
        gauge-2,water_level,gauge,440103001000,m,60,Water,,,,w
        gauge-3,water_level,gauge,440103001000,m,60,Water,,,,w
        gauge-4,water_level,gauge,440103002000,m,60,Water,,,,
        rain-1,rainfall,rain-gauge,440106001000,mm,60,Weather,,,,
        rain-2,rainfall,rain-gauge,440106001000,mm,60,Weather,,,,
        rain-3,rainfall,rain-gauge,440106002000,mm,60,Weather,,,,
        cam-1,persons,camera,440106001000,persons,5,Video,,,100,
        cam-1,vehicles_seen,camera,440106001000,veh,5,Video,,,100,A
        cam-2,vehicles_seen,camera,440103001000,veh,5,Video,,,200,

        """

    struct Record: Sendable {
        var offset: Int64
        var time: Int64
        var bytes: [UInt8]
    }
    /// One partition of one of the city's topics.
    struct Part: Sendable {
        var topic: String
        var records: [Record] = []
    }

    /// Partitions 0...3 of the sensors' topic and 0...1 of the cameras', with gaps in their offsets. Rain is dry at times,
    /// so that there are sessions.
    static func parts(_ city: TinyCity, seed: UInt64, minutes: Int64 = 40) throws -> [Part] {
        var rng = SplitMix64(state: seed)
        var parts = (0..<4).map { _ in Part(topic: "t.sensors") } + (0..<2).map { _ in Part(topic: "t.video") }
        var simulator = try CitySimulator(
            catalogue: city.catalogue,
            config: SimulatorConfig(
                seed: seed, rate: 8, start: EventTime(ms: start), durationMs: minutes * 60_000,
                dirt: DirtConfig(
                    late: 0.06, duplicate: 0.02, malformed: 0.02, skewedDevices: 1, dead: 0.1, stuckDevices: 2,
                    jumpingDevices: 1, biasedGroups: 1)))
        var batch = Simulator.RecordBatch()
        var isMore = true
        while isMore {
            isMore = simulator.next(max: 500, into: &batch)
            for r in batch.records {
                // One gauge is out of order in every run: a silent sensor.
                if String(decoding: batch.payload(r), as: UTF8.self).contains("gauge-3") { continue }
                // The stream of a device stays in its partition; streets are few, so rubbish goes anywhere.
                let isVideo = city.catalogue.contracts[r.contract].topic == "t.video"
                let p = isVideo ? 4 + Int(r.street / 1000 % 2) : Int(r.street / 1000 % 2) + Int(r.street / 3_000_000 % 2) * 2
                parts[p].records.append(Record(offset: 0, time: r.timestampMs, bytes: Array(batch.payload(r))))
            }
        }
        // Rain, in showers, by any of the sensors' partitions: their sessions meet.
        var rain: [(part: Int, time: Int64, bytes: [UInt8])] = []
        for i in 0..<400 {
            let time = start + Int64(i) * minutes * 150
            guard i / 25 % 3 != 1 else { continue }
            let at = time - (Int.random(in: 0..<6, using: &rng) == 0 ? Int64.random(in: 0...900_000, using: &rng) : 0)
            let text = "{\"sensor\":\"rain-\(1 + i % 3)\",\"kind\":\"rainfall\",\"value\":\(Int.random(in: 0...4, using: &rng)),"
                + "\"ts\":\(at)}"
            rain.append((Int.random(in: 0..<4, using: &rng), time, Array(text.utf8)))
        }
        for (p, time, bytes) in rain {
            let i = parts[p].records.firstIndex { $0.time > time } ?? parts[p].records.count
            parts[p].records.insert(Record(offset: 0, time: time, bytes: bytes), at: i)
        }
        // Offsets anew, with gaps.
        for p in parts.indices {
            var offset = Int64.random(in: 0...1000, using: &rng)
            for i in parts[p].records.indices {
                parts[p].records[i].offset = offset
                offset += Int.random(in: 0..<150, using: &rng) == 0 ? Int64.random(in: 2...9, using: &rng) : 1
            }
        }
        return parts
    }
}

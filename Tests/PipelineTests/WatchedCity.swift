import Foundation
import HubAPI
import TestSupport

/// The tiny city with checks in its contracts and groups in its registry:
/// two gauges in 440103001000, three in 440103002000, a loop and a camera in 440106001000.
enum WatchedCity {
    static let pair = "440103001000"
    static let trio = "440103002000"
    static let road = "440106001000"

    static func load(checks: Bool = true, _ replacing: [String: String] = [:]) throws -> TinyCity {
        var readings = TinyCity.files["inputs/sensor-readings.yaml"] ?? ""
        var video = TinyCity.files["inputs/video.yaml"] ?? ""
        var theme = TinyCity.files["themes/city.yaml"] ?? ""
        readings = readings.replacing("allowed_lateness: 1m", with: "allowed_lateness: 5m")
        if checks {
            readings = readings.replacing(
                "    convert: { mph: 1.609344, m/s: 3.6 }\n",
                with: "    convert: { mph: 1.609344, m/s: 3.6 }\n"
                    + "    checks: { stuck_after: 5m, max_change_per_minute: 60, source: test }\n")
            readings = readings.replacing(
                "vehicles: { unit: veh, range: [0, 1000] }",
                with: "vehicles:\n    unit: veh\n    range: [0, 1000]\n    checks:\n      source: test\n"
                    + "      agree: { compare: sum, tolerance: 3, percent: 10, over: 5m }")
            readings = readings.replacing(
                "    convert: { cm: 0.01, mm: 0.001 }\n",
                with: "    convert: { cm: 0.01, mm: 0.001 }\n    checks:\n      stuck_after: 10m\n      rest_value: 0\n"
                    + "      max_change_per_minute: 0.5\n      agree: { tolerance: 0.1 }\n      source: test\n")
            video = video.replacing(
                "vehicles_seen: { unit: veh, range: [0, 100] }",
                with: "vehicles_seen:\n    unit: veh\n    range: [0, 100]\n    checks:\n      source: test\n      agree:"
                    + " { quantity: vehicles, compare: distinct, tolerance: 3, percent: 10, over: 5m }")
        }
        theme = theme.replacing("[count, sum, mean, min, max, variance, ", with: "[weighted, count, sum, mean, min, max, ")
        theme = theme.replacing("aggregates: [ratio]\n", with: "aggregates: [weighted, ratio]\n")
        theme = theme.replacing("aggregates: [max, last]", with: "aggregates: [weighted, mean, count, sum, min, max, last]")
        return try TinyCity(
            [
                "inputs/sensor-readings.yaml": readings, "inputs/video.yaml": video, "themes/city.yaml": theme,
                "sensors/all.csv": registry(groups: checks),
            ], replacing: replacing)
    }

    static func registry(groups: Bool) -> String {
        let gauge = ",water_level,gauge,"
        let rows = [
            "loop-1,speed,loop,\(road),km/h,20,Roads,60,500,,", "loop-1,vehicles,loop,\(road),veh,20,Roads,,,,A",
            "loop-2,speed,loop,440106002000,km/h,20,Roads,50,1000,,",
            "cam-1,vehicles_seen,camera,\(road),veh,5,Video,,,100,A", "cam-1,persons,camera,\(road),persons,5,Video,,,100,",
            "gauge-a\(gauge)\(pair),m,60,Water,,,,w", "gauge-b\(gauge)\(pair),m,60,Water,,,,w",
            "gauge-1\(gauge)\(trio),m,60,Water,,,,w", "gauge-2\(gauge)\(trio),m,60,Water,,,,w",
            "gauge-3\(gauge)\(trio),m,60,Water,,,,w", "gauge-4\(gauge)440106002000,m,60,Water,,,,",
            "rain-1,rainfall,rain-gauge,\(road),mm,60,Weather,,,,",
        ].map { groups ? $0 : String($0[..<($0.lastIndex(of: ",") ?? $0.endIndex)]) }
        let header = "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2"
        return ([header + (groups ? ",group" : "")] + rows).joined(separator: "\n") + "\n"
    }

    /// A hub of a sensor partition (0) and a camera partition (1) that has read these records.
    static func hub(_ readings: [String], video: [String] = [], _ city: TinyCity? = nil) throws -> MiniHub {
        let hub = try MiniHub(try city ?? load(), partitions: ["sensor-readings", "video"])
        hub.feed(0, readings)
        hub.feed(1, video)
        hub.commit(to: eight + 60 * minute)
        return hub
    }

    /// A water level, m, `s` seconds after eight.
    static func water(_ gauge: String, _ m: Double, _ s: Int64) -> String {
        reading(gauge, Int64((m * 1e6).rounded()), at: s * 1000, kind: "water_level")
    }
}

extension Summary {
    /// The only agreement of its findings.
    var agreement: SensorFindings.Agreement? { findings?.agreements.count == 1 ? findings?.agreements[0] : nil }
    var flags: [SensorFindings.Flag] { findings?.flags ?? [] }
}

func near(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) < 1e-9 } ?? false }

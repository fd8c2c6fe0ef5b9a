import Contracts
import Foundation

/// A city of 2 districts and 4 streets with a sensor of every sort, loaded from a `Topics/` folder of its own.
///
/// Streets in the order of their codes: `440103001000`, `440103002000`, `440106001000`, `440106002000`.
public final class TinyCity: Sendable {
    public let catalogue: Catalogue
    /// Its `Topics/` folder.
    public var path: String { folder.url.path }
    private let folder: TempFolder

    public static let city = "440100000000"
    public static let districts = ["440103000000", "440106000000"]
    public static let streets = ["440103001000", "440103002000", "440106001000", "440106002000"]

    /// - Parameters:
    ///   - edits: path below `Topics/` -> text, for each file to replace or add.
    ///   - replacing: pieces of text to replace in every file, as `allowed_lateness: 1m`.
    public init(_ edits: [String: String] = [:], replacing: [String: String] = [:]) throws {
        folder = try TempFolder("kapok-tiny-city")
        for (path, text) in Self.files.merging(edits, uniquingKeysWith: { $1 }) {
            let url = folder.file(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            let edited = replacing.reduce(text) { $0.replacing($1.key, with: $1.value) }
            try Data(edited.utf8).write(to: url)
        }
        catalogue = try Catalogue.load(folder.url.path)
    }

    public struct NoSuchContract: Error {}
    public func contract(_ name: String) throws -> TopicContract {
        guard let c = catalogue.contract(name) else { throw NoSuchContract() }
        return c
    }

    public static let files: [String: String] = [
        "inputs/sensor-readings.yaml": """
        topic: t.sensors
        format: kapok-json
        owner: Roads
        out_of_orderness: 5s
        allowed_lateness: 1m
        max_future: 10s
        idle_after: 30s
        max_bytes: 4096
        dedup_horizon: 1024
        kinds:
          speed:
            unit: km/h
            range: [0, 250]
            convert: { mph: 1.609344, m/s: 3.6 }
          vehicles: { unit: veh, range: [0, 1000] }
          water_level:
            unit: m
            range: [-2, 30]
            convert: { cm: 0.01, mm: 0.001 }
          rainfall: { unit: mm, range: [0, 100] }
        fields:
          id: { level: internal }

        """,
        "inputs/video.yaml": """
        topic: t.video
        format: deepstream
        owner: Video
        out_of_orderness: 2s
        allowed_lateness: 1m
        max_future: 10s
        idle_after: 30s
        max_bytes: 65536
        dedup_horizon: 1024
        kinds:
          persons: { unit: persons, range: [0, 100] }
          vehicles_seen: { unit: veh, range: [0, 100] }
        object_classes:
          person: persons
          Person: persons
          vehicle: vehicles_seen
          Car: vehicles_seen
        fields:
          license: { level: sensitive, action: pseudonym }
          embedding: { level: sensitive, action: drop }

        """,
        "themes/city.yaml": """
        version: 1
        title: { zh: 城, en: City }
        topics: [sensor-readings, video]
        pane: 1m
        windows:
          1m: { size: 1m }
          5m: { size: 5m, every: 1m }
        measures:
          speed:
            title: { zh: 车速, en: Speed }
            kind: speed
            unit: km/h
            aggregates: [count, sum, mean, min, max, variance, last, p15, p50, p85]
            display: mean
          flow:
            title: { zh: 流量, en: Flow }
            kind: vehicles
            unit: veh/h
            aggregates: [sum, rate_per_hour]
            display: rate_per_hour
          tti:
            title: { zh: 行程时间比, en: Travel time index }
            ratio: [travel_time, free_flow_time]
            unit: "1"
            aggregates: [ratio]
            display: ratio
            levels: { direction: above, blue: 1.2, yellow: 1.5, orange: 1.8, red: 2.1, source: unverified }
          water_level:
            title: { zh: 积水, en: Standing water }
            kind: water_level
            unit: m
            aggregates: [max, last]
            display: max
            levels: { direction: above, blue: 0.1, yellow: 0.15, orange: 0.27, red: 0.4, source: unverified }
          rainfall:
            title: { zh: 雨量, en: Rain }
            kind: rainfall
            unit: mm
            windows: [5m]
            aggregates: [per_sensor, sum]
            display: per_sensor
          crowd:
            title: { zh: 人群, en: Crowd }
            density: persons
            unit: persons/m2
            aggregates: [ratio, count]
            display: ratio
          video_vehicles:
            title: { zh: 车辆, en: Vehicles in view }
            kind: vehicles_seen
            unit: veh
            aggregates: [count, sum, mean, max, distinct]
            display: mean

        """,
        "outputs/summaries.yaml": """
        topic: k.summaries
        format: json
        owner: Hub
        level: public

        """,
        "outputs/alerts.yaml": """
        topic: k.alerts.{theme}
        format: cloudevents-json
        owner: Hub
        level: internal

        """,
        "outputs/dead-letters.yaml": """
        topic: "{topic}.dlq"
        format: raw
        owner: Hub
        level: internal

        """,
        "places/tiny.csv": """
        code,level,name,name_en,parent,lon,lat
        440100000000,city,小城,Tiny,,,
        440103000000,district,西区,West,440100000000,,
        440106000000,district,东区,East,440100000000,,
        440103001000,street,西一街道,West One,440103000000,,
        440103002000,street,西二街道,West Two,440103000000,,
        440106001000,street,东一街道,East One,440106000000,,
        440106002000,street,东二街道,East Two,440106000000,,

        """,
        "sensors/all.csv": """
        id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2
        loop-1,speed,loop,440106001000,km/h,20,Roads,60,500,
        loop-1,vehicles,loop,440106001000,veh,20,Roads,,,
        loop-2,speed,loop,440106002000,km/h,20,Roads,50,1000,
        loop-3,speed,loop,440103002000,mph,20,Roads,40,300,
        fcd-1,speed,fcd,440103001000,km/h,10,Roads,,,
        fcd-2,speed,fcd,440103001000,km/h,10,Roads,,,
        粤-loop,speed,loop,440106002000,km/h,20,Roads,,,
        gauge-1,water_level,gauge,440103001000,cm,60,Water,,,
        gauge-2,water_level,gauge,440103002000,m,60,Water,,,
        rain-1,rainfall,rain-gauge,440106001000,mm,60,Weather,,,
        rain-2,rainfall,rain-gauge,440106001000,mm,60,Weather,,,
        rain-3,rainfall,rain-gauge,440106002000,mm,60,Weather,,,
        cam-1,persons,camera,440106001000,persons,5,Video,,,100
        cam-1,vehicles_seen,camera,440106001000,veh,5,Video,,,100
        cam-2,vehicles_seen,camera,440103001000,veh,5,Video,,,200

        """,
    ]
}

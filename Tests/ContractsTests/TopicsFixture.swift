import Contracts
import Foundation

/// A small sound `Topics/` folder of its own in a temporary place, for tests to break. Removed with the last reference.
final class TopicsFixture {
    let root: String

    /// - Parameter edits: path -> text for each file to replace or add; nil removes it.
    init(_ edits: [String: String?] = [:]) throws {
        root = FileManager.default.temporaryDirectory.appending(path: "kapok-topics-\(UUID().uuidString)").path
        for (path, text) in Self.files.merging(edits.compactMapValues { $0 }, uniquingKeysWith: { _, new in new })
        where !(edits[path] == .some(nil)) {
            try write(path, Data(text.utf8))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func write(_ path: String, _ data: Data) throws {
        let url = URL(filePath: root).appending(path: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    /// Problems as `inputs/a.yaml:3: what. mend`.
    var problems: [String] { Catalogue.check(root).map { $0.description.replacing(root + "/", with: "") } }

    static let files: [String: String] = [
        "inputs/a.yaml": """
        topic: t.a
        format: kapok-json
        owner: Roads
        partitions: 2
        out_of_orderness: 5s
        allowed_lateness: 2m
        max_future: 10s
        idle_after: 30s
        kinds:
          speed:
            unit: km/h
            range: [0, 250]
            convert:
              mph: 1.6
          rain:
            unit: mm
            range: [0, 100]
        fields:
          plate:
            level: sensitive
            action: drop

        """,
        "inputs/v.yaml": """
        topic: t.v
        format: deepstream
        owner: Video
        retention: 2d
        out_of_orderness: 2s
        allowed_lateness: 1m
        max_future: 10s
        idle_after: 30s
        kinds:
          persons:
            unit: persons
            range: [0, 10000]
        object_classes:
          person: persons

        """,
        "themes/t.yaml": """
        version: 3
        title: { zh: 题, en: Theme }
        topics: [a, v]
        pane: 1m
        windows:
          1m: { size: 1m }
          5m: { size: 5m, every: 1m }
          storm: { gap: 30m, reach: 12h }
        measures:
          speed:
            title: { zh: 车速, en: Speed }
            kind: speed
            unit: km/h
            aggregates: [mean, p85]
            display: mean
            levels:
              direction: below
              blue: 30
              red: 10
              source: unverified
          tti:
            title: { zh: 比, en: Ratio }
            ratio: [travel_time, free_flow_time]
            unit: "1"
            windows: [5m]
            aggregates: [ratio]
          crowd:
            title: { zh: 人, en: Crowd }
            density: persons
            unit: persons/m2
            aggregates: [ratio, count]
          storm:
            title: { zh: 雨, en: Storm }
            kind: speed
            unit: kmh
            windows: [storm]
            when: { above: 0.5 }
            aggregates: [sum, max]

        """,
        "outputs/summaries.yaml": """
        topic: k.summaries
        format: json
        partitions: 3
        owner: Hub
        level: public
        config:
          cleanup.policy: compact

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
        partitions: 1
        retention: 14d
        owner: Hub
        level: internal

        """,
        "places/p.csv": """
        code,level,name,name_en,parent,lon,lat
        440100000000,city,广州市,Guangzhou,,113.26,23.13
        440106000000,district,天河区,Tianhe,440100000000,113.3,23.1
        440106004000,street,沙河街道,Shahe,440106000000,,
        440106006000,street,石牌街道,,440106000000,,

        """,
        "sensors/s.csv": """
        id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2
        loop-1,speed,loop,440106004000,km/h,20,Roads,60,500,
        loop-2,speed,loop,440106006000,mph,20,Roads,,,
        cam-1,persons,camera,440106004000,persons,5,Video,,,80.5

        """,
    ]
}

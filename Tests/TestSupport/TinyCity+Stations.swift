extension TinyCity {
    /// Streets of its stations, in partitions of their own.
    public static let stationStreets = ["440106001000", "440103001000"]
    public static let stations = [["st-1", "st-2", "st-3"], ["st-4"]]

    /// A city with stations: `st-1` to `st-3` one behind the other in one street, `st-4` alone in another. Detectors learn
    /// from four intervals.
    public static func withStations(interval: String = "1m", replacing: [String: String] = [:]) throws -> TinyCity {
        let kinds = ["speed": "km/h", "vehicles": "veh", "occupancy": "%"]
        let rows = zip(stations, stationStreets).flatMap { ids, street in
            ids.enumerated().flatMap { n, id in
                kinds.sorted { $0.key < $1.key }.map { kind, unit in
                    "\(id),\(kind),loop,\(street),\(unit),20,Roads,,,,"
                        + (kind == "occupancy" && n > 0 ? ids[n - 1] : "")
                }
            }
        }
        return try TinyCity(
            [
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
                  speed: { unit: km/h, range: [0, 250] }
                  vehicles: { unit: veh, range: [0, 1000] }
                  occupancy: { unit: "%", range: [0, 100] }
                stations:
                  interval: \(interval)
                  california: { difference: 8, relative: 0.5, downstream: 15, persistence: 2, source: test }
                  deviate: { of: occupancy, history: 4, critical: 3, least_deviation: 2, longest: 5, source: test }
                  smoothing: { of: speed, warm_up: 4, least_error: 2, longest: 5, source: test }

                """,
                "themes/city.yaml": """
                version: 1
                title: { zh: 城, en: City }
                topics: [sensor-readings]
                pane: 1m
                windows:
                  1m: { size: 1m }
                  5m: { size: 5m, every: 1m }
                measures:

                """
                    + ["occupancy", "incident_california", "incident_deviate", "incident_smoothing"].map {
                        """
                          \($0):
                            title: { zh: 量, en: Measure }
                            kind: \($0)
                            unit: "1"
                            aggregates: [max, sum, count]

                        """
                    }.joined(),
                "inputs/video.yaml": Self.files["inputs/video.yaml"] ?? "",
                "sensors/all.csv": "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2,upstream\n"
                    + rows.joined(separator: "\n") + "\n",
            ], replacing: replacing)
    }
}

extension TinyCity {
    /// A city in which `cam-2` (street 440103001000) has a scene: a carriageway 100 pixels wide, driven downwards to a stop
    /// line at y = 1000; 0.1 m a pixel; a queue of 40 m reaches the junction behind.
    public static func withScenes(replacing: [String: String] = [:]) throws -> TinyCity {
        let measures = ["incident_video", "queue_length", "spill_back"].map {
            """
              \($0):
                title: { zh: 量, en: Measure }
                kind: \($0)
                unit: "1"
                aggregates: [max, sum, count]

            """
        }.joined()
        return try TinyCity(
            [
                "inputs/video.yaml": (files["inputs/video.yaml"] ?? "")
                    + "video: { stopped_after: 10s, forget_after: 3s, person_after: 2s, queued_after: 3s, source: test }\n",
                "themes/city.yaml": (files["themes/city.yaml"] ?? "") + measures,
                "sensors/scenes.yaml": """
                cam-2:
                  carriageway: [0, 0, 100, 0, 100, 1001, 0, 1001]
                  stop_line: [50, 1000]
                  direction: [0, 3]
                  metres_per_pixel: 0.1
                  spill_back: 40
                  source: test

                """,
            ], replacing: replacing)
    }
}

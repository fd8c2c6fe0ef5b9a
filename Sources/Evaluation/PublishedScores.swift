/// Raw NAB scores, profile "standard", from the benchmark's own result files on its traffic series
/// (`results/<detector>/<detector>_standard_scores.csv` of github.com/numenta/NAB, Numenta HTM's of 2016), each with
/// the one threshold that was best for that detector on all of NAB's 58 files.
enum PublishedScores {
    static let files = [
        "speed_6005.csv", "speed_7578.csv", "occupancy_t4013.csv", "TravelTime_387.csv",
        "occupancy_6005.csv", "speed_t4013.csv", "TravelTime_451.csv",
    ]

    static let detectors: [(name: String, scores: [Double])] = [
        ("contextOSE", [0.8595, 3.1447, 1.7360, 2.1109, 0.4214, 1.8763, 0.8614]),
        ("ARTime", [0.8393, 3.1077, 1.6145, 1.9285, 0.3603, 1.6145, 0.8548]),
        ("relative entropy", [0.7326, 3.3489, 1.6319, 0.1796, -0.3681, 1.7307, 0.7514]),
        ("earthgecko Skyline", [0.8426, 1.5634, 1.7360, 0.1578, 0.6667, 1.8614, 0.5917]),
        ("Numenta HTM", [0.7293, 1.2365, 1.3950, -1.5877, 0.6413, 1.9811, 0.5682]),
        ("KNN-CAD", [0.1725, 1.2511, -0.4163, 0.5383, 0.3113, -0.4566, -1.4400]),
        ("EXPoSE", [-1, -0.4040, 1.3793, -3, -1.11, 1.2289, -1]),
        ("Bayesian changepoint", [0.6226, -0.2873, -2, -3, -1, 1.7663, -1.1098]),
        ("windowed Gaussian", [-1, -4, 1.7252, -1.7960, -1, -2, -1]),
    ]

    /// A detector's scores on some files; nil for a file that it has none for.
    static func scores(_ detector: [Double], on names: [String]) -> [Double?] {
        names.map { name in
            let file = name.split(separator: "/").last.map { String($0) } ?? name
            return files.firstIndex(of: file).flatMap { detector.indices.contains($0) ? detector[$0] : nil }
        }
    }
}

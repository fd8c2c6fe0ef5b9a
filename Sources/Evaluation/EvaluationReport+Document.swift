import CityModel
import Contracts
import Foundation

extension EvaluationReport {
    /// The whole of docs/evaluation.md from a folder of data. A part whose data is absent says so.
    public static func document(data: String, catalogue: Catalogue) throws -> String {
        try (["# Evaluation", intro] + parts.map { try $0(data) } + [incidentPart(catalogue)]).map { $0.trimmingCharacters(in: .newlines) }
            .joined(separator: "\n\n") + "\n"
    }

    /// In the document's order.
    private static let parts: [@Sendable (String) throws -> String] = [anomalyPart, forecastPart, crowdPart]

    private static let intro = """
        Written by `make evaluate` from real data that is not part of this repository. Everything is online: each
        reading is judged or forecast by what came before it, then learned from. No parameter is set for a file. On
        other data:

            kapok evaluate anomalies DIR                  # *.csv (timestamp,value) and windows.json, as NAB has them
            kapok evaluate forecast FILE.csv.gz --step-minutes 5 # a row a step, a column a series
            kapok evaluate crowd FILE.csv.gz
            kapok evaluate incidents --seeds 1 --to-seed 5       # over the simulated city
        """

    @Sendable private static func anomalyPart(_ data: String) throws -> String {
        let text = """
            ## Anomalies

            Four traffic series of the Numenta Anomaly Benchmark, its scorer (profile "standard": found 1, false 0.11,
            missed 1; the first 15 % of rows, 750 at most, not scored), raw scores by file, and all normalised so that
            a detector that says nothing has 0 and one that finds every window at its first row and nothing else 100.
            The scorer is checked by our relative entropy, which has the published scores of NAB's own to four digits.

            Published detectors have the one threshold that was best for each on all of NAB's 58 files. Kapok's first
            row has the highest one within a point of the best on made series of seeds 1001 to 1100; its form was
            developed with these four files and such series in view, so unseen files are the better test. With ten
            windows, one window more or less is 5 to 10 points: no order among the first few rows is certain. These
            files' anomalies are mostly extremes, on which a windowed Gaussian is as good when its threshold is chosen
            on them and its alarms are joined to episodes as Kapok's are. It does not know rhythm: see the made series.
            """
        let made = """
            ### Made series

            A hundred series with planted anomalies, seeds 2001 to 2100, on which nothing was chosen: daily and weekly
            rhythm, correlated and heavy-tailed noise, missing rows and gaps, five sampling steps; spikes, shifts,
            bursts, plateaus, drops to zero of 4 to 8 times the noise.
            """
        let table = try present(data + "/nab/windows.json") { _ in
            try anomalies(LabelledSeries.load(folder: data + "/nab"))
        }
        return [text, table.trimmingCharacters(in: .newlines), made, synthetic(seeds: 2001...2100)]
            .joined(separator: "\n\n")
    }

    @Sendable private static func forecastPart(_ data: String) throws -> String {
        let text = """
            ## Forecast

            Speeds of 207 loop sensors in Los Angeles, mph, a week in 5-minute steps, split 80/20 in time. `to` a
            horizon is over all steps up to it, as the T-GCN family of papers counts; `at` is the horizon's own step,
            which an operator sees. Known references, counted like `to`: last value 5.54 / 3.16, 6.70 / 3.63, 8.46 /
            4.43, which the row below gives again; daily profile with decaying deviation 5.12 / 2.99, 5.91 / 3.39, 6.81
            / 3.90, which our row of that name comes near to (its smoothing is not stated). Kapok learns on through the
            last fifth, always from outcomes that are past; the daily profile is fitted on the first four fifths.
            """
        let tables = try present(data + "/traffic/la_speed_mph_5min.csv.gz") {
            try forecast(ForecastEvaluation(NumberTable.load($0), stepMinutes: 5, start: forecastStart))
        }
        return text + "\n\n" + tables
    }

    /// 2012-03-01T00:00, a Thursday: the first row of the Los Angeles set.
    public static let forecastStart = EventTime(ms: 1_330_560_000_000)

    @Sendable private static func crowdPart(_ data: String) throws -> String {
        let text = """
            ## Crowd flows

            Passengers entering 80 metro stations of Hangzhou, 10-minute steps, 1 to 25 January 2019. A surge is a rise
            against the station's own rhythm by weekday that its history makes rarer than 10^-2.5 a reading, at least
            30 people and a third above what was expected; one alarm an episode, none in the first week. There are no
            labels. So surges are planted too, by seed, on every other day from the fifteenth: the count of 30 to 60
            minutes times 1.5, 2 or 3. Of real days, 8 January is the first Tuesday after one that was a holiday, so an
            ordinary day looks like a rise; the weeks from the 18th lead to Spring Festival.
            """
        let tables = try present(data + "/crowd/hangzhou_metro_10min.csv.gz") {
            try crowd(CrowdEvaluation(NumberTable.load($0)))
        }
        return text + "\n\n" + tables
    }

    private static func present(_ path: String, _ body: (String) throws -> String) rethrows -> String {
        FileManager.default.isReadableFile(atPath: path) ? try body(path) : "Not run: \(path) is not there."
    }
}

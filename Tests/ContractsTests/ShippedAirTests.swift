import CityModel
import Contracts
import Testing

/// The shipped theme of the air, against values worked out by hand from the tables of HJ 633-2026.
@Suite struct ShippedAirTests {
    let theme: ThemeDef
    init() throws { theme = try #require(try Catalogue.load(Repo.topics).theme("ecology")) }

    private func index(_ measure: String, _ x: Double) throws -> Double {
        try #require(theme.measures.first { $0.name == measure }?.index).value(of: x)
    }

    @Test(arguments: [
        ("pm25", [0, 35, 60, 115, 150, 250, 350, 500]), ("pm10", [0, 50, 120, 250, 350, 420, 500, 600]),
        ("no2", [0, 100, 200, 700, 1200, 2340, 3090, 3840]), ("o3", [0, 160, 200, 300, 400, 800, 1000, 1200]),
        ("o3_8h", [0, 100, 160, 215, 265, 800]), ("so2", [0, 150, 500, 650, 800]),
        ("co", [0, 5, 10, 35, 60, 90, 120, 150]),
    ] as [(String, [Double])])
    func `each breakpoint is its sub-index, and a little more is the next whole number`(
        name: String, points: [Double]
    ) throws {
        let indices = [0.0, 50, 100, 150, 200, 300, 400, 500]
        for (x, i) in zip(points, indices) {
            #expect(try index("iaqi_\(name)", x) == i)
            if x < points[points.count - 1] { #expect(try index("iaqi_\(name)", x + 0.01) == i + 1) }
        }
        let last = points.count - 1
        #expect(try index("iaqi_\(name)", points[last] * 3) == indices[last])
    }

    @Test(arguments: [
        ("pm25", 75.0, 114.0),     // 100 + 15 / 55 * 50 = 113.6
        ("pm10", 150, 112),        // 100 + 30 / 130 * 50 = 111.5
        ("no2", 350, 115),         // 100 + 150 / 500 * 50 = 115, exactly
        ("o3", 170, 63),           // 50 + 10 / 40 * 50 = 62.5
        ("co", 7.5, 75), ("so2", 475, 97),    // 50 + 325 / 350 * 50 = 96.4
    ])
    func `between breakpoints it is linear and rounded up`(name: String, x: Double, i: Double) throws {
        #expect(try index("iaqi_\(name)", x) == i)
    }

    @Test func `six levels have their names, and four of them colours`() throws {
        let levels = try #require(theme.measures.first { $0.name == "iaqi_pm25" }?.levels)
        #expect(levels.grades.map(\.from) == [0, 51, 101, 151, 201, 301])
        #expect(levels.grades.compactMap { $0.name["zh"] } == ["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"])
        #expect([50, 51, 100, 101, 150, 151, 200, 201, 300, 301].map(levels.severity) == [
            .normal, .normal, .normal, .blue, .blue, .yellow, .yellow, .orange, .orange, .red,
        ])
    }

    @Test func `the index is the worst of six sub-indices of one hour`() throws {
        let aqi = try #require(theme.measures.first { $0.name == "aqi" })
        #expect(aqi.source == .worst(["iaqi_pm25", "iaqi_pm10", "iaqi_no2", "iaqi_o3", "iaqi_so2", "iaqi_co"]))
        #expect(aqi.windows == ["1h"] && aqi.levels == theme.measures.first { $0.name == "iaqi_co" }?.levels)
    }

    @Test func `every district has stations that measure all six`() throws {
        let c = try Catalogue.load(Repo.topics)
        let stations = Dictionary(grouping: c.sensors.filter { $0.device == "air-station" }, by: \.id)
        #expect(stations.count == 33)
        for rows in stations.values { #expect(Set(rows.map(\.kind)) == ["pm25", "pm10", "no2", "o3", "so2", "co"]) }
        let districts = Set(stations.values.compactMap { c.places.place($0[0].street)?.parent })
        #expect(districts.count == c.places.children[0].count)
    }
}

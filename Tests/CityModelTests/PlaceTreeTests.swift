import CityModel
import Testing

@Suite struct PlaceTreeTests {
    static let city = Place(code: 440_100_000_000, level: .city, name: "广州市", nameEn: "Guangzhou", parent: nil)
    static func district(_ n: UInt64, _ zh: String, _ en: String) -> Place {
        Place(code: n * 1_000_000, level: .district, name: zh, nameEn: en, parent: city.code)
    }
    static func street(_ code: UInt64, _ zh: String, _ en: String) -> Place {
        Place(code: code, level: .street, name: zh, nameEn: en, parent: code / 1_000_000 * 1_000_000)
    }
    static let places = [
        street(440_106_008_000, "天河南街道", "Tianhenan Subdistrict"),
        street(440_106_006_000, "石牌街道", "Shipai Subdistrict"),
        district(440_111, "白云区", "Baiyun District"), city, district(440_106, "天河区", "Tianhe District"),
        street(440_111_018_000, "白云湖街道", "Baiyunhu Subdistrict"),
        street(440_111_020_000, "新塘街道", "Xintang Subdistrict"), street(440_111_101_000, "新塘镇", "Xintang Town"),
        street(440_111_102_000, "白云街道", "Baiyun Subdistrict"),
    ]

    func tree() throws -> PlaceTree { try PlaceTree(Self.places) }

    @Test func `the city comes first, districts follow, streets last, in code order`() throws {
        let t = try tree()
        #expect(t.places.map(\.level) == [.city, .district, .district] + Array(repeating: .street, count: 6))
        for level in PlaceLevel.allCases {
            let codes = t.places.filter { $0.level == level }.map(\.code)
            #expect(codes == codes.sorted())
        }
        #expect(t.streets == 3..<9)
        #expect(t.parentIndex == [-1, 0, 0, 1, 1, 2, 2, 2, 2])
        #expect(t.children[0] == [1, 2] && t.children[2] == [5, 6, 7, 8] && t.children[8].isEmpty)
        for i in t.places.indices { #expect(t.index(of: t.places[i].code) == i) }
    }

    @Test(arguments: [
        ("440106000000", "天河区"), ("天河区", "天河区"), ("tianhe district", "天河区"), ("天河", "天河区"), ("Tianhe", "天河区"),
        ("tianhen", "天河南街道"), ("石", "石牌街道"), ("guangzhou", "广州市"), ("广州", "广州市"), ("白云湖", "白云湖街道"),
        ("白云", "白云区"), ("Baiyun", "白云区"), ("新塘镇", "新塘镇"), ("Xintang Town", "新塘镇"),
    ])
    func `a place is found by code, name, short name or unique prefix`(text: String, name: String) throws {
        #expect(try tree().find(text)?.name == name)
    }

    @Test(arguments: ["", " ", "440106", "999999999999", "Xintang", "新塘", "白", "Tian", "Nowhere", "*", "天河区 "])
    func `what is unknown or ambiguous is not guessed`(text: String) throws {
        #expect(try tree().find(text) == nil)
    }

    @Test func `places that make no tree are refused by code`() {
        func code(_ places: [Place]) -> UInt64? {
            do { _ = try PlaceTree(places) } catch { return error.code }
            return nil
        }
        let all = Self.places
        #expect(code([]) == 0)
        #expect(code(all.filter { $0.level != .city }) != nil)
        #expect(code(all + [Place(code: 1, level: .city, name: "x", nameEn: "x", parent: nil)]) != nil)
        #expect(code(all + [all[0]]) == all[0].code)
        #expect(code(all + [Self.street(440_199_001_000, "x", "x")]) == 440_199_001_000)
        let wrong = Place(code: 5, level: .street, name: "x", nameEn: "x", parent: Self.city.code)
        #expect(code(all + [wrong]) == 5)
        let orphan = Place(code: 6, level: .district, name: "x", nameEn: "x", parent: nil)
        #expect(code(all + [orphan]) == 6)
    }

    @Test func `names follow the language`() {
        #expect(Self.city.name(.zh) == "广州市" && Self.city.name(.en) == "Guangzhou")
        #expect(Language(locale: "zh_CN.UTF-8") == .zh && Language(locale: "C") == .en && Language(locale: nil) == .en)
    }
}

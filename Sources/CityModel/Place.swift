/// What a place is in the city's tree.
public enum PlaceLevel: String, Sendable, Codable, CaseIterable {
    case city, district, street
}

/// A division of the city, named by its official 12-digit code.
public struct Place: Sendable, Hashable, Codable {
    /// The 12-digit division code, as a number: 440106004000.
    public var code: UInt64
    public var level: PlaceLevel
    /// The official (Chinese) name.
    public var name: String
    /// The English name; the official name where none is known.
    public var nameEn: String
    /// The parent's code; nil for the city.
    public var parent: UInt64?
    /// Centre, WGS-like degrees, where known.
    public var lon: Double?
    public var lat: Double?

    public init(
        code: UInt64, level: PlaceLevel, name: String, nameEn: String, parent: UInt64?, lon: Double? = nil,
        lat: Double? = nil
    ) {
        self.code = code
        self.level = level
        self.name = name
        self.nameEn = nameEn
        self.parent = parent
        self.lon = lon
        self.lat = lat
    }

    public var codeText: String { String(code) }
    public func name(_ lang: Language) -> String { lang == .zh ? name : nameEn }
}

/// The language of what operators see.
public enum Language: String, Sendable, Codable, CaseIterable {
    case zh, en

    /// From `LANG`-like text: anything that starts with `zh` is Chinese, the rest English.
    public init(locale: String?) { self = (locale ?? "").lowercased().hasPrefix("zh") ? .zh : .en }
}

/// The city with its districts and streets, held as dense arrays: a place's *index* is its position in `places`.
///
/// The city is index 0, districts follow, streets last; inside each level places stand in the order of their codes.
public struct PlaceTree: Sendable {
    public let places: [Place]
    /// Index of each place's parent; -1 for the city.
    public let parentIndex: [Int32]
    /// Indices of each place's children, in code order.
    public let children: [[Int]]
    /// Indices of the streets.
    public let streets: Range<Int>
    private let byCode: [UInt64: Int]

    /// - Throws: `PlaceTreeError` naming the first place that does not fit the tree.
    public init(_ all: [Place]) throws(PlaceTreeError) {
        let rank: (PlaceLevel) -> Int = { $0 == .city ? 0 : $0 == .district ? 1 : 2 }
        let sorted = all.sorted { (rank($0.level), $0.code) < (rank($1.level), $1.code) }
        guard sorted.first?.level == .city, sorted.filter({ $0.level == .city }).count == 1 else {
            throw PlaceTreeError(code: sorted.first?.code ?? 0, what: "there must be exactly one city")
        }
        var index: [UInt64: Int] = [:]
        for (i, p) in sorted.enumerated() {
            guard index.updateValue(i, forKey: p.code) == nil else {
                throw PlaceTreeError(code: p.code, what: "the code is listed twice")
            }
        }
        var parents: [Int32] = []
        var kids = Array(repeating: [Int](), count: sorted.count)
        for (i, p) in sorted.enumerated() {
            if p.level == .city {
                parents.append(-1)
                continue
            }
            guard let parent = p.parent, let pi = index[parent] else {
                throw PlaceTreeError(code: p.code, what: "its parent is not in the file")
            }
            let fits = p.level == .district ? sorted[pi].level == .city : sorted[pi].level == .district
            guard fits else { throw PlaceTreeError(code: p.code, what: "its parent is of the wrong level") }
            parents.append(Int32(pi))
            kids[pi].append(i)
        }
        places = sorted
        parentIndex = parents
        children = kids
        let firstStreet = sorted.firstIndex { $0.level == .street } ?? sorted.count
        streets = firstStreet..<sorted.count
        byCode = index
    }

    public var count: Int { places.count }
    public func index(of code: UInt64) -> Int? { byCode[code] }
    public func place(_ code: UInt64) -> Place? { byCode[code].map { places[$0] } }

    /// Finds a place by its code; else by its official or English name; else by a name without its last part (`天河` or
    /// `tianhe` for 天河区, Tianhe District); else by the prefix of a name that no other place has. Case is ignored.
    ///
    /// Where several places bear the name, the one of the highest level is meant; nil where that leaves several.
    public func find(_ text: String) -> Place? {
        let t = text.lowercased()
        guard !t.isEmpty else { return nil }
        if let n = UInt64(text), let p = place(n) { return p }
        let tiers: [(Place) -> Bool] = [
            { $0.name == text || $0.nameEn.lowercased() == t },
            { p in
                p.nameEn.lowercased().split(separator: " ").dropLast().joined(separator: " ") == t
                    || ["市", "区", "街道", "镇"].contains { p.name == text + $0 }
            },
        ]
        for matches in tiers {
            let hits = places.filter(matches)
            if let best = hits.first { return hits.count { $0.level == best.level } == 1 ? best : nil }
        }
        let hits = places.filter { $0.name.hasPrefix(text) || $0.nameEn.lowercased().hasPrefix(t) }
        return hits.count == 1 ? hits[0] : nil
    }
}

/// A place that does not fit the tree.
public struct PlaceTreeError: Error, Sendable {
    public var code: UInt64
    public var what: String
}

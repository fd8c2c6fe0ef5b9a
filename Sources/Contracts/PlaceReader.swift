import CityModel

/// Reads `Topics/places/*.csv`: one city, its districts, their streets.
enum PlaceReader {
    private typealias Entry = (place: Place, row: TableReader.Row)

    /// The tree of all files together; nil, with a problem at each faulty row, where they make none.
    static func tree(_ files: [String], folder: String, _ sink: ProblemSink) -> PlaceTree? {
        let before = sink.problems.count
        var entries: [Entry] = []
        var byCode: [UInt64: Entry] = [:]
        for file in files {
            for row in TableReader.rows(file, header: "code,level,name,name_en,parent,lon,lat", sink) {
                guard let p = place(row) else { continue }
                if let first = byCode[p.code]?.row {
                    row.problem("place \(p.code) is already in \(first.file):\(first.line)", "Remove one")
                    continue
                }
                byCode[p.code] = (p, row)
                entries.append((p, row))
            }
        }
        let cities = entries.filter { $0.place.level == .city }
        for extra in cities.dropFirst() {
            extra.row.problem("there is a second city", "Keep one; another city is another set of Topics")
        }
        for (p, row) in entries { checkParent(p, row, byCode[p.parent ?? 0]?.place) }
        if cities.isEmpty, let first = files.first, sink.problems.count == before {
            sink.add(first, 1, "there is no city", "Add a row of level `city`")
        }
        guard sink.problems.count == before, !files.isEmpty else { return nil }
        do {
            return try PlaceTree(entries.map(\.place))
        } catch {
            let row = byCode[error.code]?.row
            sink.add(row?.file ?? folder, row?.line ?? 1, "place \(error.code): \(error.what)", "Mend its row")
            return nil
        }
    }

    private static func place(_ row: TableReader.Row) -> Place? {
        let f = row.fields
        guard let code = SourceText.code(f[0]), code > 0 else {
            row.problem("`\(f[0])` is not a 12-digit division code", "Write 12 digits")
            return nil
        }
        guard let level = PlaceLevel(rawValue: f[1]) else {
            row.problem("`\(f[1])` is not a level", "One of: city, district, street")
            return nil
        }
        if f[2].isEmpty { row.problem("the place has no name", "Write its official name") }
        let (lon, lat) = (row.number(5, "lon", -180...180), row.number(6, "lat", -90...90))
        if f[5].isEmpty != f[6].isEmpty { row.problem("only one of lon and lat is given", "Give both or none") }
        if !f[4].isEmpty, SourceText.code(f[4]) == nil {
            row.problem("parent `\(f[4])` is not a 12-digit division code", "Write 12 digits")
        }
        return Place(
            code: code, level: level, name: f[2], nameEn: f[3].isEmpty ? f[2] : f[3], parent: SourceText.code(f[4]),
            lon: lon, lat: lat)
    }

    private static func checkParent(_ p: Place, _ row: TableReader.Row, _ parent: Place?) {
        if p.level == .city {
            if !row.fields[4].isEmpty { row.problem("a city has no parent", "Leave its parent empty") }
            return
        }
        let wanted: PlaceLevel = p.level == .district ? .city : .district
        if row.fields[4].isEmpty {
            row.problem("the \(p.level) has no parent", "Write the code of its \(wanted)")
        } else if p.parent == nil {
            return  // told already
        } else if parent == nil {
            row.problem("its parent \(row.fields[4]) is not in the file", "Add that \(wanted), or mend the code")
        } else if parent?.level != wanted {
            row.problem("its parent \(row.fields[4]) is not a \(wanted)", "A \(p.level) stands in a \(wanted)")
        }
    }
}

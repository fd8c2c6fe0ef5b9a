import CityModel
import Foundation

/// Reads the places and the sensor registry (plain comma-separated lines; a field holds no comma).
struct RegistryReader {
    let tree: PlaceTree
    let contracts: [TopicContract]
    private var seen: Set<String> = []
    private var owners: [String: String] = [:]

    init(tree: PlaceTree, contracts: [TopicContract]) {
        self.tree = tree
        self.contracts = contracts
    }

    /// Calls `row` for each line behind the header, with its number and fields.
    static func rows(_ path: String, header: String, _ sink: ProblemSink, _ row: (Int, [String]) -> Void) {
        func fail(_ line: Int, _ what: String, _ mend: String) {
            sink.problems.append(Problem(file: path, line: line, what: what, mend: mend))
        }
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else { return fail(1, "the file cannot be read as UTF-8", "Check that it exists, and its encoding") }
        let columns = header.split(separator: ",").count
        for (i, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.hasSuffix("\r") ? raw.dropLast() : raw
            if i == 0 {
                if line != header { fail(1, "the header is not the expected one", "Write `\(header)`") }
                continue
            }
            if line.isEmpty { continue }
            let f = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            if f.count != columns {
                fail(i + 1, "the row has \(f.count) fields, not \(columns)", "Columns: \(header)")
            } else {
                row(i + 1, f)
            }
        }
    }

    static func places(_ path: String, _ sink: ProblemSink) -> [Place] {
        var out: [Place] = []
        rows(path, header: "code,level,name,name_en,parent,lon,lat", sink) { line, f in
            guard f[0].count == 12, let code = UInt64(f[0]), let level = PlaceLevel(rawValue: f[1]), !f[2].isEmpty else {
                sink.problems.append(
                    Problem(
                        file: path, line: line, what: "a place needs a 12-digit code, city|district|street and a name",
                        mend: "Mend the row"))
                return
            }
            out.append(
                Place(
                    code: code, level: level, name: f[2], nameEn: f[3].isEmpty ? f[2] : f[3], parent: UInt64(f[4]),
                    lon: Double(f[5]), lat: Double(f[6])))
        }
        return out
    }

    mutating func sensors(_ path: String, _ sink: ProblemSink) -> [Sensor] {
        var out: [Sensor] = []
        let header = "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2"
        var kinds: [String: KindRule] = [:]
        for k in contracts.flatMap(\.kinds) { kinds[k.name] = k }
        var (seen, owners) = (seen, owners)
        Self.rows(path, header: header, sink) { line, f in
            func fail(_ what: String, _ mend: String) {
                sink.problems.append(Problem(file: path, line: line, what: what, mend: mend))
            }
            guard let kind = kinds[f[1]] else { return fail("kind `\(f[1])` is in no contract", "Add it, or mend the name") }
            guard let street = UInt64(f[3]), tree.place(street)?.level == .street else {
                return fail("`\(f[3])` is not a street of places/", "Use a 12-digit street code")
            }
            guard kind.conversions[f[4]] != nil else {
                return fail("unit `\(f[4])` cannot be converted to \(kind.unit)", "Add it to `convert` of \(f[1])")
            }
            guard let interval = Int(f[5]), interval > 0 else {
                return fail("interval_s must be a whole number above 0", "Write seconds")
            }
            guard seen.insert(f[0] + "\u{0}" + f[1]).inserted else {
                return fail("\(f[0]) is listed twice for \(f[1])", "Remove one")
            }
            let datum = "\(f[1]) \(f[2]) \(f[3])"
            if let other = owners.updateValue(f[6], forKey: datum), other != f[6] {
                fail("\(f[6]) and \(other) both claim \(datum)", "One source a datum: keep one owner")
            }
            out.append(
                Sensor(
                    id: f[0], kind: f[1], device: f[2], street: street, unit: f[4], intervalSeconds: interval, owner: f[6],
                    freeFlowKmh: Double(f[7]), lengthM: Double(f[8]), areaM2: Double(f[9])))
        }
        self.seen = seen
        self.owners = owners
        return out
    }
}

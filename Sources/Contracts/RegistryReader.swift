import CityModel

/// Reads the sensor registry, `Topics/sensors/*.csv`.
///
/// `free_flow_kmh` and `length_m` go together, on rows of speed: a speed sensor without them still counts for speed,
/// but not for travel time. Where the contract says how free-flow speed is learned, `length_m` may stand alone.
/// `area_m2` is required where a theme measures the density of the row's kind, or its rise.
struct RegistryReader {
    static let header = "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2"
    /// Columns that a file may leave out. `group`: sensors of one street and group measure the same thing; `road_class`,
    /// on rows of speed: which bounds of a theme's `speed_classes` hold; `upstream`: the next station against the
    /// direction of travel.
    static let optional = ["group", "road_class", "upstream"]

    private let tree: PlaceTree
    private let kinds: [String: KindRule]
    private let densityKinds: Set<String>
    private let themes: [ThemeDef]
    private var devices: [String: TableReader.Row] = [:]
    private var data: [String: TableReader.Row] = [:]
    private var owners: [String: TableReader.Row] = [:]
    /// Street and group -> its rows.
    private var groups: [String: [(row: TableReader.Row, quantity: String)]] = [:]
    private var stations = StationChain()

    init(tree: PlaceTree, contracts: [TopicContract], themes: [ThemeDef]) {
        self.tree = tree
        self.themes = themes
        kinds = Dictionary(contracts.flatMap(\.kinds).map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
        let sources = themes.flatMap(\.measures).map(\.source)
        densityKinds = Set(
            sources.flatMap { source -> [String] in
                switch source {
                case .density(let kind): [kind]
                case .ratio("people_net", "area_hours"): ["people_in", "people_out"]
                default: []
                }
            })
    }

    mutating func sensors(_ path: String, _ sink: ProblemSink) -> [Sensor] {
        var out: [Sensor] = []
        for row in TableReader.rows(path, header: Self.header, optional: Self.optional, sink) {
            if let s = sensor(row) { out.append(s) }
        }
        return out
    }

    private mutating func sensor(_ row: TableReader.Row) -> Sensor? {
        let f = row.fields
        for (column, name) in [(0, "id"), (2, "device"), (6, "owner")] where f[column].isEmpty {
            row.problem("\(name) is empty", "Write it")
        }
        guard let kind = kinds[f[1]] else {
            row.problem("kind `\(f[1])` is in no contract", "Add it to one, or mend the name")
            return nil
        }
        guard let street = SourceText.code(f[3]), tree.place(street)?.level == .street else {
            row.problem("`\(f[3])` is not a street of places/", "Use a 12-digit street code")
            return nil
        }
        if kind.conversions[f[4]] == nil {
            row.problem("unit `\(f[4])` cannot be converted to \(kind.unit)", "Add it to `convert` of \(f[1])")
        }
        let interval = Int(f[5]) ?? 0
        if !(1...86_400).contains(interval) {
            row.problem("interval_s must be a whole number from 1 to 86400", "Write seconds")
        }
        let freeFlow = row.number(7, "free_flow_kmh", 1...250)
        let length = row.number(8, "length_m", 1...100_000)
        let area = row.number(9, "area_m2", 0.01...10_000_000)
        if f[7].isEmpty != f[8].isEmpty, !f[7].isEmpty || kind.freeFlow == nil {
            row.problem("only one of free_flow_kmh and length_m is given", "Travel time needs both; give both or none")
        }
        if densityKinds.contains(f[1]), f[9].isEmpty {
            row.problem("area_m2 is missing, and a theme measures the density of \(f[1])", "Write the observed area")
        }
        checkRoadClass(row)
        checkUnique(row)
        if !f[10].isEmpty { noteGroup(row, street, kind) }
        stations.note(row, id: f[0], kind: f[1], street: street, upstream: f[12])
        return Sensor(
            id: f[0], kind: f[1], device: f[2], street: street, unit: f[4], intervalSeconds: interval, owner: f[6],
            freeFlowKmh: freeFlow, lengthM: length, areaM2: area, group: f[10].isEmpty ? nil : f[10],
            roadClass: f[11].isEmpty ? nil : f[11], upstream: f[12].isEmpty ? nil : f[12])
    }

    private func checkRoadClass(_ row: TableReader.Row) {
        let name = row.fields[11]
        if name.isEmpty { return }
        if row.fields[1] != "speed" {
            row.problem("road_class is of rows of speed", "Leave it empty for \(row.fields[1])")
        }
        for t in themes where t.speedClasses.map({ $0.bounds[name] == nil }) == true {
            let known = t.speedClasses?.bounds.keys.sorted().joined(separator: ", ") ?? ""
            row.problem("road_class `\(name)` is not in speed_classes of theme \(t.name)", "One of: \(known)")
        }
    }

    private mutating func noteGroup(_ row: TableReader.Row, _ street: UInt64, _ kind: KindRule) {
        guard let rule = kind.checks?.agreement else {
            return row.problem("the row has a group, but \(kind.name) has no `agree`", "Add it to the contract's checks")
        }
        groups["\(street)/\(row.fields[10])", default: []].append((row, rule.quantity))
    }

    /// Neighbours that are not there, or lead in a circle: called when all files are read.
    func checkStations() { stations.check() }

    /// Groups of one, or of things that cannot be compared: called when all files are read.
    func checkGroups() {
        for (_, members) in groups.sorted(by: { $0.key < $1.key }) {
            let first = members[0]
            let name = first.row.fields[10]
            if members.count == 1 {
                first.row.problem("group `\(name)` has no other sensor in this street", "Add one, or leave it empty")
            }
            for m in members where m.quantity != first.quantity {
                m.row.problem("group `\(name)` compares \(m.quantity) with \(first.quantity)", "Use another group")
            }
        }
    }

    /// A device stands in one street, sends a kind once, and a datum has one owner: over all files.
    private mutating func checkUnique(_ row: TableReader.Row) {
        let f = row.fields
        func at(_ r: TableReader.Row) -> String { "\(r.file):\(r.line)" }
        if let first = data.updateValue(row, forKey: f[0] + "," + f[1]) {
            data[f[0] + "," + f[1]] = first
            row.problem("\(f[0]) is already listed for \(f[1]) in \(at(first))", "Remove one")
        } else if let first = devices[f[0]], first.fields[3] != f[3] || first.fields[2] != f[2] {
            row.problem("\(f[0]) is another device or in another street in \(at(first))", "An id names one device")
        }
        if devices[f[0]] == nil { devices[f[0]] = row }
        let datum = f[1...3].joined(separator: ",")
        if let first = owners[datum], first.fields[6] != f[6] {
            row.problem(
                "\(f[6]) and \(first.fields[6]) (\(at(first))) both claim \(f[1]) of \(f[2]) in \(f[3])",
                "One source a datum: keep one owner")
        } else {
            owners[datum] = row
        }
    }
}

import CityModel
import Foundation

/// All that is known about the streams: the content of `Topics/`, checked.
public struct Catalogue: Sendable {
    public var root: String
    public var contracts: [TopicContract]
    public var themes: [ThemeDef]
    public var places: PlaceTree
    public var sensors: [Sensor]

    public func contract(_ name: String) -> TopicContract? { contracts.first { $0.name == name } }
    public func theme(_ name: String) -> ThemeDef? { themes.first { $0.name == name } }

    /// Loads and checks everything below `root`.
    /// - Throws: `ContractsError` with every mistake found.
    public static func load(_ root: String) throws(ContractsError) -> Catalogue {
        let (catalogue, problems) = read(root)
        guard let catalogue, problems.isEmpty else { throw ContractsError(problems: problems) }
        return catalogue
    }

    /// Every mistake below `root`, in the order of files and lines.
    public static func check(_ root: String) -> [Problem] { read(root).1 }

    private static func read(_ root: String) -> (Catalogue?, [Problem]) {
        let sink = ProblemSink()
        func files(_ folder: String, _ ext: String) -> [(path: String, name: String, stem: String)] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)) ?? []
            let found = names.filter { $0.hasSuffix("." + ext) }.sorted()
            if found.isEmpty {
                sink.problems.append(
                    Problem(
                        file: "\(root)/\(folder)", line: 1, what: "there is no .\(ext) file here",
                        mend: "Add one, or name the right folder with --topics"))
            }
            return found.map {
                ("\(root)/\(folder)/\($0)", "\(root)/\(folder)/\($0)", String($0.dropLast(ext.count + 1)))
            }
        }
        var contracts: [TopicContract] = []
        for f in files("inputs", "yaml") {
            if let m = YamlMap.load(f.path, name: f.name, sink) {
                contracts.append(ContractReader.contract(m, name: f.stem, earlier: contracts))
            }
        }
        var themes: [ThemeDef] = []
        for f in files("themes", "yaml") {
            if let m = YamlMap.load(f.path, name: f.name, sink) {
                themes.append(ThemeReader.theme(m, name: f.stem, contracts: contracts))
            }
        }
        var places: [Place] = []
        for f in files("places", "csv") { places += RegistryReader.places(f.path, sink) }
        var tree: PlaceTree?
        do {
            tree = try PlaceTree(places)
        } catch {
            let e = error as! PlaceTreeError
            sink.problems.append(
                Problem(file: "\(root)/places", line: 1, what: "place \(e.code): \(e.what)", mend: "Mend its row"))
        }
        var sensors: [Sensor] = []
        if let tree {
            var reader = RegistryReader(tree: tree, contracts: contracts)
            for f in files("sensors", "csv") { sensors += reader.sensors(f.path, sink) }
        }
        let catalogue = tree.map {
            Catalogue(root: root, contracts: contracts, themes: themes, places: $0, sensors: sensors)
        }
        return (catalogue, sink.problems)
    }
}

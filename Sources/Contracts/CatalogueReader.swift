import CityModel
import Foundation

/// Reads the folders of `Topics/` in the order in which they build on each other.
struct CatalogueReader {
    private let root: String
    private let sink = ProblemSink()

    /// The catalogue where one can be made at all, and every problem in the order of files and lines.
    static func read(_ root: String) -> (Catalogue?, [Problem]) {
        let reader = CatalogueReader(root: root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root)
        let catalogue = reader.catalogue()
        return (catalogue, reader.sink.problems.sorted())
    }

    private func catalogue() -> Catalogue? {
        var contracts: [TopicContract] = []
        let inputs = files("inputs", "yaml")
        for f in inputs {
            if let m = YamlMap.load(f.path, sink) {
                contracts.append(ContractReader.contract(m, name: f.stem, earlier: contracts))
            }
        }
        // What builds on a broken part would only repeat its problem, row by row.
        let inputsSound = sink.problems.isEmpty
        let known = contracts.count == inputs.count ? contracts : nil
        let packs = JurisdictionReader.packs(root, files: files("jurisdictions", "yaml", required: false), sink)
        let themes = files("themes", "yaml").compactMap { f in
            YamlMap.load(f.path, sink).map { ThemeReader.theme($0, name: f.stem, contracts: known, packs: packs) }
        }
        let outputFiles = files("outputs", "yaml")
        let outputs = outputFiles.compactMap { f in
            YamlMap.load(f.path, sink).map { OutputReader.output($0, name: f.stem) }
        }
        for name in OutputReader.known.keys.sorted()
        where !outputFiles.isEmpty && !OutputReader.optional.contains(name) {
            if !outputFiles.contains(where: { $0.stem == name }) {
                sink.add("\(root)/outputs", 1, "there is no \(name).yaml", "Add it: the hub writes this output")
            }
        }
        checkTopics(contracts, themes, outputs, paths: outputFiles)
        let tree = PlaceReader.tree(files("places", "csv").map(\.path), folder: "\(root)/places", sink)
        let registries = files("sensors", "csv")
        guard let tree else { return nil }
        var sensors: [Sensor] = []
        if inputsSound {
            var reader = RegistryReader(tree: tree, contracts: contracts, themes: themes)
            for f in registries { sensors += reader.sensors(f.path, sink) }
            reader.checkGroups()
            reader.checkStations()
        }
        var scenes: [CameraSceneDef] = []
        for path in scenePaths() {
            guard let m = YamlMap.load(path, sink) else { continue }
            for s in CameraSceneDef.read(m, sensors: sensors, contracts: contracts) {
                if scenes.contains(where: { $0.camera == s.camera }) {
                    sink.add(path, 1, "`\(s.camera)` has a scene already, in another file", "Keep one")
                } else {
                    scenes.append(s)
                }
            }
        }
        return Catalogue(
            root: root, contracts: contracts, themes: themes, outputs: outputs, places: tree, sensors: sensors,
            jurisdiction: packs.jurisdiction, scenes: scenes.sorted { $0.camera < $1.camera })
    }

    /// An output must not write into an input or into another output's topic: that would be a loop or a mix.
    private func checkTopics(
        _ contracts: [TopicContract], _ themes: [ThemeDef], _ outputs: [OutputContract],
        paths: [(path: String, stem: String)]
    ) {
        var inputs: [String] = []
        for c in contracts where !inputs.contains(c.topic) { inputs.append(c.topic) }
        var taken = Dictionary(contracts.map { ($0.topic, "contract \($0.name)") }, uniquingKeysWith: { a, _ in a })
        for o in outputs where !o.topic.isEmpty {
            let file = paths.first { $0.stem == o.name }?.path ?? root
            for t in o.topics(themes: themes.map(\.name), inputs: inputs) {
                if let other = taken.updateValue("output \(o.name)", forKey: t) {
                    sink.add(file, 1, "topic `\(t)` is already the topic of \(other)", "Choose another topic")
                }
            }
        }
    }

    /// Files of cameras' scenes, which there need not be.
    private func scenePaths() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/sensors")) ?? []
        return names.filter { !$0.hasPrefix(".") && $0.hasSuffix(".yaml") }.sorted().map { "\(root)/sensors/\($0)" }
    }

    /// - Parameter required: false: it is no mistake that there is no such folder, or nothing in it.
    private func files(_ folder: String, _ ext: String, required: Bool = true) -> [(path: String, stem: String)] {
        let path = "\(root)/\(folder)"
        if !required, !FileManager.default.fileExists(atPath: path) { return [] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            let there = FileManager.default.fileExists(atPath: path)
            sink.add(
                path, 1, there ? "the folder cannot be read" : "there is no such folder",
                there ? "Check that it is a folder, and its permissions" : "Name the right root with --topics")
            return []
        }
        let visible = names.filter { !$0.hasPrefix(".") }.sorted()
        for name in visible where name.hasSuffix(".yml") {
            sink.add("\(path)/\(name)", 1, "files must end in .\(ext) to be read", "Rename it")
        }
        let found = visible.filter { $0.hasSuffix("." + ext) }
        if found.isEmpty, required {
            sink.add(path, 1, "there is no .\(ext) file here", "Add one, or name the right root with --topics")
        }
        return found.map { ("\(path)/\($0)", String($0.dropLast(ext.count + 1))) }
    }
}

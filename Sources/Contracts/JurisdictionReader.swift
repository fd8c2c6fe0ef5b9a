import Foundation

/// Reads `city.yaml` and `jurisdictions/*.yaml`. Both may be missing where no theme takes its levels from a pack.
enum JurisdictionReader {
    /// One file, before what it extends is added.
    private struct Part {
        var file: YamlMap
        var title: [String: String]
        var extends: String?
        var sets: [String: LevelSet]
    }

    /// - Parameter files: path and name of each file of `jurisdictions/`.
    static func packs(_ root: String, files: [(path: String, stem: String)], _ sink: ProblemSink) -> LevelPacks {
        let before = sink.problems.count
        var parts: [String: Part] = [:]
        for f in files { if let m = YamlMap.load(f.path, sink) { parts[f.stem] = part(m, name: f.stem) } }
        // A file that could not be read may be the one that is extended.
        if parts.count == files.count {
            for (name, p) in parts.sorted(by: { $0.key < $1.key }) { check(name, p, parts) }
        }
        let chosen = city(root, parts, complete: parts.count == files.count, sink)
        guard sink.problems.count == before else { return LevelPacks(known: false, jurisdiction: nil) }
        return LevelPacks(
            known: true,
            jurisdiction: chosen.map { name in
                let line = lineage(name, parts)
                let sets = line.reversed().reduce(into: [:]) { all, n in
                    all.merge(parts[n]?.sets ?? [:], uniquingKeysWith: { $1 })
                }
                return Jurisdiction(name: name, title: parts[name]?.title ?? [:], sets: sets)
            })
    }

    private static func part(_ m: YamlMap, name: String) -> Part {
        m.checkKeys(["title", "extends", "levels"])
        m.checkName(name, "jurisdiction")
        let sets = m.map("levels").entries
        if sets.isEmpty { m.problem("there are no level sets", "Add `levels:`", at: m.child("levels")) }
        var out: [String: LevelSet] = [:]
        for (set, entry) in sets {
            entry.checkName(set, "level set")
            out[set] = levelSet(entry)
        }
        return Part(file: m, title: m.titles(), extends: m.has("extends") ? m.text("extends") : nil, sets: out)
    }

    /// A level set: `unit`, and either thresholds or `none` with the reason.
    private static func levelSet(_ m: YamlMap) -> LevelSet {
        let unit = m.text("unit")
        if m.has("none") {
            m.checkKeys(["unit", "none", "source"])
            _ = (m.text("none"), m.text("source"))
            return LevelSet(unit: unit, levels: nil)
        }
        return LevelSet(unit: unit, levels: ThemeReader.levels(m, besides: ["unit", "none"]))
    }

    private static func check(_ name: String, _ p: Part, _ parts: [String: Part]) {
        guard let base = p.extends, !base.isEmpty else { return }
        let at = p.file.child("extends")
        if parts[base] == nil {
            p.file.problem("there is no jurisdiction `\(base)` to extend", "Name a file of jurisdictions/", at: at)
        } else if lineage(base, parts).contains(name) {
            p.file.problem("\(name) extends itself", "Let one of the files stand alone", at: at)
        }
    }

    /// A jurisdiction and those that it extends, nearest first; each once.
    private static func lineage(_ name: String, _ parts: [String: Part]) -> [String] {
        var out: [String] = []
        var next: String? = name
        while let n = next, let p = parts[n], !out.contains(n) {
            out.append(n)
            next = p.extends
        }
        return out
    }

    /// `city.yaml`: the jurisdiction's name, where the file is there.
    private static func city(_ root: String, _ parts: [String: Part], complete: Bool, _ sink: ProblemSink) -> String? {
        let path = "\(root)/city.yaml"
        guard FileManager.default.fileExists(atPath: path), let m = YamlMap.load(path, sink) else { return nil }
        m.checkKeys(["jurisdiction"])
        let name = m.text("jurisdiction")
        if !name.isEmpty, complete, parts[name] == nil {
            let all = parts.keys.sorted().joined(separator: ", ")
            m.problem(
                "there is no jurisdiction `\(name)`",
                all.isEmpty ? "Add jurisdictions/\(name).yaml" : "One of: \(all), the files of jurisdictions/",
                at: m.child("jurisdiction"))
        }
        return name
    }
}

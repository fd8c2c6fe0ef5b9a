extension ThemeReader {
    /// `speed_classes: { expressway: [65, 50, 35, 20], ..., source: ... }`.
    static func speedClasses(_ m: YamlMap) -> SpeedClasses {
        var bounds: [String: [Double]] = [:]
        for (key, value) in m.node ?? [:] {
            guard let name = key.scalar?.string, name != "source" else { continue }
            m.checkName(name, "road class")
            guard let all = m.numbers(name), all.count == 4, all.allSatisfy({ (0...250).contains($0) }),
                zip(all, all.dropFirst()).allSatisfy({ $0 > $1 })
            else {
                m.problem("`\(name)` must be four falling speeds, km/h", "Write `[65, 50, 35, 20]`", at: value)
                continue
            }
            bounds[name] = all
        }
        if bounds.isEmpty, m.node?.isEmpty ?? true || m.node?.count == 1 && m.has("source") {
            m.problem("`speed_classes` has no road class", "Add `expressway: [65, 50, 35, 20]`")
        }
        return SpeedClasses(bounds: bounds, source: m.text("source"))
    }
}

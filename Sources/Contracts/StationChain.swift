/// Which station lies upstream of which, over all files of the registry: a station is a device that measures occupancy.
struct StationChain {
    static let kind = "occupancy"

    private struct Link {
        var row: TableReader.Row
        var upstream: String
    }
    /// Device -> its street.
    private var streets: [String: UInt64] = [:]
    private var links: [String: Link] = [:]

    mutating func note(_ row: TableReader.Row, id: String, kind: String, street: UInt64, upstream: String) {
        guard kind == Self.kind else {
            if !upstream.isEmpty {
                row.problem("only rows of \(Self.kind) have a station upstream", "Leave `upstream` empty here")
            }
            return
        }
        streets[id] = street
        if !upstream.isEmpty { links[id] = Link(row: row, upstream: upstream) }
    }

    /// A street's readings lie in one partition, so its stations can be compared; those of two streets need not.
    func check() {
        for (id, link) in links.sorted(by: { ($0.value.row.file, $0.value.row.line) < ($1.value.row.file, $1.value.row.line) }) {
            guard let other = streets[link.upstream] else {
                link.row.problem("`\(link.upstream)` measures no \(Self.kind)", "Name a station, or leave `upstream` empty")
                continue
            }
            if other != streets[id] {
                link.row.problem("`\(link.upstream)` is in another street", "Name a station of the same street")
            } else if leadsBack(from: id) {
                link.row.problem("the stations upstream of `\(id)` lead back to it", "Mend `upstream` of one of them")
            }
        }
    }

    private func leadsBack(from id: String) -> Bool {
        var (at, steps) = (links[id]?.upstream, 0)
        while let next = at, steps <= links.count {
            if next == id { return true }
            at = links[next]?.upstream
            steps += 1
        }
        return false
    }
}

import CityModel
import HubAPI
import TestSupport

extension MiniHub {
    /// Feeds each partition's records in their order, in batches of random sizes and interleaving, with commits and
    /// retirements (and restarts) at random; then all windows are complete.
    func feedAtRandom(_ sequences: [[String]], restarts: Bool, _ rng: inout SplitMix64) {
        var at = sequences.map { _ in 0 }
        while let p = sequences.indices.filter({ at[$0] < sequences[$0].count }).randomElement(using: &rng) {
            let n = min(sequences[p].count - at[p], Int.random(in: 1...40, using: &rng))
            feed(p, Array(sequences[p][at[p]..<(at[p] + n)]))
            at[p] += n
            guard Int.random(in: 0..<3, using: &rng) == 0 else { continue }
            commit()
            if Bool.random(using: &rng) { retire(keptMs: 60_000) }
            if restarts, Bool.random(using: &rng) { restart() }
        }
        commit(to: eight + 1_000 * minute)
    }

    /// What the rows say that measured something, whatever their status and revision.
    var content: [Key: Summary] {
        view.filter { $0.value.count > 0 }.mapValues {
            var s = $0
            (s.status, s.revision) = (.complete, 0)
            return s
        }
    }
}

import KafkaIO
import TestSupport
import Testing

/// Two members of a group share the 4 partitions of an empty topic; then one leaves. With the owners' offsets as the
/// truth, each record must be seen once, in order, by the member that holds its partition.
func shareAndLeave(_ servers: String, topic name: String, strategy: String) throws {
    try fill(servers, name, partitions: 4, count: 400)
    // The database that both members commit to.
    let one = Owner()
    let two = Owner()
    func member(_ o: Owner) throws -> Consumer {
        let c = try Consumer(
            consumerConfig(
                servers,
                [
                    "partition.assignment.strategy": strategy, "heartbeat.interval.ms": "200",
                    "fetch.min.bytes": "1",
                ]),
            source: .group(id: "g-\(name)", topics: [name]), environment: environment(), handlers: o.handlers)
        try c.start()
        return c
    }
    func step(_ a: Owner, _ c: Consumer, with other: Owner) {
        // What the one stored is what the other starts from.
        a.next.merge(other.next) { max($0, $1) }
        a.poll(c, max: 7)
    }
    let first = try member(one)
    try until({ one.held.count == 4 && one.seen.count >= 50 }) { step(one, first, with: two) }
    let second = try member(two)
    try until({ one.held.count == 2 && two.held.count == 2 }) {
        step(one, first, with: two)
        step(two, second, with: one)
    } state: { "sharing: \(one.story) | \(two.story)" }
    #expect(Set(one.held.values).union(two.held.values).count == 4)
    try fill(servers, name, partitions: 4, from: 400, count: 400)
    try until({ one.seen.count + two.seen.count >= 800 }) {
        step(one, first, with: two)
        step(two, second, with: one)
    } state: { "reading: \(one.story) | \(two.story)" }
    #expect(!two.seen.isEmpty)
    second.close()
    #expect(two.held.isEmpty)
    try fill(servers, name, partitions: 4, from: 800, count: 400)
    try until({ one.held.count == 4 && one.seen.count + two.seen.count >= 1200 }) {
        step(one, first, with: two)
    } state: { "alone: \(one.story)" }
    first.close()
    #expect(one.surprises.isEmpty && two.surprises.isEmpty)
    let values = (one.seen + two.seen).compactMap { $0.value.flatMap { Int($0) } }
    #expect(values.count == 1200 && Set(values) == Set(0..<1200))
}

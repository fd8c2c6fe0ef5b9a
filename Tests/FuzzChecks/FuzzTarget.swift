import Foundation

/// What did not hold for some bytes.
public struct Finding: Error, CustomStringConvertible {
    public var description: String
    public init(_ what: String) { description = what }
}

/// - Throws: `Finding` with `what` where `holds` is false.
func require(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw Finding(what()) }
}

/// One thing that reads bytes from outside, with what must hold for any bytes whatever. The fuzzer and the corpus tests
/// run the same check.
public struct FuzzTarget: Sendable {
    /// A check with the state that it keeps between inputs; not thread-safe.
    public typealias Check = (_ input: [UInt8]) throws -> Void

    /// Also the name of its folder in Tests/Corpus.
    public var name: String
    /// Longest input that the fuzzer tries, bytes.
    public var maxLength: Int
    public var make: @Sendable () throws -> Check

    public static let all: [FuzzTarget] = [
        .init(name: "readings", maxLength: 5000) { RecordCheck.run(try .init("sensor-readings")) },
        .init(name: "video", maxLength: 4096) { RecordCheck.run(try .init("video")) },
        .init(name: "topics", maxLength: 8192) { CatalogueCheck.run(try .init()) },
        .init(name: "aggregate", maxLength: 8192) { AggregateCheck.run },
        .init(name: "partition", maxLength: 4096) { PartitionCheck.run(try .init()) },
        .init(name: "lines", maxLength: 4096) { FileCheck.run(try .init()) },
    ]
}

import Contracts
import Foundation
import HubAPI
import Pipeline
import TestSupport
import Wire

/// A file of records as `kapok process` reads it: its lines are those that a plain split finds, and windows, ledger and
/// dead letters do not depend on the sizes of chunks, buffers and batches.
final class FileCheck {
    private struct Outcome: Equatable {
        var summaries: [Summary] = []
        var dead: [String] = []
        var books: [Int64] = []
    }
    private static let maxBytes = 128
    private let city: TinyCity

    init() throws {
        city = try TinyCity(
            [
                "themes/city.yaml": """
                version: 1
                title: { zh: 城, en: City }
                topics: [sensor-readings]
                pane: 1m
                windows:
                  1m: { size: 1m }
                  3m: { size: 3m, every: 1m }
                measures:
                  speed:
                    title: { zh: 车速, en: Speed }
                    kind: speed
                    unit: km/h
                    aggregates: [count, mean, p50, variance, last]
                    display: mean

                """
            ], replacing: ["max_bytes: 4096": "max_bytes: \(Self.maxBytes)"])
    }

    static func run(_ check: FileCheck) -> FuzzTarget.Check { { try check.run($0) } }

    private func run(_ input: [UInt8]) throws {
        let whole = try read(input, chunk: input.count + 1, capacity: input.count + Self.maxBytes + 2, batch: 1024)
        for (chunk, capacity, batch) in [(1, Self.maxBytes + 2, 1), (7, 200, 3)] {
            let other = try read(input, chunk: chunk, capacity: capacity, batch: batch)
            try require(other == whole, "chunks of \(chunk), buffer of \(capacity): \(other), whole \(whole)")
        }
    }

    private func read(_ input: [UInt8], chunk: Int, capacity: Int, batch: Int) throws -> Outcome {
        var out = Outcome()
        let pipeline = FilePipeline(
            try city.contract("sensor-readings"), themes: city.catalogue.themes, catalogue: city.catalogue,
            pseudonym: nil, batchSize: batch, summaries: { out.summaries += $0 },
            deadLetters: { line, reason, detail, _ in out.dead.append("\(line) \(reason.name) \(detail)") })
        let buffer = LineBuffer(capacity: capacity)
        let expected = Self.lines(input)
        var (at, line) = (0, 0)
        while true {
            while at < input.count, !buffer.room.isEmpty {
                let n = min(chunk, buffer.room.count, input.count - at)
                buffer.room.copyBytes(from: input[at..<(at + n)])
                buffer.wrote(n)
                at += n
            }
            let ended = at == input.count && !buffer.room.isEmpty
            try buffer.lines(atEnd: ended) { bytes in
                let whole = line < expected.count ? expected[line] : []
                let fits = whole.count <= capacity && bytes.elementsEqual(whole)
                let cut = bytes.count > Self.maxBytes && (whole + [13]).starts(with: bytes)
                try require(line < expected.count && (fits || cut), "line \(line + 1) is another")
                line += 1
                try pipeline.feed(bytes)
            }
            try pipeline.flush()
            buffer.compact()
            if ended { break }
        }
        try pipeline.finish()
        try require(line == expected.count, "\(line) lines of \(expected.count)")
        let l = pipeline.processor.ledger
        try require(l.isBalanced && l.deadLettered == Int64(out.dead.count), "the books do not balance: \(l)")
        out.books = [l.first, l.next, l.accepted, l.late, l.duplicate, l.gap] + l.dead
        return out
    }

    /// The lines of a file: LF ends one, a CR before it is no part of it, and what stands behind the last is one too.
    private static func lines(_ input: [UInt8]) -> [[UInt8]] {
        var all = input.split(separator: 10, omittingEmptySubsequences: false)
        if all.last?.isEmpty ?? false { all.removeLast() }
        return all.map { Array($0.last == 13 ? $0.dropLast() : $0) }
    }
}

import ArgumentParser
import CityModel
import Contracts
import Foundation
import HubAPI
import Pipeline
import Wire

struct ProcessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process", abstract: "Run the pipeline over a file and exit.",
        discussion: """
            One record a line. An integer member "_ts" (ms) stands for the Kafka record's timestamp. Of a line beyond
            4 MiB (or max_bytes, if that is more) the beginning is the dead letter, and the rest is passed over.
            Example: kapok process --contract sensor-readings --theme traffic --input day.jsonl --summaries out.jsonl
            """)

    @OptionGroup var catalogue: CatalogueOptions
    @Option(help: "Contract of the records: the name of a file of inputs/.") var contract: String
    @Option(help: "Theme; repeat for several. Default: every theme that reads the contract.") var theme: [String] = []
    @Option(help: "Input file; - is standard input.") var input: String
    @Option(help: "Output file, one JSON object a place, measure and window; - is standard output.")
    var summaries: String
    @Option(help: "File for dead letters, one JSON object each.") var deadLetters: String?
    @Flag(help: "Leave out windows in which nothing was measured.") var skipEmpty = false
    @Option(help: "Key file for pseudonyms; without it, fields to be replaced are dropped.") var pseudonymKey: String?
    @Flag(help: "Print the ledger and the speed to standard error as JSON.") var stats = false

    func run() throws {
        do { try process() } catch { throw report(error) }
    }

    private func process() throws {
        let c = try catalogue.load()
        let contract = try c.required(contract)
        let reading = c.themes.filter { $0.topics.contains(contract.name) }
        let themes = theme.isEmpty ? reading : reading.filter { theme.contains($0.name) }
        if let odd = theme.first(where: { t in !reading.contains { $0.name == t } }) {
            throw KapokError(
                "unknown-theme", "no theme `\(odd)` reads \(contract.name)",
                mend: "One of: \(reading.map(\.name).joined(separator: ", "))")
        }
        let out = try ByteFile(summaries)
        var rowsWritten = 0
        var line: [UInt8] = []
        let dead = try deadLetters.map { try LineWriter($0) }
        let pipeline = FilePipeline(
            contract, themes: themes, catalogue: c, pseudonym: try pseudonymKey.map { try Pseudonym(keyFile: $0) },
            summaries: { rows in
                for row in rows where !skipEmpty || row.count > 0 {
                    line.removeAll(keepingCapacity: true)
                    row.appendJSON(to: &line)
                    try out.line(line)
                    rowsWritten += 1
                }
            },
            deadLetters: { line, reason, detail, bytes in
                try dead?.write(DeadLetterLine(line: line, reason: reason.name, detail: detail, bytes: bytes))
            })
        let clock = ContinuousClock()
        let start = clock.now
        let cpu = cpuSeconds()
        let reader = try LineReader(input, capacity: max(4 << 20, contract.maxBytes + 2))
        while try reader.next(pipeline.feed) {
            try pipeline.flush()
            reader.compact()
        }
        try pipeline.finish()
        try out.close()
        try dead?.close()
        let wall = (clock.now - start) / .seconds(1)
        let l = pipeline.processor.ledger
        if stats {
            let s = ProcessStats(
                events: pipeline.lines, accepted: l.accepted, late: l.late, duplicate: l.duplicate,
                deadLettered: l.deadLettered, wallSeconds: wall, cpuSeconds: cpuSeconds() - cpu,
                eventsPerSecond: Double(pipeline.lines) / max(wall, 1e-9), maxResidentKiB: maxResidentKiB())
            fail(String(decoding: try LineWriter.encoder.encode(s), as: UTF8.self))
        } else {
            fail(
                "\(pipeline.lines) records: \(l.accepted) accepted, \(l.late) late, \(l.duplicate) duplicate, "
                    + "\(l.deadLettered) dead letters. \(rowsWritten) summaries.")
        }
    }
}

private struct DeadLetterLine: Encodable {
    var line: Int64
    var reason: String
    var detail: String
    /// Base64.
    var bytes: Data
    init(line: Int64, reason: String, detail: String, bytes: [UInt8]) {
        self.line = line
        self.reason = reason
        self.detail = detail
        self.bytes = Data(bytes)
    }
}

private struct ProcessStats: Encodable {
    var events, accepted, late, duplicate, deadLettered: Int64
    var wallSeconds, cpuSeconds, eventsPerSecond: Double
    var maxResidentKiB: Int
}

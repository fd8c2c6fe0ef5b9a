import ArgumentParser
import CityModel
import Contracts
import Foundation
import Store
import Verification

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a hub's database: ledgers, rows against their partials, sums.",
        discussion: """
            It reads only, takes no lock, and works beside a running hub. Exit code 0: nothing is wrong; 1: the first \
            wrong row is named; 2: the database cannot be read.
            Example: kapok verify
            Example: kapok verify --db /var/lib/kapok/hub.db --theme traffic --json
            """)

    @OptionGroup var catalogue: CatalogueOptions
    @Option(help: "Database file; default: .kapok/hub.db where it is, else the demo's.") var db: String?
    @Option(help: "Theme; default: all.") var theme: String?
    @Flag(help: "Print the report as JSON.") var json = false
    @Option(help: "Language: zh or en; default from LANG.") var lang: Language?

    /// Where `kapok hub` and `kapok demo` put theirs.
    private static let usual = [".kapok/hub.db", ".kapok/demo/hub.db"]

    func run() throws {
        let lang = lang ?? .ofLocale
        let (path, report) = try read()
        if json {
            let answer = Answer(database: path, report: report)
            print(String(decoding: try LineWriter.encoder.encode(answer), as: UTF8.self))
        } else {
            print(VerifyTable(lang).text(report, path: path))
        }
        guard let first = report.first else { return }
        fail("kapok: \(VerifyTable(lang).wrong(first))")
        throw ExitCode(1)
    }

    private struct Answer: Encodable {
        var database: String
        var report: VerifyReport
    }

    /// Whatever cannot be read is exit code 2: nothing is known then.
    private func read() throws -> (String, VerifyReport) {
        let c = try catalogue.load()
        do {
            let path = try db ?? found()
            let reader = try StoreReader(path: path)
            let verifier = Verifier(c)
            return (path, try reader.snapshot { try verifier.verify($0, theme: theme) })
        } catch {
            _ = report(error)
            throw ExitCode(2)
        }
    }

    private func found() throws(KapokError) -> String {
        guard let path = Self.usual.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw KapokError(
                "database-missing", "there is neither \(Self.usual.joined(separator: " nor "))",
                mend: "Run `make demo` or `kapok hub`, or name a database with --db")
        }
        return path
    }
}

/// The report for people, in one of two languages.
struct VerifyTable {
    private let zh: Bool
    private let lang: Language
    init(_ lang: Language) {
        self.lang = lang
        zh = lang == .zh
    }

    func text(_ r: VerifyReport, path: String) -> String {
        var lines = [zh ? "数据库 \(path)" : "Database \(path)"]
        lines.append(zh ? "分区账本：\(r.partitions)" : "Partition ledgers checked: \(r.partitions)")
        for t in r.themes {
            lines.append(
                zh
                    ? "主题 \(t.theme)：\(t.rows) 行，重算 \(t.recomputed) 行，核对 \(t.sums) 个合计"
                    : "Theme \(t.theme): \(t.rows) rows, \(t.recomputed) made again from their partials, \(t.sums) sums")
            for reason in NotProvable.allCases {
                guard let n = t.notProvable[reason.rawValue] else { continue }
                lines.append((zh ? "  无法证明 \(n) 行：" : "  not provable, \(n) rows: ") + reason.text(lang))
            }
        }
        lines.append(
            r.wrong == 0
                ? zh ? "全部一致。" : "Nothing is wrong."
                : zh ? "发现 \(r.wrong) 处错误。" : "Wrong: \(r.wrong).")
        return lines.joined(separator: "\n")
    }

    func wrong(_ w: WrongRow) -> String {
        (zh ? "第一处错误（\(w.check.rawValue)）：" : "the first wrong row (\(w.check.rawValue)): ") + w.text(lang)
    }
}

import CityModel
import Contracts
import Foundation
import GRDB
import Pipeline
import Store
import TestSupport
import Testing

@testable import Verification

/// What can be proved, and what is only said to be unprovable.
@Suite struct ProvableTests {
    @Test func `under other files nothing is proved and nothing is called wrong`() throws {
        let filled = try FilledStore.shared.get()
        let copy = try filled.copy()
        let loop = ("loop-1,speed,loop,440106001000", "loop-9,speed,loop,440103002000")
        for edit in ["p85]": "p90]", "size: 5m": "size: 10m", loop.0: loop.1] {
            let report = try copy.verify(try TinyCity(replacing: [edit.key: edit.value]).catalogue)
            #expect(report.wrong == 0 && report.themes[0].recomputed == 0, "\(edit)")
            #expect(report.themes[0].notProvable == ["other-configuration": report.themes[0].rows])
        }
        let unknown = try copy.verify(
            try TinyCity(["themes/city.yaml": try #require(TinyCity.files["themes/city.yaml"])]).catalogue)
        #expect(unknown.themes[0].recomputed > 0)
        try copy.write { try $0.execute(sql: "DELETE FROM meta WHERE key LIKE 'configuration%'") }
        let older = try copy.verify(filled.city.catalogue)
        #expect(older.wrong == 0 && older.themes[0].notProvable == ["older-kapok": older.themes[0].rows])
    }

    @Test func `titles are no part of the fingerprint; what rows are made of is`() throws {
        func fingerprint(_ city: TinyCity) throws -> String {
            ThemePlan(try #require(city.catalogue.theme("city")), city.catalogue).fingerprint
        }
        let plain = try fingerprint(try TinyCity())
        #expect(plain.count == 64)
        #expect(try fingerprint(try TinyCity()) == plain)
        #expect(try fingerprint(try TinyCity(replacing: ["en: Speed": "en: Velocity", "西一街道": "西街道"])) == plain)
        for (old, new) in [
            ("version: 1", "version: 2"), ("red: 2.1", "red: 2.2"), ("[max, last]", "[max]"),
            ("every: 1m", "every: 5m"), ("topic: t.sensors", "topic: t.readings"),
            ("loop-2,speed,loop,440106002000,km/h,20", "loop-2,speed,loop,440106002000,km/h,90"),
        ] {
            #expect(try fingerprint(try TinyCity(replacing: [old: new])) != plain, "\(old)")
        }
    }

    @Test func `after a change of the configuration only what was shown since is proved`() throws {
        let folder = try TempFolder("kapok-verify")
        let db = folder.file("hub.db").path
        let stream = DirtyStream("t.sensors", records: 4000, seed: 3, stepMs: 1000)
        var at: [Int]?
        var rows = 0
        // Twice under the first files: starting again changes nothing.
        for (run, edits) in [[:], [:], ["p85]": "p90]"]].enumerated() {
            let city = try TinyCity(replacing: edits)
            let f = try Feeder(city.catalogue, db: db, [stream], from: at)
            while f.feed(0, 50) < (run + 1) * 1300 { try f.commit() }
            try f.commitAll()
            at = try f.close()
            let verifier = Verifier(city.catalogue)
            let report = try StoreReader(path: db).snapshot { try verifier.verify($0) }
            let t = report.themes[0]
            let earlier = t.notProvable["earlier-configuration"] ?? 0
            #expect(report.first == nil, "run \(run)")
            #expect(t.recomputed + earlier + (t.notProvable["provisional"] ?? 0) == t.rows && t.recomputed > 100)
            #expect(run == 2 ? earlier >= rows : earlier == 0, "run \(run)")
            rows = t.recomputed
        }
    }

    @Test func `indices, and what pairs a count with a speed, are proved over restarts`() throws {
        let folder = try TempFolder("kapok-verify")
        let db = folder.file("hub.db").path
        let city = try TinyCity(["themes/city.yaml": TinyCity.trafficTheme])
        let stream = DirtyStream("t.sensors", records: 4000, seed: 5, stepMs: 300, counts: true)
        var at: [Int]?
        for run in 1...4 {
            let f = try Feeder(city.catalogue, db: db, [stream], from: at)
            while f.feed(0, 37) < run * 1000 { try f.commit() }
            try f.commitAll()
            at = try f.close()
        }
        let verifier = Verifier(city.catalogue)
        let report = try StoreReader(path: db).snapshot { try verifier.verify($0) }
        let t = report.themes[0]
        #expect(report.first == nil && report.wrong == 0 && t.recomputed > 100, "\(report)")
        try DatabaseQueue(path: db).read { db in
            for measure in ["tpi", "pti", "congestion", "tti_travel"] {
                let n = try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM summaries WHERE measure = ? AND status <> 'provisional' AND count > 0",
                    arguments: [measure]) ?? 0
                #expect(n > 0, "\(measure)")
            }
        }
    }

    @Test func `changes that wait to be shown are said to wait, and are shown after a restart`() throws {
        let city = try TinyCity()
        let folder = try TempFolder("kapok-verify")
        let db = folder.file("hub.db").path
        // The second partition is away while the first goes through an hour and a half.
        let streams = [
            DirtyStream("t.sensors", records: 4000, seed: 21, stepMs: 2700),
            DirtyStream("t.sensors", records: 4000, seed: 22, stepMs: 2700),
        ]
        func verified() throws -> VerifyReport {
            let verifier = Verifier(city.catalogue)
            return try StoreReader(path: db).snapshot { try verifier.verify($0) }
        }
        var f = try Feeder(city.catalogue, db: db, streams)
        while f.feed(0, 100) < 4000 { try f.commit(after: 40_000) }
        try f.commitAll()
        f.feed(1, 4000)
        try f.commit()
        let at = try f.close()
        let waiting = try verified()
        #expect(waiting.first == nil && (waiting.themes[0].notProvable["change-pending"] ?? 0) > 500)

        f = try Feeder(city.catalogue, db: db, streams, from: at)
        try f.commitAll()
        _ = try f.close()
        let shown = try verified()
        #expect(shown.first == nil && shown.themes[0].notProvable["change-pending"] == nil)
        #expect(shown.themes[0].recomputed > waiting.themes[0].recomputed + 500)
    }

    @Test func `only the theme asked for is read, and an unknown one is said`() throws {
        let filled = try FilledStore.shared.get()
        let copy = try filled.copy()
        #expect(try copy.verify(filled.city.catalogue, theme: "city").themes.map(\.theme) == ["city"])
        #expect(throws: KapokError.self) { try copy.verify(filled.city.catalogue, theme: "village") }
        let none = try TinyCity(["themes/city.yaml": TinyCity.files["themes/city.yaml"] ?? ""]).catalogue
        var other = none
        other.themes[0].name = "village"
        let report = try copy.verify(other)
        #expect(report.wrong == 0 && report.themes[0].notProvable == ["unknown-theme": report.themes[0].rows])
    }

    @Test func `every reason has words in both languages`() {
        for r in NotProvable.allCases {
            #expect(r.text(.zh) != r.rawValue && r.text(.en) != r.rawValue && r.text(.zh) != r.text(.en))
        }
    }
}

import CityModel
import Contracts
import Foundation
import Testing

@testable import Simulator

@Suite struct FormatTests {
    let town: Catalogue
    let clean: [Sent]

    init() throws {
        town = try Town.load()
        var sim = try CitySimulator(
            catalogue: town,
            config: SimulatorConfig(
                start: Town.start, durationMs: 400_000, dirt: .none, incidents: Incident.demo(town)))
        clean = sim.all()
    }

    @Test func `a clean reading has all members, in the registry's unit and the contract's range`() throws {
        let rows = Dictionary(uniqueKeysWithValues: town.sensors.map { ($0.id + "/" + $0.kind, $0) })
        let rules = Dictionary(uniqueKeysWithValues: town.contracts.flatMap(\.kinds).map { ($0.name, $0) })
        let readings = clean.filter { $0.record.contract == 0 }
        #expect(Set(readings.map(\.kind)) == Set(town.contracts[0].kinds.map(\.name)))
        for s in readings {
            let j = try #require(s.json)
            let row = try #require(rows[s.sensor + "/" + s.kind])
            let rule = try #require(rules[s.kind])
            let factor = try #require(rule.conversions[row.unit])
            #expect(j["unit"] as? String == row.unit && j["street"] as? String == String(row.street))
            #expect(rule.range.contains(s.value * factor))
            #expect((j["id"] as? String)?.count == 36)
            let q = try #require(j["q"] as? Double)
            #expect(q >= 0.9 && q < 1)
            #expect((j["lane"] != nil) == s.sensor.hasPrefix("loop"))
            #expect(s.time?.ms == s.record.eventMs)
            #expect((160...230).contains(s.payload.count))
            #expect(s.record.key == Array(String(row.street).utf8))
        }
    }

    @Test func `a sensor that sends another unit sends the same quantity`() {
        // Street 5's floating cars send m/s, its loops km/h; street 4's gauges cm.
        let all = clean.filter { $0.record.street == 440_103_005_000 }
        let loop = all.filter { $0.sensor.hasPrefix("loop") && $0.kind == "speed" }.map(\.value)
        let cars = all.filter { $0.sensor.hasPrefix("fcd") }.map(\.value)
        let ratio = loop.reduce(0, +) / Double(loop.count) / (cars.reduce(0, +) / Double(cars.count))
        #expect(abs(ratio - 3.6) < 0.3)
    }

    @Test func `most cameras speak the minimal schema, some the full one`() throws {
        let frames = clean.filter { $0.record.contract == 1 }
        let minimal = frames.filter { $0.json?["version"] as? String == "4.0" }
        let full = frames.filter { $0.json?["mdsversion"] as? String == "1.0" }
        #expect(minimal.count + full.count == frames.count && full.count > 0 && minimal.count > full.count)
        for s in minimal {
            #expect(s.sensor.hasPrefix("cam-") && s.time != nil && (s.json?["id"] as? String)?.count == 36)
            for o in s.objects {
                let f = o.split(separator: "|", omittingEmptySubsequences: false)
                #expect(f.count >= 6 && UInt64(f[0]) != nil && ["Person", "Vehicle"].contains(String(f[5])))
                let box = f[1...4].compactMap { Int($0) }
                #expect(box.count == 4 && box[0] >= 0 && box[0] < box[2] && box[1] < box[3] && box[2] <= 1920)
            }
        }
        for s in full {
            let j = try #require(s.json)
            for name in ["messageid", "@timestamp", "place", "analyticsModule", "event", "videoPath"] {
                #expect(j[name] != nil)
            }
            let object = try #require(j["object"] as? [String: Any])
            let vehicle = try #require(object["vehicle"] as? [String: Any])
            #expect((vehicle["license"] as? String)?.hasPrefix("粤A") == true && object["id"] is String)
            #expect((object["bbox"] as? [String: Any])?.count == 4)
        }
    }

    @Test func `names that need room or escapes still give whole messages`() throws {
        var odd = town
        let name = String(repeating: "\"x\\", count: 200)
        odd.contracts[1].objectClasses = [name: "persons", name + "v": "vehicles_seen"]
        for i in odd.sensors.indices { odd.sensors[i].id += "\"\\\u{1}" }
        var sim = try CitySimulator(
            catalogue: odd, config: SimulatorConfig(start: Town.start, durationMs: 30_000, dirt: .none))
        let all = sim.all()
        #expect(!all.isEmpty && all.allSatisfy { $0.json != nil && $0.payload.count <= 65_536 })
        #expect(all.contains { $0.objects.contains { $0.hasSuffix("|" + name) } })
    }

    @Test func `an object keeps its id from frame to frame`() {
        let frames = clean.filter { $0.sensor == "cam-440103003-02" }
        var kept = 0
        for (a, b) in zip(frames, frames.dropFirst()) {
            func ids(_ s: Sent) -> Set<Substring> { Set(s.objects.compactMap { $0.split(separator: "|").first }) }
            if !ids(a).isDisjoint(with: ids(b)) { kept += 1 }
        }
        #expect(kept * 2 > frames.count)
    }

    @Test func `numbers are written as they are`() {
        func text(_ write: (inout ByteWriter) -> Void) -> String {
            var buffer = [UInt8](repeating: 0, count: 64)
            let n = buffer.withUnsafeMutableBufferPointer { b in
                guard let base = b.baseAddress else { return 0 }
                var w = ByteWriter(base)
                write(&w)
                return w.count
            }
            return String(decoding: buffer[0..<n], as: UTF8.self)
        }
        for v in [0, 7, 10, -1, 999_999, Int64.max, Int64.min] { #expect(text { $0.integer(v) } == String(v)) }
        let cases: [(Int64, Int32, String)] = [
            (375, 1, "37.5"), (-5, 1, "-0.5"), (7, 3, "0.007"), (100, 2, "1.00"), (42, 0, "42"), (0, 2, "0.00"),
        ]
        for (v, d, expected) in cases { #expect(text { $0.fixed(v, d) } == expected) }
        #expect(text { $0.hex(0xab12, 6) } == "00ab12")
        var stamp = TimeStamp()
        for ms in [Town.start.ms + 7, Town.start.ms - 1, 999] {
            let t = text { stamp.write(ms, &$0) }
            #expect(EventTime(rfc3339: t)?.ms == ms && t.count == 24)
        }
    }

    @Test func `exp and log agree with the C library`() {
        for x in stride(from: -30.0, through: 30, by: 0.37) {
            #expect(abs(PortableMath.exp(x) / Foundation.exp(x) - 1) < 1e-11)
            let y = Foundation.exp(x)
            #expect(abs(PortableMath.log(y) - x) < 1e-10)
        }
        #expect(PortableMath.exp(-1000) == 0 && PortableMath.log(0) == 0)
    }
}

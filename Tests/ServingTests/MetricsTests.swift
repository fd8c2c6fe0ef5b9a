import CityModel
import Foundation
import HubAPI
import Testing

@testable import Serving

@Suite struct MetricsTests {
    /// Samples by name and labels, from exposition text that keeps to the format.
    private func parse(_ text: String) throws -> [String: Double] {
        var out: [String: Double] = [:]
        var (help, type): (String?, String?) = (nil, nil)
        try #require(text.hasSuffix("\n"))
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("# HELP ") {
                help = line.split(separator: " ").dropFirst(2).first.map(String.init)
                continue
            }
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ").map(String.init)
                #expect(words.count == 4 && words[2] == help && ["counter", "gauge"].contains(words[3]), "\(line)")
                type = words[2]
                continue
            }
            let sample =
                #/([a-z_]+)(\{([a-z]+="([^"\\\n]|\\\\|\\"|\\n)*"(,[a-z]+="([^"\\\n]|\\\\|\\"|\\n)*")*)\})? (-?[0-9.e+-]+)/#
            let m = try #require(try sample.wholeMatch(in: line), "\(line)")
            #expect(String(m.1) == type, "a sample outside its family: \(line)")
            let key = String(m.1) + (m.2.map(String.init) ?? "")
            #expect(out[key] == nil, "twice: \(key)")
            out[key] = try #require(Double(String(m.7)) as Double?)
        }
        return out
    }

    @Test func `every line is of the format, and the values are the health report's`() async throws {
        try await Served.with([], health()) { s in
            let r = try await s.get("/metrics")
            #expect(r.status == 200 && r.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            var wanted: [String: Double] = [
                #"kapok_dead_letters_total{reason="malformed"}"#: 1,
                #"kapok_dead_letters_total{reason="weird\"\\\nreason"}"#: 2,
                #"kapok_lag_records{topic="city.readings",partition="0"}"#: 7,
                #"kapok_watermark_delay_seconds{topic="city.readings",partition="0"}"#: 5.5,
                #"kapok_theme_delay_seconds{theme="emergency"}"#: 0, #"kapok_theme_delay_seconds{theme="traffic"}"#: 0,
                "kapok_commits_total": 9, "kapok_commit_seconds": 0.0125, "kapok_broker_up": 1,
                "kapok_pending_windows": 0, "kapok_outbox_messages": 0, "kapok_stream_subscribers": 0,
            ]
            for (owner, never) in [("Fire", 2.0), ("Police", 2.0)] {
                for state in ["fresh", "stale", "never", "unknown"] {
                    wanted[#"kapok_sensors{owner="\#(owner)",state="\#(state)"}"#] = state == "never" ? never : 0
                }
            }
            for p in 0...1 {
                wanted[#"kapok_partition_idle{topic="city.readings",partition="\#(p)"}"#] = Double(p)
                for (outcome, n) in [("accepted", 12), ("late", 3), ("duplicate", 2), ("dead_lettered", 1), ("gap", 2)]
                {
                    wanted[#"kapok_events_total{topic="city.readings",partition="\#(p)",outcome="\#(outcome)"}"#] =
                        Double(n)
                }
            }
            #expect(try parse(r.text) == wanted)
        }
    }

    @Test func `subscribers are counted, and a hub without partitions has metrics too`() async throws {
        try await Served.with([], health(clock: nil, idle: [], broker: .down)) { s in
            let reader = try await EventReader(s.port)
            _ = await reader.next()
            let m = try parse(try await s.get("/metrics").text)
            #expect(m["kapok_stream_subscribers"] == 1 && m["kapok_broker_up"] == 0)
            #expect(!m.keys.contains { $0.hasPrefix("kapok_events_total") })
        }
    }
}

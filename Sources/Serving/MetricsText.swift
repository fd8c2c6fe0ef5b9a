import CityModel
import HubAPI

/// The hub's health as Prometheus text (exposition format 0.0.4).
enum MetricsText {
    static func render(_ h: Health, sensors: [SensorsResponse.Count] = [], subscribers: Int) -> String {
        var out = ""
        func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: Double)]) {
            guard !samples.isEmpty else { return }
            out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for s in samples {
                let number =
                    s.value == s.value.rounded() && s.value.magnitude < 1e15 ? String(Int64(s.value)) : String(s.value)
                out += name + (s.labels.isEmpty ? "" : "{\(s.labels)}") + " \(number)\n"
            }
        }
        func of(_ p: Health.Partition) -> String { "topic=\"\(escape(p.topic))\",partition=\"\(p.partition)\"" }
        family(
            "kapok_events_total", "counter", "Records by outcome; with the gap they add up to the offsets spanned.",
            h.partitions.flatMap { p in
                [
                    ("accepted", p.accepted), ("late", p.late), ("duplicate", p.duplicate),
                    ("dead_lettered", p.deadLettered),
                    ("gap", p.gap),
                ].map { (of(p) + ",outcome=\"\($0.0)\"", Double($0.1)) }
            })
        family(
            "kapok_dead_letters_total", "counter", "Dead letters by reason.",
            h.deadLetters.sorted { $0.key < $1.key }.map { ("reason=\"\(escape($0.key))\"", Double($0.value)) })
        family(
            "kapok_lag_records", "gauge", "Records in the partition not yet read.",
            h.partitions.compactMap { p in p.lag.map { (of(p), Double($0)) } })
        family(
            "kapok_watermark_delay_seconds", "gauge", "Wall clock less the partition's watermark.",
            h.partitions.compactMap { p in p.watermark.map { (of(p), Double(h.at - $0) / 1000) } })
        family(
            "kapok_partition_idle", "gauge", "1: the partition no longer holds its themes' clocks.",
            h.partitions.map { (of($0), $0.idle ? 1 : 0) })
        family(
            "kapok_theme_delay_seconds", "gauge", "Wall clock less the theme's clock.",
            h.themes.compactMap { t in t.clock.map { ("theme=\"\(escape(t.theme))\"", Double(h.at - $0) / 1000) } })
        family("kapok_commits_total", "counter", "Transactions committed.", [("", Double(h.commits))])
        family("kapok_commit_seconds", "gauge", "How long the newest commit took.", [("", h.lastCommitMs / 1000)])
        family(
            "kapok_pending_windows", "gauge", "Windows whose change has not been shown yet.",
            [("", Double(h.pendingWindows))])
        family(
            "kapok_outbox_messages", "gauge", "Messages that Kafka has not confirmed yet.", [("", Double(h.outboxMessages))])
        family(
            "kapok_sensors", "gauge", "Sensors by department; stale: silent for more than three intervals.",
            sensors.flatMap { c in
                [("fresh", c.fresh), ("stale", c.stale), ("never", c.never), ("unknown", c.unknown)].map {
                    ("owner=\"\(escape(c.name))\",state=\"\($0.0)\"", Double($0.1))
                }
            })
        if let e = h.edge {
            family("kapok_edge_unsent", "gauge", "Cells that wait to be handed on.", [("", Double(e.unsent))])
            family(
                "kapok_edge_unsent_seconds", "gauge", "Wall clock less the start of the oldest pane that waits.",
                e.oldestUnsent.map { [("", Double(h.at - $0) / 1000)] } ?? [])
            family(
                "kapok_edge_messages", "gauge", "Bundles that the centre's broker has not confirmed.",
                [("", Double(e.messages))])
            family(
                "kapok_edge_bytes_total", "counter", "Bytes read, and bytes of partials made of them.",
                [("of=\"raw\"", Double(e.rawBytes)), ("of=\"partials\"", Double(e.partialBytes))])
            family("kapok_edge_centre_up", "gauge", "1: the centre's broker answers.", [("", e.centre.state == .up ? 1 : 0)])
        }
        family("kapok_broker_up", "gauge", "1: at least one broker answers.", [("", h.broker.state == .up ? 1 : 0)])
        family("kapok_stream_subscribers", "gauge", "Open event streams.", [("", Double(subscribers))])
        return out
    }

    private static func escape(_ s: String) -> String {
        s.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

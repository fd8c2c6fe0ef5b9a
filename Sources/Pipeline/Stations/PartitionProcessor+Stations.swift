import Windowing

/// Incident detection at stations. Costs one comparison a record where a topic has none.
extension PartitionProcessor {
    /// Before an event that is ahead of the watermark counts: closes the intervals that it ends. The verdicts are of times
    /// that the watermark has not passed, so every window still takes them.
    @inline(never)
    mutating func closeStations(for time: Int64) {
        var verdicts: [StationTable.Verdict] = []
        let (reached, overflow) = time.subtractingReportingOverflow(plan.contract.outOfOrdernessMs)
        stations.close(through: overflow ? .min : reached, &verdicts)
        add(verdicts)
    }

    mutating func closeAllStations() {
        var verdicts: [StationTable.Verdict] = []
        stations.closeAll(&verdicts)
        add(verdicts)
    }

    private mutating func add(_ verdicts: [StationTable.Verdict]) {
        guard let known = plan.stations else { return }
        for v in verdicts {
            let station = known.stations[Int(v.station)]
            for r in plan.verdictRoutes[Int(v.station)] where r.route.output == v.source.output {
                _ = tables[Int(r.theme)].add(
                    v.value, time: v.time, street: Int(station.street), input: Int(r.route.input),
                    ordinal: Int(r.route.ordinal), identity: 0, needs: r.route.needs, watermark: watermark.value)
            }
        }
    }

    /// States of stations and cameras changed since the last call.
    public mutating func drainDetectors() -> [PartitionState.DetectorState] {
        stations.drain().map { .init(device: $0.station, bytes: $0.bytes) }
            + video.drain().map { .init(device: $0.camera, bytes: $0.bytes) }
    }

    /// Incidents told, seen on or ended since the last call.
    public mutating func drainIncidents() -> [SeenIncident] {
        guard let known = plan.stations else { return video.drainIncidents() }
        return stations.drainIncidents().map {
            let s = known.stations[$0.station]
            return SeenIncident(
                device: s.id, street: plan.sources.rows[Int(s.row)].streetCode, source: $0.source, episode: $0.episode)
        }
    }
}

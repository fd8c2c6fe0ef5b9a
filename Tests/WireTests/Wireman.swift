import CityModel
import Contracts
import TestSupport
import Wire

/// Decodes records of the tiny city.
struct Wireman {
    let decoder: RecordDecoder
    let sources: SourceTable

    init(_ contract: String = "sensor-readings", _ city: TinyCity? = nil, pseudonym: Pseudonym? = nil) throws {
        let city = try city ?? TinyCity()
        sources = SourceTable(try city.contract(contract), city.catalogue)
        decoder = RecordDecoder(try city.contract(contract), sources, pseudonym: pseudonym)
    }

    typealias Meta = RecordBatch.Meta

    func decode(_ records: [[UInt8]], _ metas: [Meta]? = nil) -> DecodedBatch {
        let bytes = records.reduce(0) { $0 + $1.count }
        let batch = RecordBatch(limit: max(1, records.count), capacity: max(1, bytes + records.count))
        for (i, r) in records.enumerated() {
            r.withUnsafeBytes { _ = batch.append($0.baseAddress, $0.count, metas?[i] ?? Meta(offset: Int64(i))) }
        }
        var out = DecodedBatch()
        decoder.decode(batch, into: &out)
        return out
    }

    func verdict(_ record: String, _ meta: Meta = Meta(offset: 0)) -> Verdict {
        decode([Array(record.utf8)], [meta]).verdicts[0]
    }
    func reason(_ record: String) -> DeadLetterReason? { verdict(record).reason }
    func reason(_ bytes: [UInt8]) -> DeadLetterReason? { decode([bytes]).verdicts[0].reason }

    /// Counts by kind and the identities of one record.
    func frame(_ record: String) -> (counts: [String: Int64], identities: [UInt64]) {
        let out = decode([Array(record.utf8)])
        var counts: [String: Int64] = [:]
        for o in out.observations where o.value != Observation.identityOnly {
            counts[decoder.contract.kinds[Int(sources.rows[Int(o.source)].kind)].name, default: 0] += o.value
        }
        return (counts, out.observations.filter { $0.value == Observation.identityOnly }.map(\.identity))
    }
}

/// A sound reading with members replaced by raw JSON (nil: left out).
func reading(_ edits: [String: String?] = [:]) -> String {
    let members: [(String, String)] = [
        ("id", "\"e1\""), ("sensor", "\"loop-1\""), ("street", "\"440106001000\""), ("kind", "\"speed\""),
        ("value", "37.5"), ("unit", "\"km/h\""), ("ts", "\"2026-11-24T08:00:00.123Z\""), ("lane", "2"), ("q", "0.98"),
    ]
    let known = members.map(\.0)
    let kept = members.compactMap { name, value -> String? in
        let v = edits[name] ?? value
        return v.map { "\"\(name)\":\($0)" }
    }
    let more = edits.keys.filter { !known.contains($0) }.sorted().compactMap { k in edits[k]?.map { "\"\(k)\":\($0)" } }
    return "{" + (kept + more).joined(separator: ",") + "}"
}

/// DeepStream's minimal schema. Objects as `id|left|top|right|bottom|class`.
func minimal(_ objects: [String], sensor: String = "cam-1", id: String = "7", ts: String = "2026-11-24T08:00:00Z")
    -> String
{
    """
    {"version":"4.0","id":"\(id)","@timestamp":"\(ts)","sensorId":"\(sensor)",\
    "objects":[\(objects.map { "\"\($0)\"" }.joined(separator: ","))]}
    """
}

/// DeepStream's full schema: one object.
func full(_ id: String, _ type: String, _ attributes: String = "{}", sensor: String = "cam-1", message: String = "m1",
    more: String = "") -> String
{
    """
    {"messageid":"\(message)","mdsversion":"1.0","@timestamp":"2026-11-24T08:00:00.000Z",\
    "place":{"id":"1","name":"x","location":{"lat":23.1,"lon":113.2}},"sensor":{"id":"\(sensor)","type":"Camera"},\
    "object":{"id":"\(id)","speed":0.0,"direction":0,"\(type)":\(attributes),"bbox":{"topleftx":1,"toplefty":2},\
    "coordinate":{"x":1,"y":2}\(more)},"event":{"id":"9","type":"entry"},"videoPath":""}
    """
}

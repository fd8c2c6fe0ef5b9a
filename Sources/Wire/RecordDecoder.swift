import CSimdjson
import CityModel
import Contracts

/// What the wire made of one record.
public struct Verdict: Sendable {
    /// Event time, ms.
    public var time: Int64
    /// The Kafka record's own time; in files the reading's `_ts`; `.max` where there is neither. ms.
    public var recordTime: Int64
    /// For duplicate detection: the event id scoped by its source; 0 where the record has none.
    public var eventID: UInt64
    /// The record's observations in `DecodedBatch.observations`.
    public var first: Int32
    public var count: Int32
    /// Why it is dead; nil: it is good.
    public var reason: DeadLetterReason?
    var field: UInt8
    /// For a camera with a scene: its index in the catalogue, and the frame's boxes in `DecodedBatch.boxes`; else -1.
    public var scene: Int32 = -1
    public var firstBox: Int32 = 0
    public var boxCount: Int32 = 0
    /// One object of a frame that comes in several records (DeepStream full schema).
    public var isFragment: Bool
}

/// The records of a batch, decoded. Reused from batch to batch.
public struct DecodedBatch: Sendable {
    public var verdicts: ContiguousArray<Verdict> = []
    public var observations: ContiguousArray<Observation> = []
    public var boxes: ContiguousArray<DetectedBox> = []
    public init() {}
}

/// A tracked object of a frame, where its camera has a scene. Edges in pixels.
public struct DetectedBox: Sendable, Hashable {
    /// Of the tracker's identity; no plate, no look.
    public var track: UInt64
    public var isPerson: Bool
    public var left: Double
    public var top: Double
    public var right: Double
    public var bottom: Double
}

extension Observation {
    /// The `value` of an observation that only adds its identity to the distinct ones.
    public static let identityOnly = Int64.min
}

/// Turns the raw records of one contract's topic into observations. One for each thread: it owns the parser's buffers.
public final class RecordDecoder {
    public let contract: TopicContract
    public let sources: SourceTable
    private let decoder: OpaquePointer
    private let pseudonym: Pseudonym?
    private var readings: ContiguousArray<kapok_reading> = []
    private var parsed: ContiguousArray<kapok_span> = []

    /// `pseudonym` nil: fields whose action is `pseudonym` are dropped.
    public init(_ contract: TopicContract, _ sources: SourceTable, pseudonym: Pseudonym? = nil) {
        self.contract = contract
        self.sources = sources
        decoder = kapok_decoder_new()
        let plates = contract.fields.contains { $0.name == "license" && $0.action == .pseudonym }
        self.pseudonym = plates ? pseudonym : nil
    }
    deinit { kapok_decoder_free(decoder) }

    /// Decodes a batch into `out`, which is emptied first.
    public func decode(_ batch: RecordBatch, into out: inout DecodedBatch) {
        let n = batch.count
        out.verdicts.removeAll(keepingCapacity: true)
        out.observations.removeAll(keepingCapacity: true)
        out.boxes.removeAll(keepingCapacity: true)
        if readings.count < n { readings = ContiguousArray(repeating: kapok_reading(), count: max(n, batch.limit)) }
        let oversized = batch.spans.contains { Int($0.length) > contract.maxBytes }
        parsed = batch.spans
        if oversized { for i in 0..<n where Int(parsed[i].length) > contract.maxBytes { parsed[i].length = 0 } }
        parsed.withUnsafeBufferPointer { spans in
            readings.withUnsafeMutableBufferPointer { r in
                if contract.format == .deepstream {
                    kapok_decode_video(decoder, spans.baseAddress, n, r.baseAddress)
                } else {
                    kapok_decode_readings(decoder, spans.baseAddress, n, r.baseAddress)
                }
            }
        }
        parsed.removeAll(keepingCapacity: true)
        var objectCount = 0
        let objects = UnsafeBufferPointer(start: kapok_objects(decoder, &objectCount), count: objectCount)
        let video = contract.format == .deepstream
        readings.withUnsafeBufferPointer { readings in
            for i in 0..<n {
                var v = Verdict(
                    time: readings[i].time_ms, recordTime: batch.metas[i].recordTime, eventID: 0,
                    first: Int32(out.observations.count), count: 0, reason: nil, field: readings[i].field,
                    isFragment: false)
                if v.recordTime == .max, readings[i].record_ms != .min { v.recordTime = readings[i].record_ms }
                judge(readings[i], batch.metas[i], Int(batch.spans[i].length), &v)
                if v.reason == nil {
                    if video {
                        frame(readings[i], objects, Int32(i), &v, &out.observations)
                        if v.scene >= 0, v.reason == nil { boxes(readings[i], objects, &v, &out.boxes) }
                    } else {
                        reading(readings[i], Int32(i), &v, &out.observations)
                    }
                    if batch.metas[i].headerID != 0 {
                        v.eventID = SourceTable.key(batch.metas[i].headerID, readings[i].sensor_hash)
                    }
                    v.count = Int32(out.observations.count) - v.first
                }
                out.verdicts.append(v)
            }
        }
    }

    @inline(__always)
    private func judge(_ r: kapok_reading, _ meta: RecordBatch.Meta, _ length: Int, _ v: inout Verdict) {
        if length == 0 { v.reason = .empty; return }
        if length > contract.maxBytes { v.reason = .oversized; return }
        switch Int(r.status) {
        case KAPOK_OK: break
        case KAPOK_MISSING:
            if Int(r.field) == KAPOK_F_TIME, meta.headerTime != .min {
                v.time = meta.headerTime
            } else {
                v.reason = .missingField
            }
        case KAPOK_WRONG_TYPE: v.reason = .wrongType
        case KAPOK_BAD_TIME: v.reason = .badTime
        case KAPOK_BAD_NUMBER: v.reason = .outOfRange
        default: v.reason = .malformed
        }
    }

    @inline(__always)
    private func reading(_ r: kapok_reading, _ i: Int32, _ v: inout Verdict, _ out: inout ContiguousArray<Observation>) {
        let at = sources.find(r.sensor_hash, r.kind_hash)
        guard at >= 0 else {
            v.reason = sources.knows(device: r.sensor_hash) ? .unknownKind : .unplaced
            return
        }
        let row = sources.rows[at]
        if r.street != 0, r.street != row.streetCode { v.reason = .streetMismatch; return }
        var value = r.value
        var factor = row.factor
        if r.unit_hash != row.unitHash, r.unit_hash != 0 {
            guard let c = sources.conversions[Int(row.kind)].first(where: { $0.unit == r.unit_hash }) else {
                v.reason = .wrongUnit
                return
            }
            factor = c.factor
        }
        if factor != 1 {
            let converted = (Double(value) * factor).rounded(.toNearestOrAwayFromZero)
            guard converted.magnitude <= 1e15 else { v.reason = .outOfRange; return }
            value = Int64(converted)
        }
        guard value >= row.low, value <= row.high else { v.reason = .outOfRange; return }
        if r.id_hash != 0 { v.eventID = SourceTable.key(r.id_hash, r.sensor_hash) }
        out.append(Observation(time: v.time, value: value, source: Int32(at), record: i))
    }

    /// A frame gives the count of each kind that the registry has for its camera, and the identities in it. So does a
    /// fragment: one person says that the frame was there for vehicles too, with none so far.
    private func frame(
        _ r: kapok_reading, _ objects: UnsafeBufferPointer<kapok_object>, _ i: Int32, _ v: inout Verdict,
        _ out: inout ContiguousArray<Observation>
    ) {
        guard sources.knows(device: r.sensor_hash) else { v.reason = .unplaced; return }
        // A frame number comes again after a restart, and the objects of a frame share one time.
        if r.id_hash != 0 {
            v.eventID = SourceTable.key(r.id_hash, SourceTable.key(r.sensor_hash, UInt64(bitPattern: v.time)))
        }
        v.isFragment = r.full != 0
        let first = Int(r.first_object)
        let mine = first..<(first + Int(r.object_count))
        for (k, hash) in sources.kindHashes.enumerated() {
            let at = sources.find(r.sensor_hash, hash)
            guard at >= 0 else { continue }
            v.scene = max(v.scene, sources.rows[at].scene)
            var n: Int64 = 0
            for o in mine where kind(of: objects[o].class_hash) == k {
                n += 1
                out.append(
                    Observation(
                        time: v.time, value: Observation.identityOnly, identity: identity(objects[o], r.sensor_hash),
                        source: Int32(at), record: i))
            }
            let value = n * Micro.scale
            guard value >= sources.rows[at].low, value <= sources.rows[at].high else { v.reason = .outOfRange; return }
            out.append(Observation(time: v.time, value: value, source: Int32(at), record: i))
        }
    }

    /// The boxes of a frame's vehicles and people; objects without four sound numbers are left out.
    private func boxes(
        _ r: kapok_reading, _ objects: UnsafeBufferPointer<kapok_object>, _ v: inout Verdict,
        _ out: inout ContiguousArray<DetectedBox>
    ) {
        v.firstBox = Int32(out.count)
        let first = Int(r.first_object)
        for i in first..<(first + Int(r.object_count)) {
            let kind = kind(of: objects[i].class_hash)
            guard kind >= 0 else { continue }
            var e = (0.0, 0.0, 0.0, 0.0)
            let sound = withUnsafePointer(to: objects[i]) { o in
                withUnsafeMutablePointer(to: &e) {
                    $0.withMemoryRebound(to: Double.self, capacity: 4) { kapok_box(o, $0) }
                }
            }
            guard sound != 0 else { continue }
            out.append(
                DetectedBox(
                    track: objects[i].id_hash, isPerson: kind == sources.personKind, left: e.0, top: e.1, right: e.2,
                    bottom: e.3))
        }
        v.boxCount = Int32(out.count) - v.firstBox
    }

    private func kind(of hash: UInt64) -> Int { sources.classes.first { $0.hash == hash }?.kind ?? -1 }

    private func identity(_ o: kapok_object, _ sensor: UInt64) -> UInt64 {
        if let pseudonym, o.plate.length > 0 {
            return pseudonym.identity(UnsafeRawBufferPointer(start: o.plate.data, count: Int(o.plate.length)))
        }
        return SourceTable.key(o.id_hash, sensor)
    }

    private static let fieldNames = [
        "", "id", "sensor", "street", "kind", "value", "unit", "time", "objects", "object",
    ]

    /// A sentence on why record `i` is dead, naming the field where it is known.
    public func detail(_ v: Verdict, offset: Int64) -> String {
        guard let reason = v.reason else { return "" }
        let field = Int(v.field) < Self.fieldNames.count ? Self.fieldNames[Int(v.field)] : ""
        return "offset \(offset): \(reason.explanation)" + (field.isEmpty ? "" : " (field `\(field)`)")
    }
}

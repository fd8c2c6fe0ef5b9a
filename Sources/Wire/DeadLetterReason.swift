/// Why a record went to the dead-letter topic. The name is what stands in the `kapok-reason` header, in `/metrics` and
/// in the store.
public enum DeadLetterReason: UInt8, Sendable, CaseIterable {
    case empty, oversized, malformed, missingField, wrongType, badTime, outOfRange, wrongUnit, unplaced, unknownKind,
        streetMismatch, future, otherConfiguration

    public var name: String {
        switch self {
        case .empty: "empty"
        case .oversized: "oversized"
        case .malformed: "malformed"
        case .missingField: "missing-field"
        case .wrongType: "wrong-type"
        case .badTime: "bad-time"
        case .outOfRange: "out-of-range"
        case .wrongUnit: "wrong-unit"
        case .unplaced: "unplaced"
        case .unknownKind: "unknown-kind"
        case .streetMismatch: "street-mismatch"
        case .future: "future"
        case .otherConfiguration: "other-configuration"
        }
    }

    /// What is wrong, for a person; the field or device is added by the decoder where it is known.
    var explanation: String {
        switch self {
        case .empty: "the record has no value"
        case .oversized: "the record is larger than the contract's max_bytes"
        case .malformed: "the record is not one well-formed JSON object"
        case .missingField: "a required field is missing"
        case .wrongType: "a field has the wrong type"
        case .badTime: "the event time is not RFC 3339"
        case .outOfRange: "the value is outside the plausible range of its kind"
        case .wrongUnit: "the unit cannot be converted to the contract's"
        case .unplaced: "the sensor is not in the registry"
        case .unknownKind: "the registry has no such kind for this sensor"
        case .streetMismatch: "the street is not the one that the registry gives for this sensor"
        case .otherConfiguration: "the edge's contracts, themes or registries are not the hub's"
        case .future: "the event time is further past the record's own timestamp than max_future"
        }
    }
}

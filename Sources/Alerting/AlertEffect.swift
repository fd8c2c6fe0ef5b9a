import CityModel
import HubAPI

/// What a step asks its caller to do, in this order within one transaction: keep what is kept, hand out notices.
public enum AlertEffect: Sendable, Hashable {
    /// Kept for good.
    case transition(AlertTransition)
    /// The alert as it now is; of one that has ended for the last time.
    case alert(Alert)
    /// A silence that begins or ends early.
    case silence(Silence)
    /// To be told, in the order of sequence.
    case notice(AlertNotice)
    /// The step's action of this index was not done; nothing has changed because of it.
    case refused(Int, code: String, what: String, mend: String)
    /// The state to go on from: one key's record, or that there is nothing to know of it any more; and what belongs to
    /// no key.
    case record(AlertRecord)
    case forget(AlertKey)
    case header(AlertHeader)
}

/// The part of the state that belongs to no key.
public struct AlertHeader: Codable, Sendable, Hashable {
    /// Of the newest notice.
    public internal(set) var sequence: Int64 = 0
    /// End of the newest complete window, event ms, by `theme/window`.
    var clocks: [String: Int64] = [:]
    /// Silences that have not ended, in the order of their ids.
    public internal(set) var silences: [Silence] = []
    var marks = SourceMarks()

    public init() {}
}

/// The whole state of an engine: what a store gives back, or a test compares.
public struct AlertBook: Codable, Sendable, Hashable {
    public var header: AlertHeader
    /// In the order of keys.
    public var records: [AlertRecord]
    public init(header: AlertHeader = .init(), records: [AlertRecord] = []) {
        self.header = header
        self.records = records
    }
}

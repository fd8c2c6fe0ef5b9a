import CityModel
import Contracts
import HubAPI

/// A theme's forecasts and anomaly scores: complete windows in order of their start in, rows out. A pure value.
///
/// A window is taken in once, with the values that it had when it was first shown as complete. What revises it later
/// does not rewrite what was learned, nor does a window that was first shown as revised.
///
/// Its models are large, so they are not stored with each window: `take` says which values were taken in (a journal)
/// and every `checkpointMs` of event time all of one measure's state. A restart reads it and takes in the journal since:
/// it goes on as if nothing had happened, bit for bit.
public struct Outlook: Sendable {
    /// How far apart a measure's checkpoints are, event time. Of 5-minute windows 72 are to be taken in again.
    static let checkpointMs: Int64 = 6 * 3_600_000

    let plan: ThemePlan
    private let def: OutlookDef
    private var fields: [OutlookField]
    /// Steps taken in since a field's newest checkpoint; more than any interval where it has none.
    private var journalled: [Int]
    private let checkpointSteps: Int

    /// Nil where the theme has no outlook, or no place has any of its measures.
    public init?(_ plan: ThemePlan, _ catalogue: Catalogue) {
        guard let def = plan.def.outlook else { return nil }
        self.plan = plan
        self.def = def
        fields = def.measures.compactMap { name in
            plan.measures.first { $0.def.name == name }.flatMap {
                OutlookField(def, $0, plan, range: Self.range($0.def, catalogue))
            }
        }
        guard !fields.isEmpty else { return nil }
        checkpointSteps = max(1, Int(Self.checkpointMs / def.stepMs))
        journalled = Array(repeating: .max, count: fields.count)
    }

    /// Bytes of state in memory; they do not grow.
    public var bytes: Int { fields.reduce(0) { $0 + $1.bytes } }
    /// Places of all measures.
    public var seriesCount: Int { fields.reduce(0) { $0 + $1.places.count } }

    /// What a measure can be at all.
    static func range(_ m: MeasureDef, _ catalogue: Catalogue) -> ClosedRange<Double>? {
        if let to = m.index?.to, let low = to.min(), let high = to.max() { return low...high }
        guard case .kind(let kind) = m.source else { return 0...Double.greatestFiniteMagnitude }
        let known = catalogue.contracts.lazy.flatMap(\.kinds).first { $0.name == kind }?.range
        let single =
            ["mean", "weighted", "min", "max", "last"].contains(m.display) || MeasureDef.quantile(m.display) != nil
        if single, let known { return known }
        return known.map { $0.lowerBound < 0 } == true && m.display != "count" && m.display != "variance"
            ? nil : 0...Double.greatestFiniteMagnitude
    }

    // MARK: in

    /// Takes in what is new and complete among a commit's summaries, which stand in the order of window and start.
    /// - Returns: what must be stored in the same commit; empty where nothing was taken in.
    public mutating func take(_ summaries: [Summary]) -> [OutlookRecord] {
        var records: [OutlookRecord] = []
        var values: [[Double?]] = []
        var start: Int64?
        func empty() -> [[Double?]] { fields.map { Array(repeating: nil, count: $0.places.count) } }
        for s in summaries where s.status == .complete && s.window == def.window {
            guard s.start.floored(to: def.stepMs) == s.start else { continue }
            if start != s.start.ms {
                if let start { feed(start, values, &records) }
                start = s.start.ms
                values = empty()
            }
            guard let f = fields.firstIndex(where: { $0.measure.name == s.measure }), let v = s.value, v.isFinite,
                let place = UInt64(s.place).flatMap({ plan.places.index(of: $0) }),
                let i = fields[f].position(of: place)
            else { continue }
            values[f][i] = v
        }
        if let start { feed(start, values, &records) }
        for i in records.indices {
            guard let f = fields.firstIndex(where: { $0.measure.name == records[i].measure }) else { continue }
            let n = records[i].steps.count
            journalled[f] = journalled[f] > checkpointSteps ? journalled[f] : journalled[f] + n
            guard journalled[f] >= checkpointSteps, let newest = fields[f].newest else { continue }
            records[i].steps = []
            records[i].state = .init(
                identity: fields[f].identity, places: fields[f].codes, start: newest, bytes: fields[f].state())
            // The measures take turns, so that no one commit writes all of them.
            journalled[f] = journalled[f] == .max ? checkpointSteps * f / fields.count : 0
        }
        return records
    }

    private mutating func feed(_ start: Int64, _ values: [[Double?]], _ records: inout [OutlookRecord]) {
        for f in fields.indices where fields[f].take(start: start, values[f]) {
            let measure = fields[f].measure.name
            let at = records.firstIndex { $0.measure == measure } ?? records.count
            if at == records.count { records.append(.init(theme: plan.def.name, measure: measure)) }
            records[at].steps.append(.init(start: start, values: values[f]))
        }
    }

    // MARK: restart

    /// Goes on from what was stored of one measure. State of another configuration is left out; where only the places
    /// differ each keeps what it has learned, and the next window is a checkpoint.
    /// - Returns: false where the stored bytes are not what an outlook has written.
    public mutating func restore(_ stored: OutlookRecord) -> Bool {
        guard let f = fields.firstIndex(where: { $0.measure.name == stored.measure }), let state = stored.state,
            state.identity == fields[f].identity
        else { return true }
        guard fields[f].restore(state.bytes, places: state.places.count), fields[f].newest == state.start
        else { return false }
        for step in stored.steps {
            guard step.values.count == state.places.count, fields[f].take(start: step.start, step.values)
            else { return false }
        }
        if state.places == fields[f].codes {
            journalled[f] = stored.steps.count
        } else {
            fields[f].move(from: state.places)
        }
        return true
    }

    // MARK: out

    /// One row a measure and place, in the order of measures and places; of a measure none before its first window.
    public var rows: [OutlookRow] { fields.flatMap { $0.rows(plan) } }
}

/// What is stored of one measure's outlook: values taken in, or all of its state.
public struct OutlookRecord: Sendable, Equatable {
    /// One window: a value for each place of the state; nil: nothing was measured.
    public struct Step: Sendable, Equatable {
        public var start: Int64
        public var values: [Double?]
        public init(start: Int64, values: [Double?]) {
            self.start = start
            self.values = values
        }
    }
    public struct State: Sendable, Equatable {
        /// The configuration that the bytes belong to.
        public var identity: String
        /// Codes of the places.
        public var places: [UInt64]
        /// Start of the newest window in it.
        public var start: Int64
        public var bytes: [UInt8]
        public init(identity: String, places: [UInt64], start: Int64, bytes: [UInt8]) {
            self.identity = identity
            self.places = places
            self.start = start
            self.bytes = bytes
        }
    }
    public var theme: String
    public var measure: String
    /// Rising by start; all newer than the state.
    public var steps: [Step]
    public var state: State?
    public init(theme: String, measure: String, steps: [Step] = [], state: State? = nil) {
        self.theme = theme
        self.measure = measure
        self.steps = steps
        self.state = state
    }
}

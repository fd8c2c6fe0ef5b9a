import Alerting
import CityModel
import Foundation
import HubAPI
import Pipeline
import Store

/// Alerts: made of what a commit shows, kept in the same transaction, told after it.
extension HubCore {
    /// The engine's state, as of the newest step.
    public var alertBook: AlertBook { alerts.book }

    /// One step of the alert engine over what this commit shows.
    /// - Parameter now: wall clock, ms.
    func stepAlerts(_ commit: inout Commit, now: Int64) {
        let waiting = inbox.take()
        let effects = alerts.step(rows: commit.summaries, actions: waiting.map(\.action), marks: marks, now: now)
        commit.alerts = effects
        commit.messages += alertMessages(effects, EventTime(ms: now))
        alertAnswers = answers(waiting, effects)
        notices = effects.compactMap { if case .notice(let n) = $0 { n } else { nil } }
    }

    /// After the commit: people are told. Nothing is told of a commit that failed.
    public func tellAlerts() -> [AlertNotice] {
        for (item, answer) in alertAnswers { item.answer(answer) }
        alertAnswers = []
        defer { notices = [] }
        return notices
    }

    private var marks: [SourceMark] {
        members.compactMap { m in
            guard let p = m?.processor, p.watermark.maxEventTime != .min, p.ledger.next >= 0 else { return nil }
            return SourceMark(
                topic: p.topic, partition: Int(p.partition), maxEventTime: p.watermark.maxEventTime, first: p.ledger.first,
                next: p.ledger.next
            )
        }
    }

    /// Silences come in the order of the actions that made or ended them.
    private func answers(
        _ items: [AlertInbox.Item], _ effects: [AlertEffect]
    ) -> [(AlertInbox.Item, AlertActionAnswer)] {
        var refused: [Int: AlertActionAnswer] = [:]
        var silences: [Silence] = []
        for e in effects {
            if case .refused(let i, let code, let what, let mend) = e {
                refused[i] = .refused(code: code, what: what, mend: mend)
            } else if case .silence(let s) = e {
                silences.append(s)
            }
        }
        return items.enumerated().map { i, item in
            if let r = refused[i] { return (item, r) }
            let verb = item.action.verb
            guard verb == .silence || verb == .unsilence, !silences.isEmpty else { return (item, .done) }
            return (item, .silenced(silences.removeFirst()))
        }
    }

    /// Each alert that has a new revision, once it was open, as a CloudEvent: `id` is the alert's and the revision, so a
    /// consumer that sees it twice can tell.
    private func alertMessages(_ effects: [AlertEffect], _ now: EventTime) -> [Commit.Message] {
        var moved: Set<String> = []
        for case .transition(let t) in effects { moved.insert(t.alert) }
        return effects.compactMap { e in
            guard case .alert(let a) = e, a.opened != nil, moved.contains(a.id), let topic = alertTopic[a.theme]
            else { return nil }
            guard let bytes = try? Self.alertEncoder.encode(AlertCloudEvent(a, at: now)) else { return nil }
            return Commit.Message(
                topic: topic, key: Array("\(a.place)/\(a.theme)/\(a.rule)".utf8), value: [UInt8](bytes),
                headers: [.init("content-type", Array("application/cloudevents+json; charset=utf-8".utf8))])
        }
    }

    private static let alertEncoder: JSONEncoder = {
        let e = JSONEncoder()
        e.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return e
    }()
}

/// CloudEvents 1.0, structured JSON.
struct AlertCloudEvent: Encodable {
    let specversion = "1.0"
    let id: String
    let source: String
    let type: String
    let subject: String
    let time: EventTime
    let datacontenttype = "application/json"
    let data: Alert

    init(_ a: Alert, at: EventTime) {
        id = "\(a.id)-\(a.revision)"
        source = "/kapok/\(a.theme)/\(a.rule)"
        type = "kapok.alert.\(a.state.rawValue)"
        subject = a.place
        time = at
        data = a
    }
}

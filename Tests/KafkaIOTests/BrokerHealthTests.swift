import CRdkafka
import Synchronization
import Testing

@testable import KafkaIO

@Suite struct BrokerHealthTests {
    final class Time: Sendable {
        let now = Mutex<Int64>(0)
        let states = Mutex<[BrokerStatus.State]>([])
        var health: BrokerHealth {
            BrokerHealth(clock: { self.now.withLock { $0 } }) { s in self.states.withLock { $0.append(s.state) } }
        }
        func at(_ ms: Int64) { now.withLock { $0 = ms } }
    }
    let transport = KafkaError(RD_KAFKA_RESP_ERR__TRANSPORT, "broker", text: "Connection refused")
    let allDown = KafkaError(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "broker")

    @Test func `connecting, up, down and up again, each once, with the time it began`() {
        let t = Time()
        let h = t.health
        #expect(h.current.state == .connecting)
        t.at(10)
        h.observe(["INIT", "CONNECT"])
        #expect(h.current.state == .connecting)
        h.observe(["INIT", "UP"])
        t.at(20)
        h.observe(["INIT", "UP"])
        #expect(h.current.state == .up && h.current.sinceMs == 10 && h.current.brokersUp == 1)
        t.at(30)
        h.failed(transport)
        #expect(h.current.state == .up)
        h.failed(allDown)
        #expect(h.current.state == .down && h.current.sinceMs == 30)
        #expect(h.current.lastError?.text == "Connection refused")
        t.at(40)
        h.observe(["TRY_CONNECT", "UP"])
        #expect(h.current.state == .up && h.current.sinceMs == 40 && h.current.lastErrorMs == 30)
        #expect(t.states.withLock { $0 } == [.up, .down, .up])
    }

    @Test func `no connection at all is down even without an error, a resting one is not`() {
        let t = Time()
        let h = t.health
        h.observe(["UP"])
        h.observe(["INIT", "INIT"])
        #expect(h.current.state == .up)
        h.observe(["INIT", "TRY_CONNECT"])
        #expect(h.current.state == .down)
    }

    @Test func `one broker of three down is not an outage, but can be seen`() {
        let h = Time().health
        h.observe(["UP", "UP", "DOWN"])
        h.failed(transport)
        #expect(h.current.state == .up && h.current.brokersUp == 2 && h.current.brokersKnown == 3)
        #expect(h.current.lastError == transport)
    }

    @Test func `refused credentials are an outage`() {
        let h = Time().health
        h.failed(KafkaError(RD_KAFKA_RESP_ERR__AUTHENTICATION, "broker"))
        #expect(h.current.state == .down)
        #expect(h.current.lastError?.mend.contains("sasl.password") == true)
    }

    @Test func `statistics that cannot be read change nothing`() {
        let h = Time().health
        for text in ["", "{", "[]", #"{"brokers":3}"#, #"{"brokers":{"a":{"state":7}}}"#] {
            var json = text
            json.withUTF8 { h.statistics(UnsafeRawBufferPointer($0)) }
        }
        #expect(h.current.state == .connecting)
        var good = #"{"brokers":{"a":{"state":"UP","source":"logical"},"b":{"state":"UP","source":"learned"}}}"#
        good.withUTF8 { h.statistics(UnsafeRawBufferPointer($0)) }
        #expect(h.current.state == .up && h.current.brokersKnown == 1)
    }

    @Test func `slots are small, stable while held, and used again`() {
        var t = SlotTable()
        let a = t.insert(TopicPartition("a", 0))
        let b = t.insert(TopicPartition("b", 0))
        #expect([a.slot, b.slot] == [0, 1])
        #expect(t.insert(TopicPartition("a", 0)).slot == 0)
        t.remove(TopicPartition("a", 0))
        #expect(t.slot(of: TopicPartition("a", 0)) == nil && t[0] == nil && t[7] == nil && t[-1] == nil)
        #expect(t.insert(TopicPartition("c", 5)).slot == 0)
        #expect(t.all.map(\.partition.description) == ["c/5", "b/0"])
    }
}

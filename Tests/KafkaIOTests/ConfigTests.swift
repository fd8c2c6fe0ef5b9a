import Foundation
import KafkaIO
import TestSupport
import Testing

@Suite struct ConfigTests {
    @Test func `a wrong key is a typed error with librdkafka's words and the origin`() {
        var c = KafkaConfig(bootstrapServers: "b:9092")
        c.set("fetch.wait.max.millis", "3", origin: "--kafka-config")
        let e = #expect(throws: KafkaError.self) { try c.validate() }
        #expect(e?.code == KafkaError.invalidArgumentCode)
        #expect(e?.name == "_INVALID_ARG")
        #expect(e?.context == "--kafka-config")
        #expect(e?.text.contains("No such configuration property: \"fetch.wait.max.millis\"") == true)
        #expect(e?.isRetriable == false)
    }

    @Test(arguments: ["fetch.wait.max.ms=soon", "acks=maybe", "linger.ms=-1"])
    func `a wrong value is a typed error that names the setting`(pair: String) throws {
        var c = KafkaConfig(bootstrapServers: "b:9092")
        try c.set(pair: pair)
        let e = #expect(throws: KafkaError.self) { try c.validate() }
        #expect(e?.code == KafkaError.invalidArgumentCode)
        #expect(e?.text.contains(pair.prefix { $0 != "=" }) == true)
    }

    @Test(arguments: ["linger.ms", "=5", "  = 5", ""])
    func `a pair without key or equals sign is refused`(pair: String) {
        var c = KafkaConfig(bootstrapServers: "b:9092")
        #expect(throws: KafkaError.self) { try c.set(pair: pair) }
    }

    @Test func `a later value wins, a value may hold equals signs, and bootstrap.servers can be set as a pair`() throws {
        var c = KafkaConfig(bootstrapServers: "a:1", settings: ["client.id": "one"])
        try c.set(pair: "client.id = x=y==")
        try c.set(pair: "bootstrap.servers=b:2,c:3")
        #expect(c["client.id"] == "x=y==")
        #expect(c.bootstrapServers == "b:2,c:3")
        #expect(c["linger.ms"] == nil)
        try c.validate()
    }

    @Test func `secrets are in no description, dump or error`() throws {
        var c = KafkaConfig(bootstrapServers: "a:1")
        let secrets = [
            "sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "ssl.certificate.pem",
            "ssl.ca.pem", "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config",
        ]
        for key in secrets { c.set(key, "hunter2") }
        c.set("sasl.username", "ann")
        var dumped = ""
        dump(c, to: &dumped)
        for text in [c.description, "\(c)", String(reflecting: c), dumped, "\(c.settings)", String(reflecting: c.settings)] {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("ann"))
            for key in secrets { #expect(text.contains(key)) }
        }
        #expect(c["sasl.password"] == "hunter2")
        c.set("sasl.passwords", "hunter2")
        let e = #expect(throws: KafkaError.self) { try c.validate() }
        #expect(e.map { !"\($0)".contains("hunter2") } == true)
    }

    @Test func `a properties file gives settings, with comments and empty lines`() throws {
        let folder = try TempFolder()
        let file = folder.file("kafka.properties")
        try "# the city's cluster\r\n\nbootstrap.servers = k1:9093 \r\n  security.protocol=ssl\n#x\nssl.ca.location=/ca#1"
            .write(to: file, atomically: true, encoding: .utf8)
        var c = KafkaConfig(bootstrapServers: "")
        try c.load(propertiesFile: file)
        #expect(c.bootstrapServers == "k1:9093")
        #expect(c["security.protocol"] == "ssl")
        #expect(c["ssl.ca.location"] == "/ca#1")
    }

    @Test(arguments: [
        ("a=1\nclient.id=x", "f:1"), ("client.id=x\n\n# c\nlinger.ms", "f:4"), ("client.id=x\r\nacks=many\r\n", "f:2"),
    ])
    func `an error in a properties file names the line`(text: String, place: String) {
        var c = KafkaConfig(bootstrapServers: "a:1")
        let e = #expect(throws: KafkaError.self) { try c.load(properties: text, file: "f") }
        #expect(e?.context == place)
    }

    @Test func `a properties file that is absent is a typed error`() {
        var c = KafkaConfig(bootstrapServers: "a:1")
        let e = #expect(throws: KafkaError.self) {
            try c.load(propertiesFile: URL(fileURLWithPath: "/nonexistent/k.properties"))
        }
        #expect(e?.context == "/nonexistent/k.properties")
    }

    @Test func `a client with a wrong setting is not made`() {
        var c = KafkaConfig(bootstrapServers: "a:1")
        c.set("compression.type", "rar", origin: "kafka.properties:7")
        let e = #expect(throws: KafkaError.self) { try Producer(c, environment: environment()) }
        #expect(e?.context == "kafka.properties:7")
        // Found only when librdkafka puts the settings together.
        let both = KafkaConfig(bootstrapServers: "a:1", settings: ["enable.idempotence": "true", "acks": "1"])
        #expect(throws: KafkaError.self) { try Producer(both, environment: environment()) }
    }
}

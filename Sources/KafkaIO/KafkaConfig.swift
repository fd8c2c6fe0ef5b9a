import CRdkafka

/// Where the broker is and librdkafka's settings, in the order given; a later value of a key wins.
///
/// Every setting of librdkafka passes through. Secret values never appear in descriptions, dumps or errors.
public struct KafkaConfig: Sendable {
    /// One `key=value` and where it came from (`kafka.properties:12`, `--kafka-config`).
    public struct Setting: Sendable {
        public var key: String
        public var value: String
        public var origin: String
    }

    /// `host:port,host:port`.
    public var bootstrapServers: String
    public private(set) var settings: [Setting] = []

    public init(bootstrapServers: String, settings: KeyValuePairs<String, String> = [:]) {
        self.bootstrapServers = bootstrapServers
        for (key, value) in settings { set(key, value) }
    }

    /// Sets a key; `bootstrap.servers` replaces the property of that name. Not checked until `validate()`.
    public mutating func set(_ key: String, _ value: String, origin: String = "") {
        if key == "bootstrap.servers" || key == "metadata.broker.list" {
            bootstrapServers = value
        } else {
            settings.append(Setting(key: key, value: value, origin: origin))
        }
    }

    /// Sets from `key=value`, as on the command line. The value may hold further `=`.
    /// - Throws: `KafkaError` with `invalidArgumentCode` when there is no `=` or no key.
    public mutating func set(pair: String, origin: String = "--kafka-config") throws(KafkaError) {
        guard let cut = pair.firstIndex(of: "=") else {
            throw KafkaError(
                code: KafkaError.invalidArgumentCode, text: "expected key=value, there is no '='", context: origin)
        }
        let key = pair[..<cut].trimmed
        guard !key.isEmpty else {
            throw KafkaError(
                code: KafkaError.invalidArgumentCode, text: "expected key=value, the key is empty", context: origin)
        }
        set(key, pair[pair.index(after: cut)...].trimmed, origin: origin)
    }

    /// The value in force, nil where unset.
    public subscript(key: String) -> String? {
        key == "bootstrap.servers" ? bootstrapServers : settings.last { $0.key == key }?.value
    }

    /// Asks librdkafka about every key and value.
    /// - Throws: `KafkaError` with `invalidArgumentCode`, librdkafka's text, and the setting's origin as context.
    public func validate() throws(KafkaError) {
        rd_kafka_conf_destroy(try makeConf(defaults: []))
    }

    /// A new `rd_kafka_conf_t`: `defaults`, then the settings, then `forced`, which the settings may not change.
    func makeConf(
        defaults: [(String, String)], forced: [(String, String)] = []
    ) throws(KafkaError) -> OpaquePointer {
        guard let conf = rd_kafka_conf_new() else {
            throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, "configuration")
        }
        var all = defaults.map { Setting(key: $0, value: $1, origin: "default") }
        all.append(Setting(key: "bootstrap.servers", value: bootstrapServers, origin: "bootstrap.servers"))
        all += settings
        all += forced.map { Setting(key: $0, value: $1, origin: "built in") }
        for s in all {
            if let error = KafkaConfig.apply(s, to: conf) {
                rd_kafka_conf_destroy(conf)
                throw error
            }
        }
        return conf
    }

    private static func apply(_ s: Setting, to conf: OpaquePointer) -> KafkaError? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
            buffer.initialize(repeating: 0)
            let result = rd_kafka_conf_set(conf, s.key, s.value, buffer.baseAddress, buffer.count)
            guard result != RD_KAFKA_CONF_OK, let base = buffer.baseAddress else { return nil }
            var text = String(cString: base)
            if Secrets.isSecret(s.key), !s.value.isEmpty {
                text = "Invalid value for configuration property \"\(s.key)\""
            }
            // librdkafka may speak of the setting by its other name (linger.ms is queue.buffering.max.ms).
            if !text.contains(s.key) { text = "\(s.key): \(text)" }
            return KafkaError(code: KafkaError.invalidArgumentCode, text: text, context: s.origin)
        }
    }
}

extension KafkaConfig: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        (["bootstrap.servers=\(bootstrapServers)"] + settings.map(\.description)).joined(separator: ", ")
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror {
        Mirror(self, children: ["bootstrapServers": bootstrapServers, "settings": settings.map(\.description)])
    }
}

extension KafkaConfig.Setting: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(key)=\(Secrets.isSecret(key) ? Secrets.mask : value)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["setting": description, "origin": origin]) }
}

/// Which settings must never be shown.
enum Secrets {
    static let mask = "[hidden]"
    /// Parts of names: librdkafka adds settings over time, and one hidden too many does no harm.
    private static let marks = [
        "password", "secret", "token", ".pem", "ssl_key", "ssl_ca", "ssl_certificate", "oauthbearer.config",
        "kinit.cmd", "private", "credential", "jaas",
    ]
    static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return marks.contains { key.contains($0) }
    }
}

extension Substring {
    /// Without white space (also CR) at both ends.
    var trimmed: String {
        var s = self
        while let c = s.first, c.isWhitespace { s.removeFirst() }
        while let c = s.last, c.isWhitespace { s.removeLast() }
        return String(s)
    }
}

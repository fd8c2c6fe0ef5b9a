import Foundation

extension KafkaConfig {
    /// Adds the settings of a properties file: `key=value` lines, empty lines, and lines that begin with `#`.
    /// - Throws: `KafkaError`; its context is `file:line`.
    public mutating func load(propertiesFile url: URL) throws(KafkaError) {
        let text: String
        do {
            text = try String(contentsOf: url, encoding: .utf8)
        } catch {
            throw KafkaError(
                code: KafkaError.invalidArgumentCode, text: "cannot be read: \(error.localizedDescription)",
                context: url.path)
        }
        try load(properties: text, file: url.lastPathComponent)
    }

    /// Adds the settings of a properties text; `file` is the name used in errors.
    public mutating func load(properties text: String, file: String) throws(KafkaError) {
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            try set(pair: line, origin: "\(file):\(number)")
        }
        try validate()
    }
}

/// XML text written in document order: elements, escaped text, nothing else.
struct XMLText {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var depth = 0

    mutating func element(_ name: String, attributes: String = "", _ content: (inout XMLText) -> Void) {
        text += indent + "<\(name)\(attributes)>\n"
        depth += 1
        content(&self)
        depth -= 1
        text += indent + "</\(name)>\n"
    }
    mutating func element(_ name: String, _ value: String) {
        text += indent + "<\(name)>\(Self.escaped(value))</\(name)>\n"
    }
    private var indent: String { String(repeating: "  ", count: depth) }

    /// Characters that XML 1.0 cannot hold become U+FFFD.
    static func escaped(_ s: String) -> String {
        var out = ""
        for c in s.unicodeScalars {
            switch c {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\t", "\n": out.unicodeScalars.append(c)
            case "\r": out += "&#13;"
            case "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                out.unicodeScalars.append(c)
            default: out += "\u{FFFD}"
            }
        }
        return out
    }
}

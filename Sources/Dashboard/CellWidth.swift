/// Columns that text takes in a terminal, after Unicode's East Asian Width, whatever the process's locale.
///
/// Ambiguous characters count one column. Combining marks come from the standard library's general categories.
enum CellWidth {
    /// Scalars of width two: Wide and Fullwidth of Unicode 14, runs joined across unassigned code points.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0, 0x23F3...0x23F3,
        0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653, 0x267F...0x267F, 0x2693...0x2693, 0x26A1...0x26A1,
        0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE...0x26CE, 0x26D4...0x26D4, 0x26EA...0x26EA,
        0x26F2...0x26F3, 0x26F5...0x26F5, 0x26FA...0x26FA, 0x26FD...0x26FD, 0x2705...0x2705, 0x270A...0x270B,
        0x2728...0x2728, 0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755, 0x2757...0x2757, 0x2795...0x2797,
        0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55, 0x2E80...0x303E,
        0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAD9,
        0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x1B2FB, 0x1F004...0x1F004,
        0x1F0CF...0x1F0CF, 0x1F18E...0x1F18E, 0x1F191...0x1F19A, 0x1F200...0x1F320, 0x1F32D...0x1F335,
        0x1F337...0x1F37C, 0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0,
        0x1F3F4...0x1F3F4, 0x1F3F8...0x1F43E, 0x1F440...0x1F440, 0x1F442...0x1F4FC, 0x1F4FF...0x1F53D,
        0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A...0x1F57A, 0x1F595...0x1F596, 0x1F5A4...0x1F5A4,
        0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC...0x1F6CC, 0x1F6D0...0x1F6D2, 0x1F6D5...0x1F6DF,
        0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FC, 0x1F7E0...0x1F7F0, 0x1F90C...0x1F93A, 0x1F93C...0x1F945,
        0x1F947...0x1F9FF, 0x1FA70...0x1FAF6, 0x20000...0x3FFFD,
    ]

    /// 0 for marks that sit on the character before, 1, or 2. O(log n) in the table.
    static func of(_ s: Unicode.Scalar) -> Int {
        let v = s.value
        if v < 0x300 { return 1 }
        switch s.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        // Hangul vowels and finals join the initial before them.
        if (0x1160...0x11FF).contains(v) || (0xD7B0...0xD7FF).contains(v) { return 0 }
        var low = 0
        var high = wide.count
        while low < high {
            let mid = (low + high) / 2
            if wide[mid].upperBound < v { low = mid + 1 } else { high = mid }
        }
        return low < wide.count && wide[low].contains(v) ? 2 : 1
    }

    /// Columns of a text as the canvas would draw it.
    static func of(_ text: String) -> Int { Glyph.split(text).reduce(0) { $0 + $1.width } }
}

/// One drawable character: a base and the marks on it, safe to send to a terminal.
struct Glyph: Sendable, Hashable {
    var text: String
    var width: Int

    static let blank = Glyph(text: " ", width: 1)
    /// Stands for anything that must not reach the terminal.
    static let refused = Glyph(text: "\u{FFFD}", width: 1)

    /// The most marks on one base; curses holds no more than this.
    private static let marks = 4

    /// Cuts text into glyphs.
    ///
    /// Controls, escape sequences, directional overrides, private and unassigned characters become U+FFFD; joiners,
    /// variation selectors and emoji modifiers are dropped, so that each glyph's width is that of its base and no
    /// two terminals disagree on it. Flags become their two letters.
    static func split(_ text: String) -> [Glyph] {
        var out: [Glyph] = []
        out.reserveCapacity(text.utf8.count)
        var marksLeft = 0
        for s in text.unicodeScalars {
            let v = s.value
            if v >= 0x20, v < 0x7F {
                out.append(Glyph(text: String(Character(s)), width: 1))
                marksLeft = marks
                continue
            }
            if (0x1F1E6...0x1F1FF).contains(v), let letter = Unicode.Scalar(v - 0x1F1E6 + 65) {
                out.append(Glyph(text: String(Character(letter)), width: 1))
                marksLeft = 0
                continue
            }
            if v == 0x200D || (0xFE00...0xFE0F).contains(v) || (0x1F3FB...0x1F3FF).contains(v) { continue }
            switch s.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
                out.append(.refused)
                marksLeft = 0
                continue
            default: break
            }
            let w = CellWidth.of(s)
            if w > 0 {
                out.append(Glyph(text: String(Character(s)), width: w))
                marksLeft = marks
            } else if let last = out.indices.last, marksLeft > 0 {
                out[last].text.unicodeScalars.append(s)
                marksLeft -= 1
            }
        }
        return out
    }
}

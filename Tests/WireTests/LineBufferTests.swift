import Testing
import Wire

@Suite struct LineBufferTests {
    /// The lines of a text that comes in chunks.
    func lines(_ text: String, chunk: Int, capacity: Int) -> (lines: [String], cut: Int) {
        let buffer = LineBuffer(capacity: capacity)
        let input = Array(text.utf8)
        var (at, out) = (0, [String]())
        var ended = false
        while !ended {
            let n = min(chunk, buffer.room.count, input.count - at)
            buffer.room.copyBytes(from: input[at..<(at + n)])
            buffer.wrote(n)
            at += n
            ended = at == input.count && !buffer.room.isEmpty
            buffer.lines(atEnd: ended) { out.append(String(decoding: $0, as: UTF8.self)) }
            buffer.compact()
        }
        return (out, buffer.cut)
    }

    @Test(arguments: [1, 2, 3, 100]) func `lines are whole, whatever the chunks`(chunk: Int) {
        #expect(lines("ab\n\ncd\r\nef", chunk: chunk, capacity: 5).lines == ["ab", "", "cd", "ef"])
        #expect(lines("", chunk: chunk, capacity: 5).lines == [])
        #expect(lines("a\n", chunk: chunk, capacity: 5).lines == ["a"])
    }

    @Test(arguments: [1, 3, 100]) func `of a line that does not fit the beginning is given out, and reading goes on`(
        chunk: Int
    ) {
        let long = String(repeating: "x", count: 40)
        let read = lines("ab\n\(long)\ncd\n\(long)", chunk: chunk, capacity: 8)
        #expect(read.lines == ["ab", "xxxxxxxx", "cd", "xxxxxxxx"] && read.cut == 2)
    }

    @Test func `a stream without any newline needs no more than the buffer`() {
        let buffer = LineBuffer(capacity: 16)
        var given = 0
        for _ in 0..<1000 {
            #expect(buffer.room.count <= 16 && !buffer.room.isEmpty)
            for i in buffer.room.indices { buffer.room[i] = 7 }
            buffer.wrote(buffer.room.count)
            buffer.lines(atEnd: false) { given += $0.count }
            buffer.compact()
        }
        #expect(given == 16 && buffer.cut == 1)
    }
}

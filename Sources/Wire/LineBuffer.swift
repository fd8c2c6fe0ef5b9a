import CSimdjson
import Foundation

/// Cuts a stream that comes in chunks into its lines: in place, with the padding that the decoder needs behind them,
/// and in one buffer of fixed size. Does no I/O itself. Not thread-safe.
///
/// Of a line that does not fit into the buffer its beginning is given out, `capacity` bytes, and the rest is passed
/// over up to the newline: with a capacity of the contract's `max_bytes` + 2 (CRLF) or more it is judged `oversized`,
/// and reading goes on.
public final class LineBuffer {
    public let capacity: Int
    private let memory: UnsafeMutableRawPointer
    private var filled = 0
    /// Where the first line not yet given out begins.
    private var pending = 0
    /// The beginning of the line that goes on here was given out.
    private var passing = false
    /// How many lines did not fit.
    public private(set) var cut = 0

    /// - Parameter capacity: bytes of the buffer, at least 1.
    public init(capacity: Int) {
        self.capacity = max(1, capacity)
        memory = .allocate(byteCount: self.capacity + Int(KAPOK_PADDING), alignment: 64)
    }
    deinit { memory.deallocate() }

    /// Where the next chunk is to be written; empty where `lines` and `compact` must come first.
    public var room: UnsafeMutableRawBufferPointer { .init(start: memory + filled, count: capacity - filled) }

    /// Says that the first `n` bytes of `room` are written.
    public func wrote(_ n: Int) { filled += min(max(0, n), capacity - filled) }

    /// Calls `line` for each whole line, without its LF or CRLF; they stay valid until `compact`.
    /// - Parameter atEnd: nothing comes behind: what is left is a line too.
    public func lines(atEnd: Bool, _ line: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        (memory + filled).initializeMemory(as: UInt8.self, repeating: 10, count: Int(KAPOK_PADDING))
        while pending < filled {
            let start = pending
            if let newline = memchr(memory + start, 10, filled - start) {
                let length = UnsafeRawPointer(newline) - UnsafeRawPointer(memory + start)
                pending = start + length + 1
                if passing { passing = false } else { try line(trimmed(start, length)) }
            } else if passing {
                pending = filled
            } else if atEnd {
                pending = filled
                try line(trimmed(start, filled - start))
            } else if start == 0, filled == capacity {
                (pending, passing) = (filled, true)
                cut += 1
                try line(UnsafeRawBufferPointer(start: memory, count: filled))
            } else {
                return
            }
        }
    }

    private func trimmed(_ start: Int, _ length: Int) -> UnsafeRawBufferPointer {
        let hasReturn = length > 0 && (memory + start + length - 1).load(as: UInt8.self) == 13
        return UnsafeRawBufferPointer(start: memory + start, count: hasReturn ? length - 1 : length)
    }

    /// Makes room for the next chunk; the lines given out before are invalid from here on.
    public func compact() {
        guard pending > 0 else { return }
        memmove(memory, memory + pending, filled - pending)
        filled -= pending
        pending = 0
    }
}

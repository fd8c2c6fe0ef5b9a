import CSimdjson
import CityModel
import Foundation

/// Reads a file in large chunks and gives out its lines in place, with the padding that the decoder needs behind them.
final class LineReader {
    private let path: String
    private let fd: Int32
    private var buffer: UnsafeMutableRawPointer
    private var capacity: Int
    private var filled = 0
    private var ended = false

    /// - Throws: `input` where the file cannot be opened.
    init(_ path: String, capacity: Int = 4 << 20) throws {
        self.path = path
        self.capacity = capacity
        fd = path == "-" ? 0 : open(path, O_RDONLY)
        guard fd >= 0 else {
            throw KapokError(
                "input", "\(path): \(String(cString: strerror(errno)))", mend: "Check the path and its mode")
        }
        buffer = .allocate(byteCount: capacity + Int(KAPOK_PADDING), alignment: 64)
    }
    deinit {
        buffer.deallocate()
        if fd > 0 { close(fd) }
    }

    /// Fills the buffer and calls `line` for each whole line in it; they stay valid until the next call. False at the
    /// end.
    func next(_ line: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard !ended else { return false }
        while filled < capacity {
            let n = read(fd, buffer + filled, capacity - filled)
            if n < 0, errno == EINTR { continue }
            guard n >= 0 else {
                throw KapokError("input", "\(path): \(String(cString: strerror(errno)))", mend: "Check the file")
            }
            if n == 0 { ended = true; break }
            filled += n
        }
        (buffer + filled).initializeMemory(as: UInt8.self, repeating: 0, count: Int(KAPOK_PADDING))
        var start = 0
        while start < filled, let nl = memchr(buffer + start, 10, filled - start) {
            var length = UnsafeRawPointer(nl) - UnsafeRawPointer(buffer + start)
            let after = start + length + 1
            if length > 0, (buffer + start + length - 1).load(as: UInt8.self) == 13 { length -= 1 }
            try line(UnsafeRawBufferPointer(start: buffer + start, count: length))
            start = after
        }
        pending = start
        if ended, start < filled {
            try line(UnsafeRawBufferPointer(start: buffer + start, count: filled - start))
            pending = filled
        }
        return true
    }

    /// Where the first line not yet given out begins; it is moved to the front by `compact`.
    private var pending = 0

    /// Makes room for the next chunk; the lines given out before are invalid from here on.
    func compact() {
        let rest = filled - pending
        if pending == 0, rest == capacity {
            // A line longer than the buffer: grow, it will be judged oversized.
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2 + Int(KAPOK_PADDING), alignment: 64)
            larger.copyMemory(from: buffer, byteCount: rest)
            buffer.deallocate()
            buffer = larger
            capacity *= 2
        } else if pending > 0 {
            memmove(buffer, buffer + pending, rest)
        }
        filled = rest
        pending = 0
    }
}

/// Writes JSON objects, one a line, with sorted keys.
final class LineWriter {
    static let encoder: JSONEncoder = {
        let e = JSONEncoder()
        e.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return e
    }()
    private let file: ByteFile
    private(set) var lines = 0

    /// - Throws: `output` where the file cannot be made.
    init(_ path: String) throws { file = try ByteFile(path) }

    func write(_ row: some Encodable) throws {
        try file.line(Self.encoder.encode(row))
        lines += 1
    }
    func close() throws { try file.close() }
}

extension FileHandle {
    /// Makes or empties a file, and writes into what is there: `FileManager.createFile` would put a new file in the
    /// place of a device, a pipe or a link.
    /// - Throws: `output`.
    convenience init(emptied path: String) throws(KapokError) {
        let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard fd >= 0 else {
            throw KapokError(
                "output", "\(path) cannot be written: \(String(cString: strerror(errno)))",
                mend: "Check the folder and its mode")
        }
        self.init(fileDescriptor: fd, closeOnDealloc: true)
    }
}

/// Writes raw lines through a large buffer.
final class ByteFile {
    private let handle: FileHandle
    private let path: String
    private var buffer = Data()

    /// - Throws: `output` where the file cannot be made.
    init(_ path: String) throws {
        self.path = path
        handle = path == "-" ? .standardOutput : try FileHandle(emptied: path)
    }
    func line(_ bytes: some Collection<UInt8>) throws {
        try append(bytes)
        try append(CollectionOfOne(10))
    }
    func append(_ bytes: some Collection<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count > 4 << 20 { try flush() }
    }
    private func flush() throws {
        do { try handle.write(contentsOf: buffer) } catch {
            throw KapokError("output", "\(path): \(error.localizedDescription)", mend: "Check the space on the disk")
        }
        buffer.removeAll(keepingCapacity: true)
    }
    func close() throws {
        try flush()
        if path != "-" { try handle.close() }
    }
}

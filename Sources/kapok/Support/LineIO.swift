import CityModel
import Foundation
import Wire

/// Reads a file in large chunks and gives out its lines in place, with the padding that the decoder needs behind them.
final class LineReader {
    private let path: String
    private let fd: Int32
    private let buffer: LineBuffer
    private var ended = false

    /// Lines longer than the buffer: only their beginning was given out.
    var cut: Int { buffer.cut }

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - capacity: bytes of the buffer, and so of the longest line; more than the contract's `max_bytes`.
    /// - Throws: `input` where the file cannot be opened.
    init(_ path: String, capacity: Int) throws {
        self.path = path
        fd = path == "-" ? 0 : open(path, O_RDONLY)
        guard fd >= 0 else {
            throw KapokError(
                "input", "\(path): \(String(cString: strerror(errno)))", mend: "Check the path and its mode")
        }
        buffer = LineBuffer(capacity: capacity)
    }
    deinit { if fd > 0 { close(fd) } }

    /// Fills the buffer and calls `line` for each whole line in it; they stay valid until `compact`. False at the end.
    func next(_ line: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard !ended else { return false }
        while !ended, !buffer.room.isEmpty {
            let room = buffer.room
            let n = read(fd, room.baseAddress, room.count)
            if n < 0, errno == EINTR { continue }
            guard n >= 0 else {
                throw KapokError("input", "\(path): \(String(cString: strerror(errno)))", mend: "Check the file")
            }
            ended = n == 0
            buffer.wrote(n)
        }
        try buffer.lines(atEnd: ended, line)
        return true
    }

    /// Makes room for the next chunk; the lines given out before are invalid from here on.
    func compact() { buffer.compact() }
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

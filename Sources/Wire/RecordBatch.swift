import CSimdjson

/// Raw records of one topic-partition, in offset order, ready for the decoder.
///
/// The decoder reads up to `KAPOK_PADDING` bytes behind a record, so records from elsewhere are copied into one padded
/// buffer (`append`); a caller whose own buffer is padded may lend it (`appendBorrowed`). Not thread-safe.
public final class RecordBatch {
    /// Offset, times in ms; `recordTime` is the Kafka record's own timestamp, nil-like `.max` where there is none.
    public struct Meta {
        public var offset: Int64
        public var recordTime: Int64
        /// Hash of the CloudEvents `ce_id` header; 0 where absent.
        public var headerID: UInt64
        /// CloudEvents `ce_time` in ms; `Int64.min` where absent.
        public var headerTime: Int64
        public init(offset: Int64, recordTime: Int64 = .max, headerID: UInt64 = 0, headerTime: Int64 = .min) {
            self.offset = offset
            self.recordTime = recordTime
            self.headerID = headerID
            self.headerTime = headerTime
        }
    }

    private static let newline = UInt8(ascii: "\n")
    private let buffer: UnsafeMutableRawPointer
    private let capacity: Int
    // A batch is used from one thread, and none of its accesses can overlap: checking that for every record would cost
    // as much as the copy.
    @exclusivity(unchecked) private var used = 0
    /// Padded copies of records larger than the whole buffer.
    private var large: [UnsafeMutableRawPointer] = []
    let limit: Int
    @exclusivity(unchecked) var spans: ContiguousArray<kapok_span> = []
    @exclusivity(unchecked) public private(set) var metas: ContiguousArray<Meta> = []

    /// - Parameters:
    ///   - limit: most records in a batch.
    ///   - capacity: bytes of the padded buffer.
    public init(limit: Int = 1024, capacity: Int = 1 << 20) {
        self.limit = limit
        self.capacity = capacity
        buffer = .allocate(byteCount: capacity + Int(KAPOK_PADDING), alignment: 64)
        buffer.initializeMemory(as: UInt8.self, repeating: 0, count: capacity + Int(KAPOK_PADDING))
        spans.reserveCapacity(limit)
        metas.reserveCapacity(limit)
    }
    deinit {
        buffer.deallocate()
        for p in large { p.deallocate() }
    }

    public var count: Int { metas.count }
    public var isEmpty: Bool { metas.isEmpty }

    public func removeAll() {
        used = 0
        for p in large { p.deallocate() }
        large.removeAll()
        spans.removeAll(keepingCapacity: true)
        metas.removeAll(keepingCapacity: true)
    }

    /// Copies a record in; false where the batch is full and must be processed first. A record larger than the whole
    /// buffer gets a padded one of its own: a contract's `max_bytes` may allow it.
    public func append(_ data: UnsafeRawPointer?, _ length: Int, _ meta: Meta) -> Bool {
        guard count < limit else { return false }
        guard let data, length > 0 else {
            spans.append(kapok_span(data: UnsafePointer(buffer.assumingMemoryBound(to: UInt8.self)), length: 0))
            metas.append(meta)
            return true
        }
        if length > capacity { return appendOwn(data, length, meta) }
        guard used + length <= capacity else { return false }
        let to = buffer + used
        to.copyMemory(from: data, byteCount: length)
        // The parser looks at the byte behind a record: a newline, as in files, lest a verdict hang on a neighbour.
        to.storeBytes(of: Self.newline, toByteOffset: length, as: UInt8.self)
        used += length + 1
        spans.append(kapok_span(data: UnsafePointer(to.assumingMemoryBound(to: UInt8.self)), length: UInt32(length)))
        metas.append(meta)
        return true
    }

    private func appendOwn(_ data: UnsafeRawPointer, _ length: Int, _ meta: Meta) -> Bool {
        let own = UnsafeMutableRawPointer.allocate(byteCount: length + Int(KAPOK_PADDING), alignment: 64)
        own.copyMemory(from: data, byteCount: length)
        (own + length).initializeMemory(as: UInt8.self, repeating: Self.newline, count: Int(KAPOK_PADDING))
        large.append(own)
        return appendBorrowed(own, length, meta)
    }

    /// Lends a record from memory without padding where the decoder may read it there, copies it where not; its bytes
    /// must stay until `removeAll`. False where the batch is full by count; it cannot be full by bytes.
    public func lend(_ data: UnsafeRawPointer?, _ length: Int, _ meta: Meta) -> Bool {
        guard count < limit else { return false }
        if let data, length > 0, Self.isReadableInPlace(data + (length - 1)) {
            return appendBorrowed(data, length, meta)
        }
        if append(data, length, meta) { return true }
        guard let data else { return false }
        return appendOwn(data, length, meta)
    }

    /// What the parser looks at behind a record must be readable: it is where it lies in the page of the record's last
    /// byte. And no verdict may hang on it: none does on a zero byte behind a closing brace, where every text and number
    /// has ended. In a Kafka record without headers, their number, 0, follows the value.
    @inline(__always)
    private static func isReadableInPlace(_ last: UnsafeRawPointer) -> Bool {
        Int(bitPattern: last) & (smallestPage - 1) < smallestPage - Int(KAPOK_PADDING)
            && last.loadUnaligned(as: UInt16.self).littleEndian == UInt16(UInt8(ascii: "}"))
    }
    private static let smallestPage = 4096

    /// Lends a record; the bytes, and `KAPOK_PADDING` more where it is to be parsed, must stay readable until
    /// `removeAll`. False where the batch is full.
    public func appendBorrowed(_ data: UnsafeRawPointer, _ length: Int, _ meta: Meta) -> Bool {
        guard count < limit, length <= Int(UInt32.max) else { return false }
        spans.append(kapok_span(data: data.assumingMemoryBound(to: UInt8.self), length: UInt32(length)))
        metas.append(meta)
        return true
    }

    /// A record's bytes as they came.
    public func bytes(_ i: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: spans[i].data, count: Int(spans[i].length)))
    }
}

/// The wire's 64-bit hash of a byte string, the same on every machine; never 0.
public func wireHash(_ text: String) -> UInt64 {
    var t = text
    return t.withUTF8 { kapok_hash($0.baseAddress, $0.count) }
}
public func wireHash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    kapok_hash(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
}

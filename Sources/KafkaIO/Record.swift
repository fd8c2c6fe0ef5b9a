import CRdkafka

/// One record of a batch: a view into librdkafka's memory, valid only inside the batch's closure.
public struct Record {
    @usableFromInline let message: UnsafeMutablePointer<rd_kafka_message_t>
    @inlinable init(_ message: UnsafeMutablePointer<rd_kafka_message_t>) { self.message = message }

    @inlinable public var offset: Int64 { message.pointee.offset }
    /// The payload's bytes; empty (with a null address) for a tombstone.
    @inlinable public var value: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len)
    }
    /// False for a tombstone; an empty payload is a value.
    @inlinable public var hasValue: Bool { message.pointee.payload != nil }
    /// The key's bytes; empty (with a null address) where there is no key.
    @inlinable public var key: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: message.pointee.key, count: message.pointee.key_len)
    }
    @inlinable public var hasKey: Bool { message.pointee.key != nil }
    /// Hints that the value is about to be read.
    @inlinable public func prefetch() { kapok_prefetch_payload(message) }
    @inlinable public var partition: Int32 { message.pointee.partition }

    /// The record's own time (create or log-append time) in ms since the epoch; -1 where the broker gave none.
    @inlinable public var timestampMs: Int64 { rd_kafka_message_timestamp(message, nil) }

    private var parsedHeaders: OpaquePointer? {
        guard kapok_may_have_headers(message) != 0 else { return nil }
        var headers: OpaquePointer?
        return rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR ? headers : nil
    }

    /// Calls `body` with each header in order: name without copying, value (null where the header has none).
    /// Headers are parsed on the first call for a record, never before.
    public func forEachHeader(_ body: (_ name: UnsafePointer<CChar>, _ value: UnsafeRawBufferPointer) -> Void) {
        guard let headers = parsedHeaders else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var length = 0
        while rd_kafka_header_get_all(headers, index, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR {
            if let name { body(name, UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : length)) }
            index += 1
        }
    }

    /// The last header of that name (a string passes without copying), nil where there is none.
    public func header(_ name: UnsafePointer<CChar>) -> UnsafeRawBufferPointer? {
        guard let headers = parsedHeaders else { return nil }
        var value: UnsafeRawPointer?
        var length = 0
        guard rd_kafka_header_get_last(headers, name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : length)
    }

    /// Copies of all headers, in order.
    public func headers() -> [Header] {
        var all: [Header] = []
        forEachHeader { all.append(Header(String(cString: $0), Array($1))) }
        return all
    }
}

/// A record header.
public struct Header: Sendable, Hashable {
    public var name: String
    public var value: [UInt8]
    public init(_ name: String, _ value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// Records of one partition that follow each other in a batch, offsets rising.
public struct Run {
    /// The partition's slot, as told by `Assigned.slot`.
    public let slot: Int
    @usableFromInline let messages: UnsafeBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    @inlinable init(slot: Int, messages: UnsafeBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>) {
        self.slot = slot
        self.messages = messages
    }
}

extension Run: RandomAccessCollection {
    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { messages.count }
    @inlinable public subscript(index: Int) -> Record {
        // The batch holds no nil in a run: error messages were taken out before.
        Record(messages[index].unsafelyUnwrapped)
    }
}

/// What one poll brought. Its memory ends with the closure: copy out what is to stay.
public struct RecordBatch: ~Copyable {
    @usableFromInline let messages: UnsafeBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    @usableFromInline let spans: UnsafeBufferPointer<RunSpan>

    @inlinable init(
        messages: UnsafeBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>, spans: UnsafeBufferPointer<RunSpan>
    ) {
        self.messages = messages
        self.spans = spans
    }
    /// Records in all runs.
    @inlinable public var count: Int { messages.count }
    @inlinable public var isEmpty: Bool { messages.isEmpty }
    /// Number of runs; a batch from few fetches has few.
    @inlinable public var runCount: Int { spans.count }
    /// The run at `index` (0 ..< runCount).
    @inlinable public func run(_ index: Int) -> Run {
        let s = spans[index]
        return Run(slot: s.slot, messages: UnsafeBufferPointer(rebasing: messages[s.start..<s.end]))
    }
    /// Calls `body` with each run.
    @inlinable public func forEachRun<E: Error>(_ body: (Run) throws(E) -> Void) throws(E) {
        for i in 0..<spans.count { try body(run(i)) }
    }
}

@frozen @usableFromInline struct RunSpan {
    @usableFromInline var slot: Int
    @usableFromInline var start: Int
    @usableFromInline var end: Int
    @inlinable init(slot: Int, start: Int, end: Int) {
        self.slot = slot
        self.start = start
        self.end = end
    }
}

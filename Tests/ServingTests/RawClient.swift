import Dispatch
import Foundation
import HubAPI

/// A bare TCP client that sends what it is told, well-formed or not. Blocking calls run on threads of their own.
final class RawClient: Sendable {
    private let fd: Int32

    init(_ port: Int) async throws {
        fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var small: Int32 = 4096
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, 4)
        // A server that never answers must fail the test, not hang it.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var a = sockaddr_in()
        a.sin_family = sa_family_t(AF_INET)
        a.sin_port = in_port_t(port).bigEndian
        a.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let rc = withUnsafePointer(to: &a) { p in
            p.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard rc == 0 else { throw CocoaError(.fileReadUnknown) }
    }

    private func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { c in Thread { c.resume(returning: work()) }.start() }
    }

    /// Sends as much as the server takes: it may hang up on what it refuses.
    func send(_ text: String) async throws {
        await blocking { [fd] in
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < bytes.count {
                let n = bytes[sent...].withUnsafeBytes {
                    Foundation.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if n <= 0 { return }
                sent += n
            }
        }
    }

    /// What comes next; empty at the end.
    func read() async -> [UInt8] {
        await blocking { [fd] in
            var b = [UInt8](repeating: 0, count: 65_536)
            let n = recv(fd, &b, b.count, 0)
            return n > 0 ? Array(b[..<n]) : []
        }
    }

    func readAll() async -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let b = await read()
            if b.isEmpty { return all }
            all += b
        }
    }

    func close() { shutdown(fd, Int32(SHUT_RDWR)) }
    deinit { Foundation.close(fd) }
}

struct RawResponse {
    var status = 0
    /// Names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    var text: String { String(decoding: body, as: UTF8.self) }

    init(_ bytes: [UInt8]) {
        let all = Data(bytes)
        guard let end = all.range(of: Data("\r\n\r\n".utf8)) else { return }
        let lines = String(decoding: all[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        for l in lines.dropFirst() {
            guard let colon = l.firstIndex(of: ":") else { continue }
            headers[l[..<colon].lowercased()] = l[l.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        body = Array(all[end.upperBound...])
    }

    var error: APIErrorBody.Detail? { try? JSONDecoder().decode(APIErrorBody.self, from: Data(body)).error }
}

/// A reader of `/v1/stream`.
final class EventReader {
    struct Event {
        var name: String
        var data: String
    }
    let client: RawClient
    private var pending = ""

    /// - Parameter lastEventID: as a client sends it that comes back.
    init(_ port: Int, _ query: String = "", path: String = "/v1/stream", lastEventID: String? = nil) async throws {
        client = try await RawClient(port)
        let back = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        try await client.send("GET \(path)\(query) HTTP/1.1\r\nHost: x\r\n\(back)\r\n")
    }

    /// The next event; nil at the end. Chunk lengths stand on lines of their own and are passed over.
    func next() async -> Event? {
        while true {
            if let end = pending.range(of: "\n\n") {
                let block = pending[..<end.lowerBound]
                pending.removeSubrange(..<end.upperBound)
                var (name, data) = ("", "")
                for line in block.split(whereSeparator: \.isNewline) {
                    if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
                    if line.hasPrefix("data: ") { data = String(line.dropFirst(6)) }
                }
                if !name.isEmpty { return Event(name: name, data: data) }
                continue
            }
            let b = await client.read()
            if b.isEmpty { return nil }
            pending += String(decoding: b, as: UTF8.self)
        }
    }
}

extension EventReader.Event {
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try JSONDecoder().decode(type, from: Data(data.utf8)) }
}

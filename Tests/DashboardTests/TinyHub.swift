import Foundation
import HubAPI
import Synchronization

/// A socket on a free port of this machine.
final class LocalPort: Sendable {
    let descriptor: Int32
    let number: UInt16

    init?() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var a = sockaddr_in()
        a.sin_family = sa_family_t(AF_INET)
        a.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = descriptor
        let ok = withUnsafeMutablePointer(to: &a) { p in
            p.withMemoryRebound(to: sockaddr.self, capacity: 1) { s in
                bind(fd, s, size) == 0 && getsockname(fd, s, &size) == 0
            }
        }
        number = UInt16(bigEndian: a.sin_port)
        if !ok { return nil }
    }
    deinit { close(descriptor) }

    /// While nobody listens, connections are refused; while this lives, nobody else can take the port.
    var hub: String { "http://127.0.0.1:\(number)" }
}

/// Answers GET requests by path, one connection at a time, and remembers them.
final class TinyHub: Sendable {
    private let port: LocalPort
    private let answers: [String: (status: Int, body: Data)]
    private let seen = Mutex<[String]>([])

    var hub: String { port.hub }
    /// The heads of the requests so far.
    var requests: [String] { seen.withLock { $0 } }

    init?(_ answers: [String: (status: Int, body: Data)]) {
        guard let p = LocalPort(), listen(p.descriptor, 16) == 0 else { return nil }
        port = p
        self.answers = answers
        Thread.detachNewThread { [self] in
            while serve() {}
        }
    }

    /// Ends the server: what waits in `accept` is woken.
    func stop() { shutdown(port.descriptor, Int32(SHUT_RDWR)) }

    private func serve() -> Bool {
        let c = accept(port.descriptor, nil, nil)
        guard c >= 0 else { return false }
        defer { close(c) }
        var head = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while head.range(of: Data("\r\n\r\n".utf8)) == nil {
            let n = recv(c, &buffer, buffer.count, 0)
            guard n > 0 else { return true }
            head += buffer[0..<n]
        }
        let text = String(decoding: head, as: UTF8.self)
        seen.withLock { $0.append(text) }
        let target = text.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let a = answers[String(target.prefix { $0 != "?" })] ?? (404, Data("{}".utf8))
        var reply = Data("HTTP/1.1 \(a.status) X\r\ncontent-length: \(a.body.count)\r\nconnection: close\r\n\r\n".utf8)
        reply += a.body
        var sent = 0
        reply.withUnsafeBytes { p in
            while sent < p.count, let base = p.baseAddress {
                let n = send(c, base + sent, p.count - sent, Int32(MSG_NOSIGNAL))
                if n <= 0 { break }
                sent += n
            }
        }
        return true
    }
}

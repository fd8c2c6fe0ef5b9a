import CityModel
import Foundation
import Synchronization

/// An advisory lock (`flock`) on `<database>.lock` that says that a hub owns a database, or a demo its folder. The kernel
/// lets go of it when the process ends, however it ends; the file stays, with the owner's process id for people.
public final class FileLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// - Throws: `database-busy` where another store holds it, `database-open` where the file cannot be made.
    public init(database: String) throws(KapokError) {
        let path = database + ".lock"
        let fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard fd >= 0 else {
            throw KapokError(
                "database-open", "\(path): \(String(cString: strerror(errno)))",
                mend: "Check the folder, its mode and the disk")
        }
        guard flock(fd, LOCK_EX | LOCK_NB) == 0 else {
            let (reason, owner) = (errno, Self.owner(fd))
            close(fd)
            guard reason == EWOULDBLOCK else {
                throw KapokError(
                    "database-open", "\(path) cannot be locked: \(String(cString: strerror(reason)))",
                    mend: "Put the database on a local file system")
            }
            throw KapokError(
                "database-busy", "\(database) is in use by another hub\(owner.map { " (process \($0))" } ?? "")",
                mend: "Stop the other hub, or name another --db")
        }
        let id = Array("\(getpid())\n".utf8)
        if ftruncate(fd, 0) == 0 { _ = pwrite(fd, id, id.count, 0) }
        descriptor = Mutex(fd)
    }

    private static func owner(_ fd: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let n = pread(fd, &bytes, bytes.count, 0)
        return n > 0 ? Int(String(decoding: bytes[..<n], as: UTF8.self).prefix { $0.isNumber }) : nil
    }

    /// Lets the next one in. Can be called again.
    public func release() {
        descriptor.withLock { fd in
            if let fd { close(fd) }
            fd = nil
        }
    }

    deinit { release() }
}

import CityModel
import Crypto
import Foundation

/// Replaces a sensitive text by a keyed pseudonym: the first 8 bytes of HMAC-SHA-256, so that one plate is one identity
/// across cameras and nobody without the key can test a guess.
public struct Pseudonym: Sendable {
    private let key: SymmetricKey

    /// - Throws: `pseudonym-key` where the file cannot be read or holds fewer than 32 bytes.
    public init(keyFile path: String) throws(KapokError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw KapokError("pseudonym-key", "the key file \(path) cannot be read", mend: "Check the path and its mode")
        }
        guard data.count >= 32 else {
            throw KapokError(
                "pseudonym-key", "the key file \(path) holds \(data.count) bytes, 32 are needed",
                mend: "Make one with: head -c 32 /dev/urandom > \(path)")
        }
        key = SymmetricKey(data: data)
    }

    /// Never 0.
    func identity(_ text: UnsafeRawBufferPointer) -> UInt64 {
        var mac = HMAC<SHA256>(key: key)
        mac.update(data: text)
        let id = mac.finalize().withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        return id == 0 ? 1 : id
    }
}

import Dispatch
import Synchronization
import Wire

/// Decodes pieces on several threads and counts them in order, so that the result is that of one thread.
///
/// Decoding needs nothing but the records; counting needs all that came before. One of the threads counts each piece as
/// soon as those before it are counted, and decodes where the next one is not ready; the others only decode.
final class DecodeCrew {
    /// A piece's buffers.
    final class Lane {
        let batch = RecordBatch(limit: HubCore.Piece.limit, capacity: 64 << 10)
        var decoded = DecodedBatch()
        /// Signalled once for each piece.
        let isDecoded = DispatchSemaphore(value: 0)
    }

    /// With fewer records, as nearly always where the hub keeps up, waking another thread takes longer than it saves.
    static let worthSharing = 2048
    /// Pieces under way at the same time; bounds the memory.
    static let laneLimit = 16

    private let threads: Int
    private var lanes: [Lane] = []
    private let claimed = Atomic(0)

    init(threads: Int) { self.threads = max(1, threads) }

    /// - Parameters:
    ///   - decode: piece, thread (0 ..< `threads`), its lane, with an empty batch.
    ///   - count: called for each piece in order, never twice at once.
    func run(
        _ pieces: Int, records: Int, decode: (_ piece: Int, _ thread: Int, Lane) -> Void,
        count: (_ piece: Int, Lane) -> Void
    ) {
        while lanes.count < min(pieces, Self.laneLimit) { lanes.append(Lane()) }
        guard threads > 1, pieces > 1, records >= Self.worthSharing else {
            for i in 0..<pieces {
                decode(i, 0, lanes[0])
                count(i, lanes[0])
                lanes[0].batch.removeAll()
            }
            return
        }
        for first in stride(from: 0, to: pieces, by: Self.laneLimit) {
            share(first, min(Self.laneLimit, pieces - first), decode, count)
        }
    }

    private func share(
        _ first: Int, _ n: Int, _ decode: (Int, Int, Lane) -> Void, _ count: (Int, Lane) -> Void
    ) {
        claimed.store(0, ordering: .relaxed)
        func finish(_ i: Int) {
            count(first + i, lanes[i])
            lanes[i].batch.removeAll()
        }
        func work(_ thread: Int) {
            var counted = 0
            while thread != 0 || counted < n {
                if thread == 0, lanes[counted].isDecoded.wait(timeout: .now()) == .success {
                    finish(counted)
                    counted += 1
                    continue
                }
                let i = claimed.wrappingAdd(1, ordering: .relaxed).oldValue
                if i < n {
                    decode(first + i, thread, lanes[i])
                    lanes[i].isDecoded.signal()
                } else if thread == 0 {
                    // The next one is with another thread.
                    lanes[counted].isDecoded.wait()
                    finish(counted)
                    counted += 1
                } else {
                    return
                }
            }
        }
        withoutActuallyEscaping(work) { work in
            // No access overlaps, though the compiler cannot see it: a lane belongs to the thread that claimed it until
            // it signals, from then on to thread 0, which alone counts; all have ended when this returns.
            nonisolated(unsafe) let work = work
            DispatchQueue.concurrentPerform(iterations: threads) { work($0) }
        }
    }
}

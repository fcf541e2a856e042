// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The memory of one frame.
///
/// `@unchecked Sendable`: the bytes are written only through a `FrameDraft`, which is not copyable and gets the storage
/// from a pool that holds the only other reference; after `seal` they are only read. A storage is handed out again only
/// when the pool's reference is the last one.
final class FrameStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let capacity: Int

    /// SIMD kernels may read up to 63 bytes past the end, so each buffer has that much slack.
    static let slack = 64

    init(capacity: Int) {
        self.capacity = capacity
        base = UnsafeMutableRawPointer.allocate(byteCount: capacity + FrameStorage.slack, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: capacity + FrameStorage.slack)
    }

    deinit {
        base.deallocate()
    }
}

/// A fixed number of equal frame buffers, used again and again: taking a frame allocates nothing once the pool is warm.
///
/// Buffers are made on first need. When all are in use `draft` returns nil and counts it: the caller drops its frame,
/// so readers that keep frames too long cost frames, never memory.
public final class FramePool: Sendable {
    public let capacity: Int
    private let state = Mutex(State())

    private struct State {
        var storages: [FrameStorage] = []
        var exhausted = 0
    }

    /// - Parameter capacity: how many frames may exist at once.
    public init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// A buffer for `header`, or nil when every buffer is in use. The first frames decide the size; a larger frame
    /// later replaces a free buffer.
    public func draft(_ header: FrameHeader) -> FrameDraft? {
        let storage = state.withLock { state -> FrameStorage? in
            for index in state.storages.indices where isKnownUniquelyReferenced(&state.storages[index]) {
                if state.storages[index].capacity < header.byteCount {
                    state.storages[index] = FrameStorage(capacity: header.byteCount)
                }
                return state.storages[index]
            }
            guard state.storages.count < capacity else {
                state.exhausted += 1
                return nil
            }
            let storage = FrameStorage(capacity: header.byteCount)
            state.storages.append(storage)
            return storage
        }
        return storage.map { FrameDraft(header: header, storage: $0) }
    }

    /// A buffer outside any pool, for targets that make single pictures (tests, snapshots).
    public static func standalone(_ header: FrameHeader) -> FrameDraft {
        FrameDraft(header: header, storage: FrameStorage(capacity: header.byteCount))
    }

    /// How often `draft` had to refuse.
    public var exhausted: Int { state.withLock { $0.exhausted } }

    /// Bytes the pool holds. For tests.
    public var allocatedBytes: Int { state.withLock { $0.storages.reduce(0) { $0 + $1.capacity } } }
}

// SPDX-License-Identifier: Apache-2.0

/// The memory of one packet after the other; it grows to the largest.
struct PayloadBuffer {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// Doubles, so that packets that grow slowly do not make it grow each time.
    mutating func first(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if memory.count < count {
            memory.deallocate()
            memory = .allocate(byteCount: max(count, min(2 * memory.count, 1 << 24), 1 << 12), alignment: 64)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }

    func deallocate() { memory.deallocate() }
}

// SPDX-License-Identifier: Apache-2.0

/// Memory for kernels to work in: cache-line aligned, uninitialised, freed with its owner. Grows when asked to, never shrinks.
struct ScratchMemory: ~Copyable {
    private(set) var base = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)
    private var byteCount = 1

    /// Ensures a size in bytes; the contents are lost when it grows.
    mutating func reserve(_ wanted: Int) {
        guard wanted > byteCount else { return }
        base.deallocate()
        base = .allocate(byteCount: wanted, alignment: 64)
        byteCount = wanted
    }

    deinit {
        base.deallocate()
    }
}

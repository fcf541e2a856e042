// SPDX-License-Identifier: Apache-2.0

/// Memory for kernels to work in: cache-line aligned, uninitialised, freed with its owner.
final class ScratchMemory {
    let base: UnsafeMutableRawPointer

    init(byteCount: Int) {
        base = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    }

    deinit {
        base.deallocate()
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import CMemory

/// How this process keeps memory. Boards have little of it, and cameras need it.
public enum ProcessMemory {
    /// Freed blocks of 128 KiB and more go back to the system at once. To be called once, before much is allocated.
    public static func returnLargeBlocks() {
        dk_memory_return_large_blocks()
    }

    /// Gives back what is resident and not in use: free memory, and code and constants that were only needed to start or to
    /// load something. What is needed on comes back from the page cache, in about a millisecond all together.
    public static func release() {
        dk_memory_release()
    }
}

// SPDX-License-Identifier: Apache-2.0
// How this process keeps memory.
#ifndef DK_MEMORY_H
#define DK_MEMORY_H

/// Blocks of 128 KiB and more go back to the system when they are freed. Left alone, glibc raises this limit with every
/// large block that is freed, up to 32 MiB, and keeps what is no longer needed. Does nothing with another C library.
void dk_memory_return_large_blocks(void);

/// Gives back what is resident and not in use: free memory of the heap, and the code and constants of the program and its
/// libraries, which come back from the page cache, page by page, as they are needed. Of those only segments that are loaded
/// to be read are touched: they hold nothing but what is in their files (64-bit linkers refuse relocations in them, and
/// what is sealed after relocation lies in writable segments).
void dk_memory_release(void);

#endif

// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation

/// A picture file, open for reading. Its size is known before a byte is read.
struct ReplayFile: ~Copyable {
    private let descriptor: Int32
    /// In bytes.
    let size: Int

    /// Nil when the file is missing, unreadable, no regular file, or larger than `limit` bytes.
    init?(path: String, limit: Int) {
        // Non-blocking, so that a pipe among the pictures cannot hang the replay.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, (0...limit).contains(Int(status.st_size))
        else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    /// Reads from `offset` until `target` is full or the file ends; the number of bytes read.
    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = target.baseAddress else { return 0 }
        var done = 0
        while done < target.count {
            let count = pread(descriptor, base + done, target.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            done += count
        }
        return done
    }
}

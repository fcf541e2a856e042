// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file that is read a window at a time. Not mapped: a bad block of a dying card would end the process (SIGBUS).
final class FileByteSource: ByteSource {
    let count: Int
    private let descriptor: Int32
    private var window: [UInt8] = []
    private var start = 0

    private static let windowBytes = 16 << 10

    init(_ path: String) throws(ONNXFormatError) {
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadable("it is no file")
        }
        count = Int(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    func byte(at index: Int) throws(ONNXFormatError) -> UInt8 {
        if index < start || index >= start + window.count { try fill(from: index) }
        return window[index - start]
    }

    private func fill(from index: Int) throws(ONNXFormatError) {
        let wanted = min(Self.windowBytes, count - index)
        var read = 0
        window = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            read = pread(descriptor, buffer.baseAddress, wanted, off_t(index))
            filled = max(0, read)
        }
        start = index
        guard read > 0 else { throw .unreadable(read < 0 ? String(cString: strerror(errno)) : "it ended while it was read") }
    }
}

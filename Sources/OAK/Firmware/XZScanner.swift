// SPDX-License-Identifier: Apache-2.0
import CLZMA

/// Finds xz streams in bytes that come in pieces, decodes them and reads the tar archive in each. Holds a piece, the decoder's
/// dictionary and the files kept; never a whole stream.
final class XZScanner {
    /// What came of it, when nothing was found.
    private(set) var problem: String?
    private var stream = lzma_stream()
    private var tar: TarReader?
    /// The end of the last piece, which may be the start of a header.
    private var held: [UInt8] = []
    /// Decoded so far, of all streams.
    private var decoded = 0
    private let makeTar: () -> TarReader
    private let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 << 10)

    private static let mark: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
    private static let headerLength = Int(LZMA_STREAM_HEADER_SIZE)
    /// The dictionary of `xz -9` is 64 MiB; a box may have little more.
    private static let memoryLimit: UInt64 = 96 << 20
    /// More than both streams of a wheel, several times over.
    private static let decodedLimit = 256 << 20

    /// - Parameter tar: a reader for one more archive.
    init(_ tar: @escaping () -> TarReader) { makeTar = tar }

    deinit {
        lzma_end(&stream)
        output.deallocate()
    }

    /// Takes the next bytes.
    /// - Parameter onMember: told of each file; true ends the search.
    /// - Returns: whether the search was ended.
    func feed(_ piece: UnsafeBufferPointer<UInt8>, _ onMember: (TarReader.Member) -> Bool) -> Bool {
        let window = held + piece
        held = []
        return window.withUnsafeBufferPointer { window in
            var at = 0
            while at < window.count {
                if tar != nil {
                    guard let count = decode(UnsafeBufferPointer(rebasing: window[at...]), onMember) else { return true }
                    at += count
                } else if let start = Self.header(in: window, from: at) {
                    guard window.count - start >= Self.headerLength else {
                        held = Array(window[start...])
                        break
                    }
                    at = begin(UnsafeBufferPointer(rebasing: window[start...])) ? start : start + 1
                } else {
                    break
                }
            }
            return false
        }
    }

    /// Nothing more will come.
    func finish() {
        if tar != nil { problem = "it ends early" }
        tar = nil
    }

    /// Where a header starts, or may start at the end of the window.
    private static func header(in window: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var at = start
        while let next = window[at...].firstIndex(of: mark[0]) {
            let known = min(mark.count, window.count - next)
            if window[next..<(next + known)].elementsEqual(mark[..<known]) { return next }
            at = next + 1
        }
        return nil
    }

    /// The mark alone stands in every program that can read xz; a header has a checksum.
    private func begin(_ window: UnsafeBufferPointer<UInt8>) -> Bool {
        var flags = lzma_stream_flags()
        guard lzma_stream_header_decode(&flags, window.baseAddress) == LZMA_OK else { return false }
        guard lzma_stream_decoder(&stream, Self.memoryLimit, 0) == LZMA_OK else { return false }
        tar = makeTar()
        return true
    }

    /// Decodes until the piece or the stream ends.
    /// - Returns: how many bytes it took; nil when the search is over.
    private func decode(_ piece: UnsafeBufferPointer<UInt8>, _ onMember: (TarReader.Member) -> Bool) -> Int? {
        stream.next_in = piece.baseAddress
        stream.avail_in = piece.count
        repeat {
            stream.next_out = output.baseAddress
            stream.avail_out = output.count
            let result = lzma_code(&stream, LZMA_RUN)
            let count = output.count - stream.avail_out
            decoded += count
            let isTar = tar?.feed(UnsafeBufferPointer(rebasing: output[..<count])) ?? false
            for member in tar?.take() ?? [] where onMember(member) { return nil }
            guard result == LZMA_OK, isTar, decoded <= Self.decodedLimit else {
                end(result)
                break
            }
        } while stream.avail_in > 0 || stream.avail_out == 0
        return max(1, piece.count - stream.avail_in)
    }

    /// Ends a stream: it is over, damaged, or of no interest.
    private func end(_ result: lzma_ret) {
        tar = nil
        switch result {
        case LZMA_OK, LZMA_STREAM_END: if decoded > Self.decodedLimit { problem = "it is larger than any firmware" }
        case LZMA_MEMLIMIT_ERROR: problem = "it needs more memory than depthd gives it"
        case LZMA_MEM_ERROR: problem = "there is no memory left"
        default: problem = "it is damaged"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Codec
import Core

/// Turns picture files into frames with one buffer for all files. For one thread.
final class ReplayReader {
    private let limits: ImageLimits
    private let decoder: ImageDecoder
    private var buffer: [UInt8] = []

    init(limits: ImageLimits = .default) {
        self.limits = limits
        decoder = ImageDecoder(limits: limits)
    }

    /// What reading one picture came to.
    enum Outcome {
        case frame(Frame)
        case undecodable
        case noFreeBuffer
    }

    /// Reads a picture that has to be of the prototype's size and format.
    /// - Parameter draft: gives the memory of the frame, or nil.
    func read(_ path: String, header: FrameHeader, draft: (FrameHeader) -> FrameDraft?) -> Outcome {
        guard let file = ReplayFile(path: path, limit: limits.maximumBytes), file.size > 0 else { return .undecodable }
        if header.format == .gray8, let map = grayMap(file) { return read(file, map, header, draft) }
        guard fill(from: file) else { return .undecodable }
        return buffer.withUnsafeBytes { bytes in
            let file = UnsafeRawBufferPointer(rebasing: bytes[..<file.size])
            return decode(file, header, draft)
        }
    }

    /// The size a file says it has; nil when it has none that can be read.
    func size(of path: String) -> (width: Int, height: Int)? {
        guard let file = ReplayFile(path: path, limit: limits.maximumBytes) else { return nil }
        // Nearly every header is in the first 64 KiB; a JPEG may carry more notes before its size.
        for length in [min(file.size, 1 << 16), file.size] {
            guard fill(from: file, upTo: length) else { return nil }
            let info = buffer.withUnsafeBytes {
                try? ImageGate.peek(UnsafeRawBufferPointer(rebasing: $0[..<length]), limits: limits)
            }
            if let info { return (info.width, info.height) }
        }
        return nil
    }

    /// The header of a PGM whose pixels can be read as they are.
    private func grayMap(_ file: borrowing ReplayFile) -> PNMHeader? {
        withUnsafeTemporaryAllocation(byteCount: PNMHeader.maximumLength, alignment: 1) { prefix in
            let count = file.read(at: 0, into: prefix)
            let header = try? PNMHeader(prefix: UnsafeRawBufferPointer(rebasing: prefix[..<count]), limits: limits)
            return header?.channels == 1 ? header : nil
        }
    }

    /// A PGM goes straight from the file into the frame.
    private func read(
        _ file: borrowing ReplayFile, _ map: PNMHeader, _ header: FrameHeader, _ draft: (FrameHeader) -> FrameDraft?
    ) -> Outcome {
        guard map.width == header.width, map.height == header.height else { return .undecodable }
        guard let draft = draft(header) else { return .noFreeBuffer }
        let count = draft.withUnsafeMutableBytes { file.read(at: map.payloadOffset, into: $0) }
        return count == header.byteCount ? .frame(draft.seal()) : .undecodable
    }

    private func decode(_ file: UnsafeRawBufferPointer, _ header: FrameHeader, _ draft: (FrameHeader) -> FrameDraft?) -> Outcome {
        guard let draft = draft(header) else { return .noFreeBuffer }
        guard (try? decoder.decode(file, into: draft)) != nil else { return .undecodable }
        return .frame(draft.seal())
    }

    /// Reads the first `length` bytes of the file into the buffer; false when they are not there.
    private func fill(from file: borrowing ReplayFile, upTo length: Int? = nil) -> Bool {
        let length = length ?? file.size
        if buffer.count < length { buffer = [UInt8](repeating: 0, count: length) }
        return buffer.withUnsafeMutableBytes { file.read(at: 0, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<length])) }
            == length
    }
}

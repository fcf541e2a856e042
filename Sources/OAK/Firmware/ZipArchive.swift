// SPDX-License-Identifier: Apache-2.0
import CZlib

/// The files of a zip archive, such as a Python wheel, by its central directory.
struct ZipArchive {
    /// Why it cannot be read.
    struct Damage: Error, Hashable {
        var reason: String
    }

    /// A file of the archive.
    struct Entry {
        var name: String
        var isDeflated: Bool
        /// Where its bytes stand, as they are stored.
        var place: Range<Int>
    }

    let entries: [Entry]
    private let bytes: [UInt8]

    /// What an archive begins with, unless it is empty.
    static let mark: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    private static let directoryMark: [UInt8] = [0x50, 0x4B, 0x01, 0x02]
    private static let endMark: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
    private static let (endLength, longestComment) = (22, 65_535)
    private static let (directoryLength, headerLength) = (46, 30)

    init(_ bytes: [UInt8]) throws(Damage) {
        self.bytes = bytes
        let last = bytes.count - Self.endLength
        guard last >= 0,
            let end = (max(0, last - Self.longestComment)...last).last(where: { bytes[$0...].starts(with: Self.endMark) })
        else { throw Damage(reason: "it ends early") }
        var entries: [Entry] = []
        var at = Self.number(bytes, end + 16, 4)
        for _ in 0..<Self.number(bytes, end + 10, 2) {
            guard at + Self.directoryLength <= end, bytes[at...].starts(with: Self.directoryMark) else {
                throw Damage(reason: "its list of files is damaged")
            }
            let length = Self.number(bytes, at + 28, 2)
            let next = at + Self.directoryLength + length + Self.number(bytes, at + 30, 2) + Self.number(bytes, at + 32, 2)
            guard next <= end else { throw Damage(reason: "its list of files is damaged") }
            let name = String(decoding: bytes[(at + Self.directoryLength)...].prefix(length), as: UTF8.self)
            if let entry = Self.entry(name, at, bytes) { entries.append(entry) }
            at = next
        }
        self.entries = entries
    }

    /// The file that a line of the directory tells of; nil where its bytes are not where it says, or are of another form.
    private static func entry(_ name: String, _ at: Int, _ bytes: [UInt8]) -> Entry? {
        let method = number(bytes, at + 10, 2)
        let header = number(bytes, at + 42, 4)
        guard method == 0 || method == 8, header + headerLength <= bytes.count, bytes[header...].starts(with: mark) else {
            return nil
        }
        let start = header + headerLength + number(bytes, header + 26, 2) + number(bytes, header + 28, 2)
        let size = number(bytes, at + 20, 4)
        guard start + size <= bytes.count else { return nil }
        return Entry(name: name, isDeflated: method == 8, place: start..<(start + size))
    }

    private static func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int {
        bytes[at..<(at + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Hands out the content of a file in pieces.
    /// - Parameter onPiece: true ends it.
    func read(_ entry: Entry, _ onPiece: (UnsafeBufferPointer<UInt8>) -> Bool) throws(Damage) {
        let isWhole = bytes[entry.place].withUnsafeBufferPointer { stored in
            entry.isDeflated ? Self.inflate(stored, onPiece) : Self.cut(stored, onPiece)
        }
        guard isWhole else { throw Damage(reason: "\(entry.name) in it is damaged") }
    }

    private static let pieceLength = 256 << 10

    /// Hands out bytes as they are, in pieces.
    static func cut(_ bytes: UnsafeBufferPointer<UInt8>, _ onPiece: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        for start in stride(from: 0, to: bytes.count, by: pieceLength) {
            let piece = UnsafeBufferPointer(rebasing: bytes[start..<min(bytes.count, start + pieceLength)])
            if onPiece(piece) { break }
        }
        return true
    }

    /// Inflates (RFC 1951); false where the bytes are damaged or end early.
    private static func inflate(_ bytes: UnsafeBufferPointer<UInt8>, _ onPiece: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        var stream = z_stream()
        // A negative window: neither header nor checksum stand around the bytes.
        guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return false }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.avail_in = UInt32(clamping: bytes.count)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pieceLength) { output in
            while true {
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(pieceLength)
                let result = CZlib.inflate(&stream, Z_NO_FLUSH)
                guard result == Z_OK || result == Z_STREAM_END else { return false }
                let piece = UnsafeBufferPointer(rebasing: output[..<(pieceLength - Int(stream.avail_out))])
                if onPiece(piece) || result == Z_STREAM_END { return true }
            }
        }
    }
}

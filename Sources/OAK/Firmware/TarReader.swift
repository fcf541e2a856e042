// SPDX-License-Identifier: Apache-2.0

/// Reads a tar archive (POSIX.1-1988, "ustar") as it comes, and keeps the files whose name ends as wanted.
struct TarReader {
    /// A file of the archive.
    struct Member {
        var name: String
        var bytes: [UInt8]
    }

    /// Files read whole since the last look.
    private(set) var members: [Member] = []
    private let suffix: String
    private let maximum: Int
    private var header: [UInt8] = []
    private var body: Member?
    /// Bytes of the present file that are to come, and of the filling behind it.
    private var (left, filling) = (0, 0)

    private static let block = 512
    private static let form = 257..<262

    /// - Parameter maximum: larger files are passed over.
    init(suffix: String, maximum: Int) {
        (self.suffix, self.maximum) = (suffix, maximum)
    }

    /// What was read whole, handed over once.
    mutating func take() -> [Member] {
        defer { members = [] }
        return members
    }

    /// Takes the next bytes.
    /// - Returns: false when this is no tar archive.
    mutating func feed(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        var rest = piece[...]
        while !rest.isEmpty {
            if left > 0 {
                let count = min(left, rest.count)
                body?.bytes.append(contentsOf: rest.prefix(count))
                left -= count
                rest = rest.dropFirst(count)
                if left == 0 { finish() }
            } else if filling > 0 {
                let count = min(filling, rest.count)
                filling -= count
                rest = rest.dropFirst(count)
            } else {
                let count = min(Self.block - header.count, rest.count)
                header += rest.prefix(count)
                rest = rest.dropFirst(count)
                guard header.count < Self.block || begin() else { return false }
            }
        }
        return true
    }

    private mutating func finish() {
        if let body { members.append(body) }
        body = nil
    }

    /// Reads the header that has come; false when it is none.
    private mutating func begin() -> Bool {
        defer { header = [] }
        // Two blocks of zeros end an archive, and more may follow.
        if header.allSatisfy({ $0 == 0 }) { return true }
        guard header[Self.form].elementsEqual("ustar".utf8), let size = size else { return false }
        let name = String(decoding: header[..<100].prefix { $0 != 0 }, as: UTF8.self)
        left = size
        filling = (Self.block - size % Self.block) % Self.block
        let isFile = header[156] == UInt8(ascii: "0") || header[156] == 0
        if isFile, size > 0, size <= maximum, name.hasSuffix(suffix) { body = Member(name: name, bytes: []) }
        body?.bytes.reserveCapacity(size)
        return true
    }

    /// Eleven octal digits; nil for anything else, such as the binary form of sizes no firmware has.
    private var size: Int? {
        let digits = header[124..<136].prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }
}

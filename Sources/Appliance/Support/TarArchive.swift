// SPDX-License-Identifier: Apache-2.0

/// A tar archive of plain files (POSIX.1-1988, "ustar"), written in memory.
package struct TarArchive {
    private var bytes: [UInt8] = []
    private let folder: String
    private let seconds: Int

    private static let block = 512
    /// The form has 11 octal digits for a size.
    private static let largestFile = 0o777_7777_7777

    /// - Parameters:
    ///   - folder: the folder in the archive that holds every file.
    ///   - seconds: since 1970, when the files were made.
    package init(folder: String, seconds: Int) {
        self.folder = folder
        self.seconds = max(0, seconds)
    }

    /// Adds a file; one whose name does not fit into the form's 100 bytes is left out.
    /// - Returns: whether it was added.
    @discardableResult
    package mutating func add(_ name: String, _ content: [UInt8]) -> Bool {
        let path = Array("\(folder)/\(name)".utf8)
        guard path.count < 100, content.count <= Self.largestFile else { return false }
        bytes += header(path, content.count)
        bytes += content
        bytes += [UInt8](repeating: 0, count: (Self.block - content.count % Self.block) % Self.block)
        return true
    }

    /// The whole archive.
    package var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 2 * Self.block) }

    private func header(_ path: [UInt8], _ size: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: Self.block)
        func put(_ text: [UInt8], at offset: Int) { header.replaceSubrange(offset..<offset + text.count, with: text) }
        put(path, at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(seconds, digits: 11), at: 136)
        // The sum is taken with blanks in its own place.
        put(Array("        ".utf8), at: 148)
        header[156] = UInt8(ascii: "0")
        put(Array("ustar\u{0}00".utf8), at: 257)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + [0, UInt8(ascii: " ")], at: 148)
        return header
    }

    private func octal(_ number: Int, digits: Int) -> [UInt8] {
        let text = String(number, radix: 8)
        return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
    }
}

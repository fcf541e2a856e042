// SPDX-License-Identifier: Apache-2.0

/// A boot image for the chip's ROM: a mark, then records to the last byte. Nothing else is ever sent to a camera.
public struct FirmwareImage: Sendable, Hashable {
    public let bytes: [UInt8]
    /// The program it holds, as its last label of that kind names it, such as `depthai.elf`; empty when none does.
    public let program: String

    /// Why bytes are no image.
    public enum Problem: Error, Hashable, CustomStringConvertible {
        /// It does not begin as an image for this chip does.
        case noMark
        case unknownRecord(UInt8, offset: Int)
        /// The last record, at this offset, is longer than what is left.
        case truncated(offset: Int, size: Int)
        /// There is none of the jump that starts the program.
        case noJump
        /// Something follows the jump, so it is not the last record.
        case goesOn(offset: Int)

        public var description: String {
            switch self {
            case .noMark: "it does not begin with MA2x, so it is not for a camera with a Myriad X"
            case .unknownRecord(let kind, let offset): "there is no record of kind \(kind), as the one at byte \(offset)"
            case .truncated(let offset, let size): "it ends after \(size) bytes, within the record at byte \(offset)"
            case .noJump: "it ends before the record that starts the program"
            case .goesOn(let offset): "it goes on at byte \(offset), behind the record that starts the program"
            }
        }
    }

    /// What every image begins with.
    static let mark = Array("MA2x".utf8)

    /// Walks every record.
    public init(_ bytes: [UInt8]) throws(Problem) {
        var walk = RecordWalk(bytes)
        try walk.run()
        self.bytes = bytes
        program = walk.program
    }

    /// Whether it is a bootloader, which belongs into a camera's flash.
    var isBootloader: Bool { program.contains("bootloader") }
}

/// One pass over the records of an image.
private struct RecordWalk {
    private let bytes: [UInt8]
    private var at = 0
    private(set) var program = ""

    private static let longestName = 100

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func run() throws(FirmwareImage.Problem) {
        guard bytes.starts(with: FirmwareImage.mark) else { throw .noMark }
        while at < bytes.count {
            let kind = bytes[at]
            guard let length = length(of: kind) else { throw .unknownRecord(kind, offset: at) }
            guard length <= bytes.count - at else { throw .truncated(offset: at, size: bytes.count) }
            if kind == Kind.label { note(bytes[(at + 3)..<(at + length)]) }
            at += length
            if kind == Kind.jump { return try checkEnd() }
        }
        throw .noJump
    }

    private enum Kind {
        static let filler: UInt8 = 0x00
        static let mark: UInt8 = 0x4D
        static let send: UInt8 = 0x84
        static let load: UInt8 = 0x8A
        static let poke: UInt8 = 0x9A
        static let jump: UInt8 = 0xA4
        static let label: UInt8 = 0xA8
        static let call: UInt8 = 0xBA
        static let option: UInt8 = 0xC9
    }

    /// Of the record at this place; nil for a kind there is not. A record whose length is cut off is longer than what is left.
    private func length(of kind: UInt8) -> Int? {
        switch kind {
        case Kind.filler: 1
        case Kind.mark: bytes[at...].starts(with: FirmwareImage.mark) ? 4 : nil
        case Kind.option: 3
        case Kind.label: 3 + number(at + 1)
        case Kind.load: 7 + 4 * number(at + 5)
        case Kind.send: 7
        case Kind.poke: 9
        case Kind.call, Kind.jump: 5
        default: nil
        }
    }

    private func number(_ offset: Int) -> Int {
        offset + 1 < bytes.count ? Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 : bytes.count
    }

    private mutating func note(_ label: ArraySlice<UInt8>) {
        let name = label.filter { $0 > 0x20 && $0 < 0x7F }.prefix(Self.longestName)
        let text = String(decoding: name, as: UTF8.self)
        if text.hasSuffix(".elf") { program = text }
    }

    private func checkEnd() throws(FirmwareImage.Problem) {
        if let more = bytes[at...].firstIndex(where: { $0 != Kind.filler }) { throw .goesOn(offset: more) }
    }
}

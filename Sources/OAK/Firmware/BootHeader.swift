// SPDX-License-Identifier: Apache-2.0

/// What goes out before an image: a boot image of its own that feeds the ROM's watchdog and lays the board configuration where
/// the firmware looks for it.
public struct BootHeader: Sendable, Hashable {
    /// The fastest link the firmware may offer.
    public enum Speed: UInt8, Sendable, Hashable {
        /// USB 2 only: for cables and ports that cannot do more.
        case high = 3
        case superSpeed = 4
    }

    public var maximumSpeed: Speed
    /// How long the camera runs on without its host; nil for its own 1.5 s on USB and 4 s on a network.
    public var watchdogMilliseconds: UInt32?

    public init(maximumSpeed: Speed = .superSpeed, watchdogMilliseconds: UInt32? = nil) {
        self.maximumSpeed = maximumSpeed
        self.watchdogMilliseconds = watchdogMilliseconds
    }

    public var bytes: [UInt8] {
        let board = board
        var block = Self.word(0x21EA_17E6) + Self.word(Self.checksum(board)) + Self.word(UInt32(board.count)) + board
        block += [UInt8](repeating: 0, count: (4 - block.count % 4) % 4)
        var bytes = FirmwareImage.mark
        for (address, value) in Self.watchdog { bytes += [0x9A] + Self.word(address) + Self.word(value) }
        bytes += [0x8A] + Self.word(0x7801_0000) + Self.word(UInt32(block.count / 4)).prefix(2)
        return bytes + block
    }

    /// Unlock, longest time, unlock, start: the ROM's watchdog while the firmware unpacks itself.
    private static let watchdog: [(address: UInt32, value: UInt32)] = [
        (0x2032_00A8, 0xF1D0_DEAD), (0x2032_009C, 0xFFFF_FFFF), (0x2032_00A8, 0xF1D0_DEAD), (0x2032_00A4, 1),
    ]

    /// The board configuration in the firmware's own encoding: `b9 n` begins n fields, `be` is nothing, `ba 00` and `bb 00` are
    /// an empty list and an empty map, `bd 00` an empty text, `81` a number of two bytes.
    private var board: [UInt8] {
        let usb: [UInt8] = [
            0xB9, 7, 0x81, 0xE7, 0x03, 0x81, 0x3B, 0xF6, 0x81, 0xE7, 0x03, 0x81, 0x3D, 0xF6, maximumSpeed.rawValue, 0xBD, 0, 0xBD,
            0,
        ]
        let network: [UInt8] = [0xB9, 2, 0, 1]
        let rest: [UInt8] = [
            0xBE, 0xBB, 0, 0xBB, 0, 0xBE, 0xBE, 0xBE, 0xBE, 0xBE, 0xBE, 0xBE, 0, 0xBB, 0, 0xBE, 0xBE,
        ]
        return [0xB9, 18] + usb + network + [0xBA, 0] + watchdogField + rest
    }

    /// `82` is a number of four bytes.
    private var watchdogField: [UInt8] { watchdogMilliseconds.map { [0x82] + Self.word($0) } ?? [0xBE] }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.reduce(5381) { $0 &* 33 &+ UInt32($1) } }

    /// Little-endian, as everything that boots a camera.
    static func word(_ value: UInt32) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value >> 16),
            UInt8(truncatingIfNeeded: value >> 24),
        ]
    }
}

// SPDX-License-Identifier: Apache-2.0

/// What a host sends to find network cameras: four bytes.
public enum DiscoveryRequest: UInt32, Sendable, Hashable {
    /// Answered by every camera with who it is.
    case ask = 1
    /// Not answered. A camera that runs restarts into its bootloader.
    case reset = 3

    public var bytes: [UInt8] { [UInt8(rawValue), 0, 0, 0] }
}

/// What a camera answers, in one of two forms.
public struct DiscoveryAnswer: Sendable, Hashable {
    public let mxid: String
    public let state: State
    /// Of the camera's own web server; nil where it names none.
    public let httpPort: UInt16?

    /// What a camera runs.
    public enum State: Sendable, Hashable {
        /// Firmware that a host sent.
        case running
        /// The bootloader in its flash, which waits for firmware.
        case bootloader
        /// What is in its flash.
        case flashBooted
    }

    private static let (shortLength, longLength) = (40, 52)
    private static let (shortMark, longMark): (UInt32, UInt32) = (1, 4)
    /// What the longer form calls the one chip depthd has firmware for.
    private static let myriadX: UInt32 = 2
    private static let longestNumber = 32

    /// Reads a datagram; nil for one that is no answer, or that of another kind of camera.
    public init?(_ bytes: [UInt8]) {
        let isLong = bytes.count == Self.longLength
        guard isLong || bytes.count == Self.shortLength, Self.word(bytes, 0) == (isLong ? Self.longMark : Self.shortMark) else {
            return nil
        }
        let number = bytes[4..<(4 + Self.longestNumber)].prefix { $0 != 0 }
        // Anybody on the network may answer: what is no number ends up in no log.
        guard !number.isEmpty, number.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
        guard let state = Self.state(Self.word(bytes, 36)) else { return nil }
        guard !isLong || Self.word(bytes, 44) == Self.myriadX else { return nil }
        mxid = String(decoding: number, as: UTF8.self)
        self.state = state
        httpPort = isLong ? UInt16(truncatingIfNeeded: Self.word(bytes, 48)) : nil
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        bytes[at..<(at + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func state(_ number: UInt32) -> State? {
        switch number {
        case 1: .running
        case 3: .bootloader
        case 4: .flashBooted
        default: nil
        }
    }
}

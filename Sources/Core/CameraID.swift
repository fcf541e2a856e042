// SPDX-License-Identifier: Apache-2.0

/// The name of a camera slot: 1 to 32 of `a–z`, `0–9`, `-` and `_`, so that it can stand in a path, a topic and a log line.
public struct CameraID: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    /// Returns nil when `name` is not a valid slot name.
    public init?(_ name: String) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard allowed, (1...32).contains(name.utf8.count) else { return nil }
        self.name = name
    }

    /// Who holds a camera and is no slot: settings can write no such name, for it has a space.
    package init(holder name: StaticString) {
        self.name = "\(name)"
    }

    public var description: String { name }
}

/// Which lens of a camera a frame came through; the numbers are those of the gen1 frame metadata.
public enum CameraInstance: Int, Sendable, CaseIterable, Hashable {
    case color = 0
    case left = 1
    case right = 2

    /// The gen1 name: `rgb`, `left` or `right`.
    public var gen1Name: String {
        switch self {
        case .color: "rgb"
        case .left: "left"
        case .right: "right"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Core

/// Turns pictures into those of a video, one after the other.
public protocol VideoEncoder: AnyObject {
    /// Encodes a picture of the size the encoder was made for; nil when the encoder left it out.
    /// - Parameter isKey: whether decoding must be able to begin here; else the settings decide.
    func encode(_ frame: Frame, isKey: Bool) throws(CodecError) -> VideoUnits?
}

extension VideoEncoder {
    /// Encodes a picture as the settings decide.
    public func encode(_ frame: Frame) throws(CodecError) -> VideoUnits? { try encode(frame, isKey: false) }
}

/// One encoded picture.
public struct VideoUnits: Sendable, Hashable {
    /// The NAL units, each behind a start code (Annex B), or a whole JPEG: what a gen1 `video` packet holds.
    public var bytes: [UInt8]
    /// Whether decoding can begin here.
    public var isKey: Bool

    public init(bytes: [UInt8], isKey: Bool) {
        self.bytes = bytes
        self.isKey = isKey
    }

    /// Where the units lie in `bytes`, without start codes.
    public var units: [Range<Int>] {
        var starts: [(code: Int, unit: Int)] = []
        var index = 0
        while index + 3 <= bytes.count {
            if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
                // A start code of four bytes begins with one more zero.
                starts.append((index > 0 && bytes[index - 1] == 0 ? index - 1 : index, index + 3))
                index += 3
            } else {
                index += 1
            }
        }
        return starts.indices.map { starts[$0].unit..<($0 + 1 < starts.count ? starts[$0 + 1].code : bytes.count) }
            .filter { !$0.isEmpty }
    }

    /// The first unit of a type (ITU-T H.264 table 7-1): 7 is a sequence's parameters, 8 a picture's.
    public func unit(ofType type: UInt8) -> [UInt8]? {
        units.first { bytes[$0.lowerBound] & 0x1F == type }.map { Array(bytes[$0]) }
    }
}

/// How an H.264 stream is to be made.
public struct VideoSettings: Sendable, Hashable {
    public enum Profile: Int32, Sendable, CaseIterable {
        case baseline = 66
        case main = 77
        case high = 100
    }

    /// Pixels; odd sizes lose their last row or column.
    public var width: Int
    public var height: Int
    public var framesPerSecond: Double
    public var bitsPerSecond: Int
    /// 0 for no limit beside `bitsPerSecond`.
    public var maximumBitsPerSecond = 0
    /// Keeps the quality where the pictures need it, and lets the rate vary.
    public var isVariable = false
    /// Pictures from one key frame to the next; 1 makes every picture one.
    public var keyInterval: Int
    public var profile: Profile

    public init(
        width: Int, height: Int, framesPerSecond: Double, bitsPerSecond: Int, keyInterval: Int = 1, profile: Profile = .baseline
    ) {
        self.width = width
        self.height = height
        self.framesPerSecond = framesPerSecond
        self.bitsPerSecond = bitsPerSecond
        self.keyInterval = keyInterval
        self.profile = profile
    }
}

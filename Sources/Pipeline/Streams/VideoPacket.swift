// SPDX-License-Identifier: Apache-2.0
import Capture
public import Codec

/// One picture of the `video` stream.
public struct VideoPacket: Sendable {
    public enum Coding: Sendable, Hashable { case h264, mjpeg }

    public var coding: Coding
    public var units: VideoUnits
    /// Pixels.
    public var width: Int
    public var height: Int
    /// Counts up by one with each picture of one encoder.
    public var number: Int

    public init(coding: Coding, units: VideoUnits, width: Int, height: Int, number: Int) {
        (self.coding, self.units, self.width, self.height, self.number) = (coding, units, width, height, number)
    }
}

extension VideoPacket {
    /// A picture that the camera has encoded.
    init(_ picture: EncodedPicture) {
        self.init(
            coding: picture.coding == .mjpeg ? .mjpeg : .h264, units: VideoUnits(bytes: picture.bytes, isKey: picture.isKey),
            width: picture.width, height: picture.height, number: picture.number)
    }
}

/// Lets through what can be decoded: begins at a key picture, and after a loss begins again.
public struct VideoGate: Sendable {
    private var expected: Int?

    public init() {}

    public mutating func admits(number: Int, isKey: Bool) -> Bool {
        guard isKey || number == expected else {
            expected = nil
            return false
        }
        expected = number + 1
        return true
    }

    /// Something that was admitted got lost after all.
    public mutating func lose() { expected = nil }
}

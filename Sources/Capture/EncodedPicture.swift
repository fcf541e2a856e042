// SPDX-License-Identifier: Apache-2.0
public import Core

/// A picture that the camera has encoded itself.
public struct EncodedPicture: Sendable {
    public enum Coding: Sendable, Hashable { case h264, mjpeg }

    public var coding: Coding
    /// NAL units, each behind a start code (Annex B), or a whole JPEG file.
    public var bytes: [UInt8]
    /// Whether decoding can begin here.
    public var isKey: Bool
    /// Counts up by one with each picture of the encoder: a gap tells that one is lost.
    public var number: Int
    /// Pixels.
    public var width: Int
    public var height: Int
    /// The exposure it comes from.
    public var sequence: Int
    public var captured: Timestamp

    public init(
        _ coding: Coding, bytes: [UInt8], isKey: Bool, number: Int, width: Int, height: Int, sequence: Int, captured: Timestamp
    ) {
        (self.coding, self.bytes, self.isKey, self.number) = (coding, bytes, isKey, number)
        (self.width, self.height, self.sequence, self.captured) = (width, height, sequence, captured)
    }

    /// The same of an exposure with another number.
    public func numbered(_ sequence: Int) -> EncodedPicture {
        var renamed = self
        renamed.sequence = sequence
        return renamed
    }
}

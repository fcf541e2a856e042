// SPDX-License-Identifier: Apache-2.0
public import V4L2

/// What was asked of a device, what it offered, and what came of it.
public struct V4L2Agreement: Sendable, Hashable, CustomStringConvertible {
    public var node: String
    public var driver: String
    public var card: String
    public var asked: String
    public var offered: String
    /// What the device now sends.
    public var format: V4L2Format
    /// Of the whole picture the device sends, in pixels.
    public var width: Int
    /// Of the whole picture the device sends, in pixels.
    public var height: Int
    public var framesPerSecond: Double
    /// Divisor of width and height at which JPEG pictures are decoded.
    public var reduction: Int
    /// Notes: what the driver chose instead, controls that were set as well, impossible descriptors.
    public var notes: [String]

    public var description: String {
        let reduced = reduction > 1 ? ", decoded at 1/\(reduction)" : ""
        return "\(node) (\(card)): requested \(asked); offered \(offered); chosen \(format.rawValue) \(width)x\(height) at "
            + "\(rateText(framesPerSecond))\(reduced)" + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
    }
}

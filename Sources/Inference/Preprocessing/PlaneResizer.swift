// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Bilinear resize between two fixed sizes, with its tables kept between calls.
package struct PlaneResizer {
    package init() {}

    private struct Shape: Equatable {
        var sourceWidth: Int
        var sourceHeight: Int
        var targetWidth: Int
        var targetHeight: Int
        var channels: Int
    }

    private var shape: Shape?
    private var xOffsets: [Int32] = []
    private var xWeights: [Int16] = []
    private var yOffsets: [Int32] = []
    private var yWeights: [Int16] = []
    private var rows: [Int16] = []

    /// Resizes `channels` (1 or 3) interleaved bytes per pixel.
    /// - Parameters:
    ///   - source: first pixel of the part to resize; `sourceStride` bytes lie between its rows.
    ///   - target: first pixel to write; `targetStride` bytes lie between its rows.
    package mutating func resize(
        _ source: UnsafePointer<UInt8>, sourceStride: Int, sourceWidth: Int, sourceHeight: Int, channels: Int,
        to target: UnsafeMutablePointer<UInt8>, targetStride: Int, targetWidth: Int, targetHeight: Int
    ) {
        prepare(
            Shape(
                sourceWidth: sourceWidth, sourceHeight: sourceHeight, targetWidth: targetWidth,
                targetHeight: targetHeight, channels: channels))
        dk_pixel_resize(
            source, sourceStride, Int32(channels), xOffsets, xWeights, yOffsets, yWeights, &rows, target, targetStride,
            Int32(targetWidth), Int32(targetHeight))
    }

    private mutating func prepare(_ wanted: Shape) {
        guard shape != wanted else { return }
        shape = wanted
        xOffsets = Array(repeating: 0, count: 2 * wanted.targetWidth)
        xWeights = Array(repeating: 0, count: 2 * wanted.targetWidth)
        yOffsets = Array(repeating: 0, count: 2 * wanted.targetHeight)
        yWeights = Array(repeating: 0, count: 2 * wanted.targetHeight)
        rows = Array(repeating: 0, count: 2 * wanted.targetWidth * wanted.channels)
        dk_pixel_resize_axis(
            Int32(wanted.sourceWidth), Int32(wanted.targetWidth), Int32(wanted.channels), &xOffsets, &xWeights)
        dk_pixel_resize_axis(Int32(wanted.sourceHeight), Int32(wanted.targetHeight), 1, &yOffsets, &yWeights)
    }
}

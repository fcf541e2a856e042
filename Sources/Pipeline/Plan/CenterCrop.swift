// SPDX-License-Identifier: Apache-2.0
package import Core

/// The largest centred part of a picture that has another picture's shape: what a network sees of a colour camera.
package struct CenterCrop: Sendable {
    private let left, top, width, height: Float

    /// - Parameters:
    ///   - header: of the whole picture; its sides are at least 1 pixel.
    ///   - width, height: whose shape the part has, pixels, at least 1.
    package init(_ header: FrameHeader, width: Int, height: Int) {
        let shape = Float(width) / Float(max(1, height))
        let whole = Float(header.width) / Float(max(1, header.height))
        self.width = min(1, shape / whole)
        self.height = min(1, whole / shape)
        left = (1 - self.width) / 2
        top = (1 - self.height) / 2
    }

    /// A box in fractions of the whole picture, in fractions of the part, cut at its edges.
    package func inside(_ box: NormalizedBox) -> NormalizedBox {
        NormalizedBox(
            xMin: (box.xMin - left) / width, yMin: (box.yMin - top) / height, xMax: (box.xMax - left) / width,
            yMax: (box.yMax - top) / height
        ).clamped
    }

    /// A box in fractions of the part, in fractions of the whole picture.
    package func outside(_ box: NormalizedBox) -> NormalizedBox {
        NormalizedBox(
            xMin: left + box.xMin * width, yMin: top + box.yMin * height, xMax: left + box.xMax * width,
            yMax: top + box.yMax * height)
    }
}

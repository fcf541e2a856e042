// SPDX-License-Identifier: Apache-2.0
internal import Core

/// Which part of a frame lands where in the network's picture, and back. All rectangles are in whole pixels.
public struct Letterbox: Sendable, Hashable {
    /// A rectangle of whole pixels.
    public struct Rectangle: Sendable, Hashable {
        public var x: Int
        public var y: Int
        public var width: Int
        public var height: Int

        public init(x: Int, y: Int, width: Int, height: Int) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }
    }

    public let frameWidth: Int
    public let frameHeight: Int
    /// The part of the frame the network sees.
    public let source: Rectangle
    /// Where that part lies in the network's picture; the rest is padding.
    public let target: Rectangle

    /// - Parameters:
    ///   - frameWidth: of the camera's frame, at least 1; likewise the other three.
    ///   - evenSource: align the source to even pixels, for formats with halved chroma.
    public init(
        frameWidth: Int, frameHeight: Int, networkWidth: Int, networkHeight: Int, resize: ModelManifest.Resize,
        evenSource: Bool = false
    ) {
        precondition(frameWidth > 0 && frameHeight > 0 && networkWidth > 0 && networkHeight > 0)
        self.frameWidth = frameWidth
        self.frameHeight = frameHeight
        let whole = Rectangle(x: 0, y: 0, width: frameWidth, height: frameHeight)
        let all = Rectangle(x: 0, y: 0, width: networkWidth, height: networkHeight)
        switch resize {
        case .stretch:
            (source, target) = (whole, all)
        case .letterbox, .letterboxTopLeft:
            let ratio = min(
                Double(networkWidth) / Double(frameWidth), Double(networkHeight) / Double(frameHeight))
            let centred = resize == .letterbox
            func fit(_ length: Int, _ limit: Int) -> Int {
                max(1, min(limit, Int((Double(length) * ratio).rounded())))
            }
            let (width, height) = (fit(frameWidth, networkWidth), fit(frameHeight, networkHeight))
            source = whole
            target = Rectangle(
                x: centred ? (networkWidth - width) / 2 : 0, y: centred ? (networkHeight - height) / 2 : 0, width: width,
                height: height)
        case .crop:
            let byWidth = frameWidth * networkHeight <= frameHeight * networkWidth
            var width = byWidth ? frameWidth : max(1, frameHeight * networkWidth / networkHeight)
            var height = byWidth ? max(1, frameWidth * networkHeight / networkWidth) : frameHeight
            var (x, y) = ((frameWidth - width) / 2, (frameHeight - height) / 2)
            if evenSource { (width, height, x, y) = (max(2, width & ~1), max(2, height & ~1), x & ~1, y & ~1) }
            source = Rectangle(x: x, y: y, width: width, height: height)
            target = all
        }
    }

    /// A point of the network's picture, in its pixels, as a fraction of the whole frame.
    public func frameFraction(x: Float, y: Float) -> SIMD2<Float> {
        let inSource = SIMD2(
            (x - Float(target.x)) * Float(source.width) / Float(target.width) + Float(source.x),
            (y - Float(target.y)) * Float(source.height) / Float(target.height) + Float(source.y))
        return inSource / SIMD2(Float(frameWidth), Float(frameHeight))
    }

    /// The inverse of `frameFraction`. For tests.
    public func networkPoint(_ fraction: SIMD2<Float>) -> SIMD2<Float> {
        let inFrame = fraction * SIMD2(Float(frameWidth), Float(frameHeight))
        return SIMD2(
            (inFrame.x - Float(source.x)) * Float(target.width) / Float(source.width) + Float(target.x),
            (inFrame.y - Float(source.y)) * Float(target.height) / Float(source.height) + Float(target.y))
    }
}

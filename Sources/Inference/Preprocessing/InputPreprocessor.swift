// SPDX-License-Identifier: Apache-2.0
internal import CKernels
package import Core

/// A frame as the network sees it: resized, padded, 8 bits per channel, in memory that is kept between frames.
///
/// Resizing agrees with OpenCV's INTER_LINEAR within ±1, because published networks and their goldens were made with it.
/// Not for more than one thread at a time.
package final class InputPreprocessor {
    package let width: Int
    package let height: Int
    private let isGray: Bool
    private let pad: UInt8
    /// Interleaved BGR, or one grey byte, per pixel.
    private var canvas: [UInt8]
    private var painted: Letterbox?
    private var main = PlaneResizer()
    private var chroma = PlaneResizer()
    /// Resized planes of formats that are not the canvas's own.
    private var planes: [UInt8] = []

    package init(width: Int, height: Int, isGray: Bool, pad: UInt8) {
        self.width = width
        self.height = height
        self.isGray = isGray
        self.pad = pad
        canvas = Array(repeating: pad, count: width * height * (isGray ? 1 : 3))
    }

    private var channels: Int { isGray ? 1 : 3 }

    /// Lends the canvas: `width` × `height` pixels of 1 (grey) or 3 (BGR) bytes, tightly packed.
    package func withCanvas<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        canvas.withUnsafeBufferPointer(body)
    }

    /// Draws `frame` (gray8, bgr24, bgrPlanar or i420) and says how it was placed.
    package func draw(_ frame: Frame, resize: ModelManifest.Resize) throws(InferenceError) -> Letterbox {
        let header = frame.header
        guard header.width > 0, header.height > 0, header.width <= 16_384, header.height <= 16_384 else {
            throw .picture(reason: "\(header.width)×\(header.height) pixels; 1×1 to 16384×16384 can be used")
        }
        let letterbox = Letterbox(
            frameWidth: header.width, frameHeight: header.height, networkWidth: width, networkHeight: height,
            resize: resize, evenSource: header.format == .i420)
        if painted != letterbox {
            canvas.withUnsafeMutableBufferPointer { $0.update(repeating: pad) }
            painted = letterbox
        }
        switch header.format {
        case .gray8: frame.withUnsafeBytes { drawGray($0, letterbox) }
        case .bgr24: frame.withUnsafeBytes { drawInterleaved($0, letterbox) }
        case .bgrPlanar: frame.withUnsafeBytes { drawPlanes($0, letterbox, isYUV: false) }
        case .i420:
            guard header.width % 2 == 0, header.height % 2 == 0 else {
                throw .picture(reason: "i420 of \(header.width)×\(header.height): both sides must be even")
            }
            frame.withUnsafeBytes { drawPlanes($0, letterbox, isYUV: true) }
        case .depth16, .disparity16, .disparity8:
            throw .picture(reason: "networks cannot use \(header.format.rawValue) pictures")
        }
        return letterbox
    }

    /// Calls `body` with each target row of the canvas and its number.
    private func forEachTargetRow(_ target: Letterbox.Rectangle, _ body: (UnsafeMutablePointer<UInt8>, Int) -> Void) {
        canvas.withUnsafeMutableBufferPointer { canvas in
            guard let base = canvas.baseAddress else { return }
            for row in 0..<target.height { body(base + ((target.y + row) * width + target.x) * channels, row) }
        }
    }

    /// Resizes into the canvas itself, or into scratch plane number `plane`.
    private func resize(
        _ resizer: inout PlaneResizer, _ bytes: UnsafePointer<UInt8>, stride: Int, _ source: Letterbox.Rectangle,
        channels: Int, _ target: Letterbox.Rectangle, plane: Int?
    ) {
        func run(_ base: UnsafeMutablePointer<UInt8>, _ targetStride: Int) {
            resizer.resize(
                bytes + source.y * stride + source.x * channels, sourceStride: stride, sourceWidth: source.width,
                sourceHeight: source.height, channels: channels, to: base, targetStride: targetStride,
                targetWidth: target.width, targetHeight: target.height)
        }
        if let plane {
            let size = target.width * target.height
            if planes.count < 3 * size { planes = Array(repeating: 0, count: 3 * size) }
            planes.withUnsafeMutableBufferPointer { planes in
                guard let base = planes.baseAddress else { return }
                run(base + plane * size, target.width * channels)
            }
        } else {
            canvas.withUnsafeMutableBufferPointer { canvas in
                guard let base = canvas.baseAddress else { return }
                run(base + (target.y * width + target.x) * channels, width * channels)
            }
        }
    }

    private func drawGray(_ bytes: UnsafeRawBufferPointer, _ letterbox: Letterbox) {
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        let target = letterbox.target
        resize(
            &main, base, stride: letterbox.frameWidth, letterbox.source, channels: 1, target, plane: isGray ? nil : 0)
        guard !isGray else { return }
        planes.withUnsafeBufferPointer { planes in
            guard let gray = planes.baseAddress else { return }
            forEachTargetRow(target) { row, index in
                let line = gray + index * target.width
                dk_pixel_interleave_u8(line, line, line, target.width, row)
            }
        }
    }

    private func drawInterleaved(_ bytes: UnsafeRawBufferPointer, _ letterbox: Letterbox) {
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        let target = letterbox.target
        resize(
            &main, base, stride: letterbox.frameWidth * 3, letterbox.source, channels: 3, target, plane: isGray ? 0 : nil)
        guard isGray else { return }
        planes.withUnsafeBufferPointer { planes in
            guard let pixels = planes.baseAddress else { return }
            forEachTargetRow(target) { row, index in
                dk_pixel_bgr_to_gray(pixels + index * target.width * 3, target.width, row)
            }
        }
    }

    /// Three planes: blue, green and red, or Y with U and V of half the size. Colours are mixed after the resize, on
    /// the few pixels the network wants.
    private func drawPlanes(_ bytes: UnsafeRawBufferPointer, _ letterbox: Letterbox, isYUV: Bool) {
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        let (source, target) = (letterbox.source, letterbox.target)
        let (stride, size) = (letterbox.frameWidth, letterbox.frameWidth * letterbox.frameHeight)
        // A grey network wants luminance only, and Y is that up to its range, which the colour path restores.
        resize(&main, base, stride: stride, source, channels: 1, target, plane: 0)
        for plane in 1...2 {
            if isYUV {
                let half = Letterbox.Rectangle(
                    x: source.x / 2, y: source.y / 2, width: source.width / 2, height: source.height / 2)
                resize(
                    &chroma, base + size + (plane - 1) * (size / 4), stride: stride / 2, half, channels: 1, target,
                    plane: plane)
            } else {
                resize(&main, base + plane * size, stride: stride, source, channels: 1, target, plane: plane)
            }
        }
        mixPlanes(target, isYUV: isYUV)
    }

    private func mixPlanes(_ target: Letterbox.Rectangle, isYUV: Bool) {
        var line = isGray ? [UInt8](repeating: 0, count: target.width * 3) : []
        planes.withUnsafeBufferPointer { planes in
            guard let first = planes.baseAddress else { return }
            let size = target.width * target.height
            func mix(_ index: Int, _ pixels: UnsafeMutablePointer<UInt8>) {
                let a = first + index * target.width
                if isYUV {
                    dk_pixel_yuv_to_bgr(a, a + size, a + 2 * size, target.width, pixels)
                } else {
                    dk_pixel_interleave_u8(a, a + size, a + 2 * size, target.width, pixels)
                }
            }
            forEachTargetRow(target) { row, index in
                guard isGray else { return mix(index, row) }
                line.withUnsafeMutableBufferPointer { line in
                    guard let pixels = line.baseAddress else { return }
                    mix(index, pixels)
                    dk_pixel_bgr_to_gray(pixels, target.width, row)
                }
            }
        }
    }

    /// The picture as gen1's `previewout` sends it: three planes blue, green, red. nil when the pool has no free frame.
    package func preview(of header: FrameHeader, from pool: FramePool) -> Frame? {
        guard let draft = pool.draft(header.reshaped(width: width, height: height, format: .bgrPlanar)) else { return nil }
        let size = width * height
        draft.withUnsafeMutableBytes { target in
            guard let base = target.bindMemory(to: UInt8.self).baseAddress else { return }
            canvas.withUnsafeBufferPointer { canvas in
                guard let pixels = canvas.baseAddress else { return }
                if isGray {
                    for plane in 0..<3 { (base + plane * size).update(from: pixels, count: size) }
                } else {
                    dk_pixel_planes_u8(pixels, size, base, base + size, base + 2 * size)
                }
            }
        }
        return draft.seal()
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import CKernels
package import Core
internal import Inference

/// How a client expects the pictures of a stream: gen1's sizes and formats, whatever the camera's own.
package struct PictureForm: Sendable, Hashable {
    /// gen1's largest disparity, pixels.
    static let largestDisparity: Float = 95

    /// Pixels of a picture.
    package struct Part: Sendable, Hashable {
        package var x, y, width, height: Int
    }

    /// nil for the picture's own size.
    package var size: LinkConfiguration.Size?
    /// Which rows are left where the shape differs: the upper ones, or those in the middle.
    package var cropsCentre: Bool
    package var isMirrored: Bool
    /// Colour pictures as full Y, quarter U and V.
    package var asI420: Bool

    package init(
        size: LinkConfiguration.Size? = nil, cropsCentre: Bool = false, isMirrored: Bool = false, asI420: Bool = false
    ) {
        (self.size, self.cropsCentre, self.isMirrored, self.asI420) = (size, cropsCentre, isMirrored, asI420)
    }

    /// The part of a picture that is shown: whole rows as wide as the picture where the client's shape is lower, whole
    /// columns out of the middle where it is narrower.
    package func part(of header: FrameHeader) -> Part {
        guard let size else { return Part(x: 0, y: 0, width: header.width, height: header.height) }
        let height = max(1, min(header.height, header.width * size.height / size.width))
        let width = max(1, min(header.width, header.height * size.width / size.height))
        return Part(
            x: (header.width - width) / 2, y: cropsCentre ? (header.height - height) / 2 : 0, width: width, height: height)
    }
}

/// Brings pictures into the form a client expects; keeps its memory. Not `Sendable`: one for each thread.
package final class PictureShaper {
    private var scratch: [UInt8] = []
    private var planes: [UInt8] = []
    /// The source's column for each of the target's.
    private var columns: [Int32] = []
    private var resizer = PlaneResizer()

    package init() {}

    /// Lends the bytes of a picture in a form, with the header that describes them.
    package func withPicture<Result>(
        _ frame: Frame, _ form: PictureForm, _ body: (FrameHeader, UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let header = frame.header
        if form.asI420, header.format == .bgr24 { return try withPlanes(frame, form, body) }
        let part = form.part(of: header)
        let target = header.reshaped(
            width: form.size?.width ?? part.width, height: form.size?.height ?? part.height, format: header.format)
        guard target != header || form.isMirrored else { return try frame.withUnsafeBytes { try body(header, $0) } }
        if scratch.count < target.byteCount { scratch = [UInt8](repeating: 0, count: target.byteCount) }
        return try scratch.withUnsafeMutableBytes { bytes in
            frame.withUnsafeBytes { source in shape(source, header, part, form, to: bytes, target) }
            return try body(target, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<target.byteCount]))
        }
    }

    private func shape(
        _ source: UnsafeRawBufferPointer, _ header: FrameHeader, _ part: PictureForm.Part, _ form: PictureForm,
        to target: UnsafeMutableRawBufferPointer, _ shape: FrameHeader
    ) {
        switch header.format {
        case .depth16, .disparity16:
            nearest(source, target, of: UInt16.self, header.width, part, shape, form.isMirrored, values: nil)
        case .gray8 where !form.isMirrored:
            guard let from = source.assumingMemoryBound(to: UInt8.self).baseAddress,
                let to = target.assumingMemoryBound(to: UInt8.self).baseAddress
            else { return }
            resizer.resize(
                from + part.y * header.width + part.x, sourceStride: header.width, sourceWidth: part.width,
                sourceHeight: part.height, channels: 1, to: to, targetStride: shape.width, targetWidth: shape.width,
                targetHeight: shape.height)
        default:
            // A disparity counts pixels of the picture it stands in.
            let stretch = header.format == .disparity8 ? Float(shape.width) / Float(max(1, part.width)) : 1
            let values = stretch == 1 ? nil : (0...255).map { UInt8(min(PictureForm.largestDisparity, Float($0) * stretch)) }
            nearest(source, target, of: UInt8.self, header.width, part, shape, form.isMirrored, values: values)
        }
    }

    /// Each pixel of the target is the pixel of the part that lies below its middle.
    /// - Parameter values: what becomes of each value; nil leaves them.
    private func nearest<Pixel: FixedWidthInteger>(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, of _: Pixel.Type, _ sourceWidth: Int,
        _ part: PictureForm.Part, _ shape: FrameHeader, _ isMirrored: Bool, values: [Pixel]?
    ) {
        guard let from = source.assumingMemoryBound(to: Pixel.self).baseAddress,
            let to = target.assumingMemoryBound(to: Pixel.self).baseAddress
        else { return }
        columns.removeAll(keepingCapacity: true)
        for x in 0..<shape.width {
            let place = isMirrored ? shape.width - 1 - x : x
            columns.append(Int32(part.x + (place * 2 + 1) * part.width / (2 * shape.width)))
        }
        columns.withUnsafeBufferPointer { columns in
            var drawn = -1
            for y in 0..<shape.height {
                let row = part.y + (y * 2 + 1) * part.height / (2 * shape.height)
                let line = to + y * shape.width
                // Where the picture grows, rows repeat.
                if row == drawn {
                    line.update(from: line - shape.width, count: shape.width)
                } else if let values {
                    for x in 0..<shape.width { line[x] = values[Int(from[row * sourceWidth + Int(columns[x])])] }
                } else {
                    let pixels = from + row * sourceWidth
                    for x in 0..<shape.width { line[x] = pixels[Int(columns[x])] }
                }
                drawn = row
            }
        }
    }

    /// As full Y, quarter U and V, in the client's size.
    private func withPlanes<Result>(
        _ frame: Frame, _ form: PictureForm, _ body: (FrameHeader, UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let (source, part) = (frame.header, form.part(of: frame.header))
        let header = source.reshaped(
            width: (form.size?.width ?? part.width) & ~1, height: (form.size?.height ?? part.height) & ~1, format: .i420)
        if planes.count < header.byteCount { planes = [UInt8](repeating: 0, count: header.byteCount) }
        let isWhole = (header.width, header.height) == (source.width & ~1, source.height & ~1)
        let picture = source.reshaped(width: header.width, height: header.height, format: .bgr24)
        if !isWhole, scratch.count < picture.byteCount { scratch = [UInt8](repeating: 0, count: picture.byteCount) }
        return try planes.withUnsafeMutableBytes { bytes in
            frame.withUnsafeBytes { pixels in
                guard let from = pixels.assumingMemoryBound(to: UInt8.self).baseAddress,
                    let to = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
                else { return }
                func split(_ bgr: UnsafePointer<UInt8>, stride: Int) {
                    dk_pixel_bgr_to_i420(bgr, stride, Int32(header.width), Int32(header.height), to)
                }
                guard !isWhole else { return split(from, stride: source.width * 3) }
                scratch.withUnsafeMutableBufferPointer { scratch in
                    guard let middle = scratch.baseAddress else { return }
                    resizer.resize(
                        from + (part.y * source.width + part.x) * 3, sourceStride: source.width * 3, sourceWidth: part.width,
                        sourceHeight: part.height, channels: 3, to: middle, targetStride: header.width * 3,
                        targetWidth: header.width, targetHeight: header.height)
                    split(middle, stride: header.width * 3)
                }
            }
            return try body(header, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<header.byteCount]))
        }
    }
}

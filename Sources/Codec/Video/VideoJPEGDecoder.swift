// SPDX-License-Identifier: Apache-2.0
public import Core

/// Decodes a camera's stream of JPEG pictures, all of one size, at that size or reduced by the decoder itself, which then
/// does a part of the work only. Not `Sendable`: one decoder for each thread.
public final class VideoJPEGDecoder {
    private let width: Int
    private let height: Int
    private let reduction: Int
    private let format: PixelFormat
    private let decoder: JPEGDecoder

    /// - Parameters:
    ///   - width: of the pictures as they come, in pixels; a multiple of `reduction`.
    ///   - height: of the pictures as they come, in pixels; a multiple of `reduction`.
    ///   - reduction: 1, 2, 4 or 8: divisor of the pictures' width and height.
    ///   - format: `gray8` or `bgr24`.
    /// - Throws: `CodecError.unsupported` for anything else.
    public init(width: Int, height: Int, reduction: Int = 1, format: PixelFormat) throws(CodecError) {
        guard [1, 2, 4, 8].contains(reduction), width % reduction == 0, height % reduction == 0, width > 0, height > 0,
            format == .gray8 || format == .bgr24
        else { throw .unsupported("a JPEG stream of \(width)×\(height) reduced by \(reduction) to \(format.rawValue)") }
        self.width = width
        self.height = height
        self.reduction = reduction
        self.format = format
        decoder = try JPEGDecoder()
    }

    /// Decodes one picture, behind the `ImageGate`.
    /// - Parameters:
    ///   - bytes: the picture, and whatever the camera padded it with; borrowed for the call.
    ///   - target: tightly packed rows; undefined after an error.
    /// - Returns: why the picture was refused: damaged, cut short, or of another size.
    public func decode(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> CodecError? {
        let (width, height) = (self.width / reduction, self.height / reduction)
        guard target.count >= format.byteCount(width: width, height: height) else {
            return .encodingFailed("a buffer of \(target.count) bytes for a picture of \(width)×\(height)")
        }
        do {
            guard ImageGate.isJPEG(bytes) else { return .unknownKind }
            let info = try ImageGate.inspect(bytes)
            guard info.width == self.width, info.height == self.height else {
                return .unsupported("\(info.width)×\(info.height) pixels where \(self.width)×\(self.height) are expected")
            }
        } catch {
            return error
        }
        return decoder.decode(bytes, width: width, height: height, to: target, as: format)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// What a picture may cost at most. Checked on its header, before a decoder sees it.
public struct ImageLimits: Sendable, Hashable {
    /// Width times height.
    public var maximumPixels: Int
    /// Size of the encoded picture.
    public var maximumBytes: Int
    /// Scans of a JPEG: decoding time is proportional to them.
    public var maximumScans: Int

    public init(maximumPixels: Int = 25_000_000, maximumBytes: Int = 20 << 20, maximumScans: Int = 64) {
        self.maximumPixels = maximumPixels
        self.maximumBytes = maximumBytes
        self.maximumScans = maximumScans
    }

    /// 25 megapixels, 20 MiB, 64 scans.
    public static let `default` = ImageLimits()

    func checkSize(width: Int, height: Int) throws(CodecError) {
        guard width > 0, height > 0 else { throw .damaged("a picture of \(width)×\(height) pixels") }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        // Whatever the caller allows, byte counts must stay far from overflow.
        let limit = min(maximumPixels, 1 << 30)
        guard !overflow, pixels <= limit else {
            throw .tooLarge(what: "pixels", value: overflow ? .max : pixels, limit: limit)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import CKernels
public import Core

/// Finds, for every pixel of the right picture, where the left picture shows the same thing.
///
/// Right pixel x with disparity d matches left pixel x + d, as on gen1 devices, whose depth is seen from the right camera.
/// Semi-global matching of 5×5 census codes over three paths; the kernels are in `stereo_match.h`. Up to the right edge,
/// where the largest disparities would point beyond the left picture, the existing ones are still searched.
///
/// Allocates in `init` only. Not `Sendable`: one thread at a time.
public final class StereoMatcher {
    public let width: Int
    public let height: Int
    public private(set) var settings: StereoSettings

    private let build: KernelBuild
    private let matching: ScratchMemory
    private let filtering: ScratchMemory
    private let speckles: ScratchMemory
    /// The map before the median.
    private let unfiltered: ScratchMemory

    /// A matcher for pictures of one size.
    /// - Parameters:
    ///   - width: 64...2048 pixels, any number.
    ///   - height: 16...2048 pixels.
    /// - Throws: `StereoError.pictureSize`.
    public convenience init(width: Int, height: Int, settings: StereoSettings) throws(StereoError) {
        try self.init(width: width, height: height, settings: settings, build: .best)
    }

    /// - Parameter build: must be runnable on this processor.
    package init(width: Int, height: Int, settings: StereoSettings, build: KernelBuild) throws(StereoError) {
        guard (64...2048).contains(width), (16...2048).contains(height) else {
            throw .pictureSize(width: width, height: height, allowed: "64...2048 by 16...2048 pixels")
        }
        self.width = width
        self.height = height
        self.settings = settings
        self.build = build
        var parameters = StereoMatcher.parameters(settings, width, height)
        matching = ScratchMemory(byteCount: dk_stereo_workspace_bytes(&parameters))
        let (columns, rows) = (Int32(width), Int32(height))
        filtering = ScratchMemory(byteCount: dk_stereo_median_workspace_bytes(columns, Int32(settings.medianKernel)))
        speckles = ScratchMemory(byteCount: settings.speckleSize > 0 ? dk_stereo_speckle_workspace_bytes(columns, rows) : 0)
        unfiltered = ScratchMemory(byteCount: settings.medianKernel > 0 ? width * height * 2 : 0)
    }

    /// Changes the confidence below which pixels are unknown, from the next match on (gen1's
    /// `send_disparity_confidence_threshold`).
    /// - Parameter threshold: 0...255; 0 = off.
    public func setConfidenceThreshold(_ threshold: Int) throws(StereoError) {
        guard (0...255).contains(threshold) else {
            throw .setting(name: "confidenceThreshold", value: threshold, allowed: "0...255")
        }
        settings.confidenceThreshold = threshold
    }

    /// Matches a rectified pair.
    /// - Parameters:
    ///   - left: `gray8` of the matcher's size.
    ///   - right: the same; the reference picture.
    ///   - disparity: `disparity16` of the matcher's size; gets sixteenths of a pixel, 0 = unknown.
    /// - Throws: `StereoError.format`, `StereoError.size`.
    public func match(left: Frame, right: Frame, into disparity: borrowing FrameDraft) throws(StereoError) {
        try left.header.expect("left", .gray8, width: width, height: height)
        try right.header.expect("right", .gray8, width: width, height: height)
        try disparity.header.expect("disparity", .disparity16, width: width, height: height)
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                disparity.withUnsafeMutableUInt16 { map in
                    match(left.assumingMemoryBound(to: UInt8.self), right.assumingMemoryBound(to: UInt8.self), map)
                }
            }
        }
    }

    private func match(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, _ map: UnsafeMutableBufferPointer<UInt16>
    ) {
        var parameters = StereoMatcher.parameters(settings, width, height)
        let (columns, rows) = (Int32(width), Int32(height))
        let filtered = settings.medianKernel > 0
        let raw = filtered ? unfiltered.base.assumingMemoryBound(to: UInt16.self) : map.baseAddress
        dk_stereo_match(&parameters, build.kernel, left.baseAddress, right.baseAddress, raw, matching.base)
        if filtered {
            dk_stereo_median(
                build.kernel, columns, rows, Int32(settings.medianKernel), raw, map.baseAddress, filtering.base)
        }
        if settings.speckleSize > 0 {
            dk_stereo_speckle(
                columns, rows, Int32(settings.speckleSize), Int32(settings.speckleRange * 16), map.baseAddress, speckles.base)
        }
    }

    private static func parameters(_ settings: StereoSettings, _ width: Int, _ height: Int) -> dk_stereo_parameters {
        dk_stereo_parameters(
            width: Int32(width), height: Int32(height), disparities: Int32(settings.disparities),
            uniqueness: Int32(settings.uniqueness), confidence: Int32(settings.confidenceThreshold),
            left_right: settings.leftRightCheck ? 1 : -1, subpixel: settings.subpixel ? 1 : 0)
    }
}

// SPDX-License-Identifier: Apache-2.0
import CKernels
public import Core

/// Finds, for every pixel of the right picture, where the left picture shows the same thing.
///
/// Right pixel x with disparity d matches left pixel x + d, as on gen1 devices, whose depth is seen from the right camera.
/// Semi-global matching of census codes; the kernels are in `stereo_match.h`, the choices in `docs/design/stereo.md`. Up to
/// the right edge, where the largest disparities would point beyond the left picture, the existing ones are still searched.
///
/// Allocates in `init` and `apply` only. Not `Sendable`: one thread at a time, but for the bands it hands out.
public final class StereoMatcher {
    /// Works on `count` bands: calls `band` once with each number 0..<count, in any order and on any threads, and returns
    /// when all calls have returned. The map is the same however it is done.
    public typealias Concurrently = (_ count: Int, _ band: @escaping @Sendable (Int) -> Void) -> Void

    public let width: Int
    public let height: Int
    public private(set) var settings: StereoSettings

    private let build: KernelBuild
    private let engine: MatchEngine
    /// For pictures of half the size, while the search is extended.
    private var half: HalfSize?
    private var speckles = ScratchMemory()
    /// The map before the median.
    private var unfiltered = ScratchMemory()

    /// A matcher for pictures of one size.
    /// - Parameters:
    ///   - width: 64...2048 pixels, any number.
    ///   - height: 16...2048 pixels.
    ///   - build: which kernels to run; must be one of `KernelBuild.runnable`.
    /// - Throws: `StereoError.pictureSize`.
    public init(width: Int, height: Int, settings: StereoSettings, build: KernelBuild = .best) throws(StereoError) {
        guard (64...2048).contains(width), (16...2048).contains(height) else {
            throw .pictureSize(width: width, height: height, allowed: "64...2048 by 16...2048 pixels")
        }
        precondition(KernelBuild.runnable.contains(build), "this processor cannot run the \(build.rawValue) build")
        self.width = width
        self.height = height
        self.settings = settings
        self.build = build
        engine = MatchEngine(width: width, height: height, settings: settings, build: build)
        apply(settings)
    }

    /// Changes everything from the next match on.
    public func apply(_ settings: StereoSettings) {
        self.settings = settings
        engine.apply(settings)
        if !settings.extended {
            half = nil
        } else if let half {
            half.engine.apply(settings)
        } else {
            half = HalfSize(width: width, height: height, settings: settings, build: build)
        }
        if settings.filter.speckleSize > 0 { speckles.reserve(dk_stereo_speckle_workspace_bytes(Int32(width), Int32(height))) }
        if settings.filter.medianKernel > 0 { unfiltered.reserve(width * height * 2) }
    }

    /// Changes the confidence below which pixels are unknown, from the next match on (gen1's
    /// `send_disparity_confidence_threshold`). For tests; a pipeline applies whole settings.
    /// - Parameter threshold: 0...255; 0 = off.
    public func setConfidenceThreshold(_ threshold: Int) throws(StereoError) {
        guard (0...255).contains(threshold) else {
            throw .setting(name: "confidenceThreshold", value: threshold, allowed: "0...255")
        }
        var changed = settings
        changed.filter.confidenceThreshold = threshold
        apply(changed)
    }

    /// Matches a rectified pair.
    /// - Parameters:
    ///   - left: `gray8` of the matcher's size.
    ///   - right: the same; the reference picture.
    ///   - disparity: `disparity16` of the matcher's size; gets `settings.unitsPerPixel`ths of a pixel, 0 = unknown.
    ///   - concurrently: does the bands of rows, for callers that have threads; by itself the matcher does one after the other.
    /// - Throws: `StereoError.format`, `StereoError.size`.
    public func match(
        left: Frame, right: Frame, into disparity: borrowing FrameDraft,
        concurrently: Concurrently = { count, band in (0..<count).forEach(band) }
    ) throws(StereoError) {
        try left.header.expect("left", .gray8, width: width, height: height)
        try right.header.expect("right", .gray8, width: width, height: height)
        try disparity.header.expect("disparity", .disparity16, width: width, height: height)
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                disparity.withUnsafeMutableUInt16 { map in
                    guard let left = left.baseAddress, let right = right.baseAddress, let map = map.baseAddress else { return }
                    let pictures = (left.assumingMemoryBound(to: UInt8.self), right.assumingMemoryBound(to: UInt8.self))
                    match(pictures.0, pictures.1, map, concurrently)
                }
            }
        }
    }

    private func match(
        _ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ map: UnsafeMutablePointer<UInt16>,
        _ concurrently: Concurrently
    ) {
        let isFiltered = settings.filter.medianKernel > 0
        let raw = isFiltered ? unfiltered.base.assumingMemoryBound(to: UInt16.self) : map
        let job = engine.job(left, right, raw)
        let bands = engine.bands
        if let half {
            let small = half.job(left, right)
            let beyond = (settings.disparities - 1) * settings.unitsPerPixel
            concurrently(bands + half.engine.bands) { $0 < bands ? job.match(band: $0) : small.match(band: $0 - bands) }
            half.merge(small.map, beyond: beyond, into: raw)
        } else {
            concurrently(bands) { job.match(band: $0) }
        }
        if isFiltered {
            let filter = engine.filter(raw, map)
            concurrently(bands) { filter.run(band: $0) }
        }
        if settings.filter.speckleSize > 0 {
            dk_stereo_speckle(
                Int32(width), Int32(height), Int32(settings.filter.speckleSize),
                Int32(settings.filter.speckleRange * settings.unitsPerPixel),
                map, speckles.base)
        }
    }
}

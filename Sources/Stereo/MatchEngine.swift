// SPDX-License-Identifier: Apache-2.0
import CKernels

/// The memory and parameters for matching pictures of one size, band by band.
final class MatchEngine {
    let width: Int
    let height: Int
    /// Bands of rows that can be worked on in any order or at once. They follow from the height alone.
    let bands: Int
    private let build: KernelBuild
    private var parameters = dk_stereo_parameters()
    private var memory = ScratchMemory()
    private var bytesPerBand = 0
    private var filterMemory = ScratchMemory()
    private var filterBytesPerBand = 0
    private var medianKernel = 0

    init(width: Int, height: Int, settings: StereoSettings, build: KernelBuild) {
        self.width = width
        self.height = height
        self.build = build
        bands = Int(dk_stereo_bands(Int32(height)))
        apply(settings)
    }

    func apply(_ settings: StereoSettings) {
        parameters = dk_stereo_parameters(
            width: Int32(width), height: Int32(height), disparities: Int32(settings.disparities), window: settings.kernel.window,
            prefilter: settings.prefilter ? 1 : 0, paths: Int32(settings.paths), uniqueness: Int32(settings.filter.uniqueness),
            confidence: Int32(settings.filter.confidenceThreshold), left_right: settings.filter.leftRightCheck ? 1 : 0,
            subpixel_bits: Int32(settings.subpixelBits))
        bytesPerBand = dk_stereo_workspace_bytes(&parameters, build.kernel)
        memory.reserve(bytesPerBand * bands)
        medianKernel = settings.filter.medianKernel
        filterBytesPerBand = (dk_stereo_median_workspace_bytes(Int32(width), Int32(medianKernel)) + 63) / 64 * 64
        filterMemory.reserve(filterBytesPerBand * bands)
    }

    /// What it takes to work on the bands of one pair.
    ///
    /// `@unchecked Sendable`: a band writes its own rows of the map and its own part of the memory, and only reads the rest;
    /// whoever makes a job keeps the pictures, the map and the engine until all bands are done.
    struct Job: @unchecked Sendable {
        fileprivate let parameters: dk_stereo_parameters
        fileprivate let build: dk_stereo_build
        fileprivate let left: UnsafePointer<UInt8>
        fileprivate let right: UnsafePointer<UInt8>
        let map: UnsafeMutablePointer<UInt16>
        fileprivate let memory: UnsafeMutableRawPointer
        fileprivate let bytesPerBand: Int

        func match(band: Int) {
            withUnsafePointer(to: parameters) {
                dk_stereo_match_band($0, build, Int32(band), left, right, map, memory + band * bytesPerBand)
            }
        }
    }

    func job(
        _ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ map: UnsafeMutablePointer<UInt16>
    ) -> Job {
        Job(
            parameters: parameters, build: build.kernel, left: left, right: right, map: map, memory: memory.base,
            bytesPerBand: bytesPerBand)
    }

    /// The median filter over the bands of a map; `@unchecked Sendable` as `Job`.
    struct Filter: @unchecked Sendable {
        fileprivate let width: Int32
        fileprivate let height: Int32
        fileprivate let kernel: Int32
        fileprivate let build: dk_stereo_build
        fileprivate let source: UnsafePointer<UInt16>
        fileprivate let target: UnsafeMutablePointer<UInt16>
        fileprivate let memory: UnsafeMutableRawPointer
        fileprivate let bytesPerBand: Int

        func run(band: Int) {
            dk_stereo_median_band(width, height, kernel, build, Int32(band), source, target, memory + band * bytesPerBand)
        }
    }

    func filter(_ source: UnsafePointer<UInt16>, _ target: UnsafeMutablePointer<UInt16>) -> Filter {
        Filter(
            width: Int32(width), height: Int32(height), kernel: Int32(medianKernel), build: build.kernel, source: source,
            target: target, memory: filterMemory.base, bytesPerBand: filterBytesPerBand)
    }
}

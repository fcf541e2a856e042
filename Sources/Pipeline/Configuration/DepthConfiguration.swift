// SPDX-License-Identifier: Apache-2.0
public import Fusion
import Settings
public import Stereo

/// The `depth` section: matching, and how a distance is read off the depth picture.
public struct DepthConfiguration: Sendable, Hashable {
    public var calibrationFile: String
    /// Share of a box, per axis, whose depth is read; 0...1.
    public var paddingFactor: Double
    /// Depth beyond this does not count, metres.
    public var limitMetres: Double
    /// Only detections at least this sure are measured; 0...1.
    public var confidenceThreshold: Double
    public var statistic: DepthStatistic
    /// What can change between two frames.
    public var matching: MatchingConfiguration
    /// Threads that match one pair of pictures.
    public var threads: Int
    /// Who measures.
    public var placement: Placement

    init(_ section: SettingsSection) throws(SettingsError) {
        calibrationFile = try section.text("calibration_file", default: "")
        paddingFactor = try section.number("padding_factor", default: 0.5, in: 0...1)
        limitMetres = try section.number("depth_limit_m", default: 10, in: 0.1...65)
        confidenceThreshold = try section.number("confidence_threshold", default: 0.5, in: 0...1)
        statistic = try section.choice("statistic", default: .median)
        matching = try MatchingConfiguration(section)
        threads = try section.integer("threads", default: 1, in: 1...4)
        placement = try section.choice("placement", default: .auto)
        // gen1 keys about meshes and mirroring on the device: accepted, of no effect on this box.
        for key in ["type", "left_mesh_file", "right_mesh_file", "warp_rectify"] { _ = section.has(key) }
        try section.finish()
    }

    /// Whether at most the matching of pictures differs.
    func differsOnlyInMatching(from other: DepthConfiguration) -> Bool {
        var same = self
        same.matching = other.matching
        return same == other
    }
}

/// The keys of `depth` that say how two pictures are matched, and nothing else.
public struct MatchingConfiguration: Sendable, Hashable {
    public var kernel: CensusKernel
    public var prefilter: Bool
    public var paths: Int
    public var medianKernel: Int
    public var leftRightCheck: Bool
    public var disparities: Int
    public var extendedDisparity: Bool
    public var subpixel: Bool
    /// Fractional bits kept of a disparity when `subpixel` is on.
    public var subpixelBits: Int
    /// Percent by which the best match must beat the second best.
    public var uniqueness: Int
    /// gen1's 0...255: pixels whose match is less sure become unknown.
    public var disparityConfidence: Int
    /// Regions of at most this many pixels become unknown.
    public var speckleSize: Int
    /// Largest step of disparity inside such an island, pixels.
    public var speckleRange: Int

    /// - Parameter section: of `depth`, which reads its other keys itself.
    init(_ section: SettingsSection) throws(SettingsError) {
        kernel = try section.choice("kernel", default: .fiveByFive)
        prefilter = try section.flag("prefilter", default: false)
        paths = try section.integer("paths", default: 3, of: [3, 5])
        medianKernel = try section.integer("median_kernel_size", default: 5, of: [0, 3, 5, 7])
        leftRightCheck = try section.flag("lr_check", default: true)
        disparities = try section.integer("disparities", default: 96, of: [64, 96, 128, 192])
        extendedDisparity = try section.flag("extended_disparity", default: false)
        subpixel = try section.flag("subpixel", default: true)
        subpixelBits = try section.integer("subpixel_bits", default: 4, of: [3, 4, 5])
        uniqueness = try section.integer("uniqueness", default: 8, in: 0...100)
        disparityConfidence = try section.integer("disparity_confidence", default: 0, in: 0...255)
        speckleSize = try section.integer("speckle_size", default: 100, in: 0...10000)
        speckleRange = try section.integer("speckle_range", default: 1, in: 1...16)
    }

    /// What the matcher is told of it.
    public func stereoSettings() throws(StereoError) -> StereoSettings {
        try StereoSettings(
            disparities: disparities, extended: extendedDisparity, kernel: kernel, prefilter: prefilter, paths: paths,
            subpixelBits: subpixel ? subpixelBits : 0,
            filter: .init(
                leftRightCheck: leftRightCheck, uniqueness: uniqueness, confidenceThreshold: disparityConfidence,
                medianKernel: medianKernel, speckleSize: speckleSize, speckleRange: speckleRange))
    }
}

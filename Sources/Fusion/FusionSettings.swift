// SPDX-License-Identifier: Apache-2.0

/// How the depth pixels behind a box become one distance.
public enum DepthStatistic: String, Sendable, CaseIterable, Hashable {
    /// The middle value (the upper one of two): background in less than half of the region does not move it.
    case median
    /// The arithmetic mean, as gen1.
    case mean
    /// The nearest pixel.
    case minimum
    /// The farthest pixel.
    case maximum
    /// The mean of the fullest of bins that are 1/32 octave (about 2 %) of distance wide.
    case mode
}

/// How distances are read off the depth picture for a network's boxes.
public struct FusionSettings: Sendable, Hashable {
    /// Central fraction of the box, per axis, whose depth is used: 0...1. depthd's default 0.5, gen1 0.3.
    public let paddingFactor: Float
    /// Only depth nearer than this counts, 1...65535 mm; gen1's `depth_limit_m` is 10 m.
    public let depthLimitMillimetres: Int
    /// Only depth farther than this counts, 0..<`depthLimitMillimetres` mm.
    public let lowerLimitMillimetres: Int
    /// Only detections at or above this score get coordinates, 0...1.
    public let confidenceThreshold: Float
    /// How the pixels become one distance.
    public let statistic: DepthStatistic

    /// The defaults are depthd's: the median of the central half, which a background behind a person does not reach.
    /// - Throws: `FusionError.outOfRange` naming the field.
    public init(
        paddingFactor: Float = 0.5, depthLimitMillimetres: Int = 10_000, lowerLimitMillimetres: Int = 0,
        confidenceThreshold: Float = 0.5, statistic: DepthStatistic = .median
    ) throws(FusionError) {
        try FusionError.check(paddingFactor, in: 0...1, "paddingFactor")
        try FusionError.check(depthLimitMillimetres, in: 1...65_535, "depthLimitMillimetres")
        try FusionError.check(lowerLimitMillimetres, in: 0...(depthLimitMillimetres - 1), "lowerLimitMillimetres")
        try FusionError.check(confidenceThreshold, in: 0...1, "confidenceThreshold")
        self.init(
            checkedPadding: paddingFactor, limit: depthLimitMillimetres, lower: lowerLimitMillimetres,
            confidence: confidenceThreshold, statistic: statistic)
    }

    /// The depthd's defaults.
    public static let standard = FusionSettings(
        checkedPadding: 0.5, limit: 10_000, lower: 0, confidence: 0.5, statistic: .median)

    /// What the gen1 firmware did: the mean of the central 30 %.
    public static let gen1 = FusionSettings(checkedPadding: 0.3, limit: 10_000, lower: 0, confidence: 0.5, statistic: .mean)

    private init(checkedPadding: Float, limit: Int, lower: Int, confidence: Float, statistic: DepthStatistic) {
        paddingFactor = checkedPadding
        depthLimitMillimetres = limit
        lowerLimitMillimetres = lower
        confidenceThreshold = confidence
        self.statistic = statistic
    }
}

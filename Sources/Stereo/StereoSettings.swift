// SPDX-License-Identifier: Apache-2.0

/// How depth is searched and which results are trusted. Only valid combinations can be made.
public struct StereoSettings: Sendable, Hashable {
    /// Disparities searched, from 0 up: 64, 96, 128 or 192. More see nearer things and cost proportionally more time.
    public let disparities: Int
    /// Search a second time in pictures of half the size: sees things at half the smallest distance, more coarsely, for a
    /// quarter more time.
    public let extended: Bool
    /// Which neighbours of a pixel are compared.
    public let kernel: CensusKernel
    /// Soften both pictures first (3×3 binomial): against noise and cameras that are a little apart in height.
    public let prefilter: Bool
    /// Directions from which neighbours have a say: 3 (left, right, above) or 5 (and both diagonals from above).
    public let paths: Int
    /// Fractional bits of a disparity: 0, 3, 4 or 5.
    public let subpixelBits: Int
    /// Which matches are trusted.
    public internal(set) var filter: DisparityFilter

    /// What one pixel of disparity is in the map: 16, whatever the bits kept, and 32 for the five that 16 cannot hold.
    public var unitsPerPixel: Int { subpixelBits == 5 ? 32 : 16 }

    /// - Throws: `StereoError.setting` for the first value outside its range.
    public init(
        disparities: Int = 96, extended: Bool = false, kernel: CensusKernel = .fiveByFive, prefilter: Bool = false,
        paths: Int = 3, subpixelBits: Int = 4, filter: DisparityFilter = DisparityFilter()
    ) throws(StereoError) {
        try StereoError.demand("disparities", disparities, [64, 96, 128, 192].contains(disparities), "64, 96, 128 or 192")
        try StereoError.demand("paths", paths, paths == 3 || paths == 5, "3 or 5")
        try StereoError.demand("subpixelBits", subpixelBits, [0, 3, 4, 5].contains(subpixelBits), "0, 3, 4 or 5")
        try filter.check()
        self.disparities = disparities
        self.extended = extended
        self.kernel = kernel
        self.prefilter = prefilter
        self.paths = paths
        self.subpixelBits = subpixelBits
        self.filter = filter
    }
}

/// Which matches are trusted, and what is done to those that are.
public struct DisparityFilter: Sendable, Hashable {
    /// Whether a match must also be the left picture's choice, to within one pixel: removes occluded pixels.
    public var leftRightCheck: Bool
    /// Percent by which every other disparity (but the neighbours) must be worse, 0...100; 0 accepts ambiguous pixels.
    public var uniqueness: Int
    /// Pixels of less confidence are unknown, 0...255; 0 = off. The confidence of a pixel is 255 minus its path cost, which
    /// with three paths is at most 192 (255 otherwise): 200 removes the few worst, 240 keeps about two thirds of a
    /// well-textured scene.
    public var confidenceThreshold: Int
    /// Width of the median window in pixels: 3, 5 or 7; 0 = off.
    public var medianKernel: Int
    /// Connected regions of at most this many pixels become unknown, 0...65535; 0 = off.
    public var speckleSize: Int
    /// Largest disparity step inside such a region, pixels, 1...16.
    public var speckleRange: Int

    public init(
        leftRightCheck: Bool = true, uniqueness: Int = 8, confidenceThreshold: Int = 0, medianKernel: Int = 5,
        speckleSize: Int = 100, speckleRange: Int = 1
    ) {
        self.leftRightCheck = leftRightCheck
        self.uniqueness = uniqueness
        self.confidenceThreshold = confidenceThreshold
        self.medianKernel = medianKernel
        self.speckleSize = speckleSize
        self.speckleRange = speckleRange
    }

    func check() throws(StereoError) {
        try StereoError.demand("uniqueness", uniqueness, (0...100).contains(uniqueness), "0...100 percent")
        try StereoError.demand("confidenceThreshold", confidenceThreshold, (0...255).contains(confidenceThreshold), "0...255")
        try StereoError.demand("medianKernel", medianKernel, [0, 3, 5, 7].contains(medianKernel), "0, 3, 5 or 7")
        try StereoError.demand("speckleSize", speckleSize, (0...65535).contains(speckleSize), "0...65535 pixels")
        try StereoError.demand("speckleRange", speckleRange, (1...16).contains(speckleRange), "1...16 pixels")
    }
}

extension StereoError {
    fileprivate static func demand(_ name: String, _ value: Int, _ isValid: Bool, _ allowed: String) throws(StereoError) {
        guard isValid else { throw .setting(name: name, value: value, allowed: allowed) }
    }
}

// SPDX-License-Identifier: Apache-2.0
public import XLink

/// Rectification, matching and depth, in the device.
public struct StereoDepth: GraphNode {
    public enum Input: String, GraphPort {
        case left, right
        case configuration = "inputConfig"
    }
    /// `depth` gives 16 bits of millimetres, 0 where it is unknown.
    public enum Output: String, GraphPort, CaseIterable {
        case debugExtDispLrCheckIt1, debugDispLrCheckIt2, confidenceMap, debugExtDispLrCheckIt2, outConfig, debugDispCostDump
        case rectifiedRight, syncedRight, debugDispLrCheckIt1, disparity, rectifiedLeft, syncedLeft, depth
    }
    public static let kind = "StereoDepth"

    /// The camera whose pixels the depth is of, unless `alignSocket` says so.
    public enum Alignment: Int64, Sendable {
        case right = 0
        case left = 1
        case center = 2
    }

    public enum Median: Int64, Sendable {
        case off = 0
        case size3 = 3
        case size5 = 5
        case size7 = 7
    }

    public var alignment = Alignment.right
    /// A socket whose camera the depth is turned to; -1: none.
    public var alignSocket = -1
    /// Checks from left to right and from right to left.
    public var leftRightCheck = true
    public var leftRightThreshold = 10
    /// Doubles the range of disparities, for things that are near.
    public var extendedDisparity = false
    /// Fractions of a pixel, for things that are far; disparities are then 16 bits.
    public var subpixel = false
    /// 3...5.
    public var subpixelBits = 3
    public var disparityShift = 0
    public var median = Median.size5
    public var bilateralSigma = 0
    /// 0...255: matches that are less certain are unknown. 255 keeps all.
    public var confidence: UInt8 = 245
    public var spatialFilter = false
    public var temporalFilter = false
    public var speckleFilter = false
    /// In pixels.
    public var speckleRange: UInt32 = 50
    /// 1...4: makes the depth image smaller.
    public var decimation: UInt32 = 1
    /// Depths outside of it are unknown, in millimetres.
    public var depthRange = 0...65_535
    public var rectify = true
    /// Of the depth image; nil: as the cameras'.
    public var outputSize: (width: Int, height: Int)?
    public var keepsAspectRatio = true

    public init() {}

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        [
            GraphInput("right", isBlocking: false, queueSize: 8, waitsForMessage: true),
            GraphInput("left", isBlocking: false, queueSize: 8, waitsForMessage: true),
            .settings("inputConfig"),
        ]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let configuration: NOPValue = .structure([algorithm, postProcessing, census, matching, aggregation])
        let edgeFill: NOPValue = .signed(0)
        let inputSize: [NOPValue] = [.empty, .empty]
        let size: [NOPValue] = [.optional(outputSize?.width, NOPValue.signed), .optional(outputSize?.height, NOPValue.signed)]
        let mesh: NOPValue = .structure([.text(""), .text(""), .empty, .unsigned(16), .unsigned(16)])
        let (modeSwitch, pool, shaves, slices): (NOPValue, NOPValue, NOPValue, NOPValue) =
            (.bool(false), .signed(3), .signed(-1), .signed(-1))
        let focalFromCalibration: NOPValue = .bool(true)
        // A homography, baseline, focal length, three switches of translations and a scaling: all from the calibration.
        let overrides = Array(repeating: NOPValue.empty, count: 7)
        return .structure(
            [configuration, .signed(alignSocket), .bool(rectify), edgeFill] + inputSize + size
                + [.bool(keepsAspectRatio), mesh, modeSwitch, pool, shaves, slices, focalFromCalibration] + overrides)
    }

    private var algorithm: NOPValue {
        let (millimetres, customUnit): (NOPValue, NOPValue) = (.signed(2), .float(1000))
        let (centreShift, invalidEdge): (NOPValue, NOPValue) = (.empty, .signed(0))
        return .structure([
            .signed(alignment.rawValue), millimetres, customUnit, .bool(leftRightCheck), .bool(extendedDisparity),
            .bool(subpixel),
            .signed(leftRightThreshold), .signed(subpixelBits), .signed(disparityShift), centreShift, invalidEdge,
        ])
    }

    private var postProcessing: NOPValue {
        // Decimation is 1, speckle 2, median 3, spatial 4, temporal 5.
        let order: NOPValue = .list([3, 1, 2, 4, 5].map { .signed(Int64($0)) })
        let spatial: NOPValue = .structure([.bool(spatialFilter), .unsigned(2), .float(0.5), .signed(0), .signed(1)])
        let temporal: NOPValue = .structure([.bool(temporalFilter), .signed(3), .float(0.4), .signed(0)])
        let brightness: NOPValue = .structure([.signed(0), .signed(256)])
        let speckle: NOPValue = .structure([.bool(speckleFilter), .unsigned(UInt64(speckleRange)), .unsigned(2)])
        let decimated: NOPValue = .structure([.unsigned(UInt64(decimation)), .signed(0)])
        return .structure([
            order, .signed(median.rawValue), .signed(bilateralSigma), spatial, temporal,
            .structure([.signed(depthRange.lowerBound), .signed(depthRange.upperBound)]), brightness, speckle, decimated,
        ])
    }

    private var census: NOPValue {
        let (automaticKernel, automaticMask, threshold): (NOPValue, NOPValue, NOPValue) = (
            .signed(-1), .unsigned(0), .unsigned(0)
        )
        let meanMode: NOPValue = .bool(true)
        return .structure([automaticKernel, automaticMask, meanMode, threshold])
    }

    private var matching: NOPValue {
        let (disparities96, companding, invalid): (NOPValue, NOPValue, NOPValue) = (.signed(1), .bool(false), .unsigned(0))
        let linear: NOPValue = .structure([.unsigned(0), .unsigned(2), .unsigned(127)])
        return .structure([disparities96, companding, invalid, .unsigned(UInt64(confidence)), linear])
    }

    private var aggregation: NOPValue {
        .structure([.unsigned(1), .unsigned(250), .unsigned(500), .unsigned(250), .unsigned(500)])
    }
}

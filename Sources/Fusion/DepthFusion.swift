// SPDX-License-Identifier: Apache-2.0
public import Core

/// Gives detections a place in space: reads the depth behind each box and turns it into millimetres from the right grey
/// camera (gen1: x right, y up, z away). Keeps its buffers, so a warm instance allocates nothing per box.
public struct DepthFusion: Sendable {
    private let settings: FusionSettings
    private let mapping: DepthMapping
    private let depthModel: CameraModel
    private let baseline: Double?
    /// `depthModel` for the depth pictures that really come (half size when the matcher works binned).
    private var scaledModel: CameraModel
    private var samples = DepthSamples()
    private var reader: ColorDepthReader?

    /// - Parameters:
    ///   - depthModel: the rectified right camera, whose view the depth picture has.
    ///   - baselineMillimetres: of the stereo pair, for the part of the standard error that a disparity error makes; nil
    ///     leaves that part out.
    public init(
        settings: FusionSettings = .standard, mapping: DepthMapping, depthModel: CameraModel, baselineMillimetres: Double? = nil
    ) {
        baseline = baselineMillimetres.flatMap { $0 > 0 ? $0 : nil }
        self.settings = settings
        self.mapping = mapping
        self.depthModel = depthModel
        scaledModel = depthModel
        if case .colorCamera(let view) = mapping { reader = ColorDepthReader(view) }
    }

    /// Sets `position` and `evidence` of every detection: from the depth behind its box, or nil where the score is too
    /// low, the box misses the depth picture or no pixel in it is known and within the limits.
    ///
    /// Z is the settings' statistic over the box's central part, X = (u − cx)·Z/fx and Y = −(v − cy)·Z/fy with (u, v)
    /// that part's centre on the depth picture. A picture that is not `depth16` gives no positions.
    public mutating func locate(_ detections: inout [Detection], depth: Frame) {
        adopt(depth.header)
        for index in detections.indices {
            detections[index].position = nil
            detections[index].evidence = nil
            guard depth.header.format == .depth16, detections[index].confidence >= settings.confidenceThreshold else { continue }
            guard let target = target(of: detections[index].box, header: depth.header) else { continue }
            depth.withUnsafeUInt16 { gather(target, depth: $0, header: depth.header) }
            guard let distance = samples.distance(settings.statistic), let position = position(of: target, z: distance) else {
                continue
            }
            detections[index].position = position
            detections[index].evidence = RangeEvidence(
                pixels: samples.count, standardErrorMillimetres: Float(standardError(at: distance)))
        }
    }

    /// The rectangle of the depth picture whose depth is used for a detection, for showing it; nil when it misses the
    /// picture. With a colour camera it depends on the distance: the detection's own, or the depth limit without one.
    public func region(of detection: Detection, width: Int, height: Int) -> DepthRegion? {
        guard width > 0, height > 0, let central = central(detection.box) else { return nil }
        if let reader {
            let z = detection.position.map { Double($0.z) } ?? Double(settings.depthLimitMillimetres)
            let model = depthModel.scaled(width: width, height: height)
            return reader.region(of: reader.rectangle(of: central), nearest: z, farthest: z, model: model)
        }
        return planarRegion(central, width: width, height: height)
    }
}

// MARK: - From box to distance

extension DepthFusion {
    /// Neighbouring pixels of a depth picture are not independent: census window, path costs and median share pixels.
    /// Number of neighbouring pixels that count as one.
    private static let pixelsPerSample = 40.0
    /// Standard deviation of the disparity error that a whole region shares (the sub-pixel fit leans towards whole pixels,
    /// texture pulls it), px. Both were measured, see docs/design/fusion-and-tracking.md.
    private static let commonDisparityError = 0.11

    /// What of the depth picture belongs to a box.
    private enum Target {
        /// A rectangle of pixels, and its exact centre in pixel-edge coordinates.
        case planar(DepthRegion, center: SIMD2<Double>)
        /// A rectangle of the ideal colour plane.
        case color(ColorDepthReader.Rectangle)
    }

    private mutating func adopt(_ header: FrameHeader) {
        guard scaledModel.width != header.width || scaledModel.height != header.height else { return }
        scaledModel = depthModel.scaled(width: header.width, height: header.height)
    }

    /// The box's part inside the picture, shrunk to its central fraction; nil for an empty box or NaN.
    private func central(_ box: NormalizedBox) -> NormalizedBox? {
        let inside = box.clamped
        guard inside.width > 0, inside.height > 0 else { return nil }
        let (halfWidth, halfHeight) = (inside.width * settings.paddingFactor / 2, inside.height * settings.paddingFactor / 2)
        return NormalizedBox(
            xMin: inside.centerX - halfWidth, yMin: inside.centerY - halfHeight, xMax: inside.centerX + halfWidth,
            yMax: inside.centerY + halfHeight)
    }

    /// A box on the depth picture, in pixel-edge coordinates.
    private func planarCorners(_ box: NormalizedBox, width: Int, height: Int) -> (low: SIMD2<Double>, high: SIMD2<Double>) {
        var offset = SIMD2<Double>(0, 0)
        var size = SIMD2(Double(width), Double(height))
        if case .gen1(let map) = mapping {
            // The map speaks of the picture the model describes; the one at hand may be smaller.
            let scale = SIMD2(Double(width) / Double(depthModel.width), Double(height) / Double(depthModel.height))
            offset = SIMD2(Double(map.offsetX), Double(map.offsetY)) * scale
            size = SIMD2(Double(map.width), Double(map.height)) * scale
        }
        return (
            offset + SIMD2(Double(box.xMin), Double(box.yMin)) * size, offset + SIMD2(Double(box.xMax), Double(box.yMax)) * size
        )
    }

    private func planarRegion(_ box: NormalizedBox, width: Int, height: Int) -> DepthRegion? {
        let (low, high) = planarCorners(box, width: width, height: height)
        return DepthRegion(low: low, high: high, pictureWidth: width, pictureHeight: height)
    }

    private func target(of box: NormalizedBox, header: FrameHeader) -> Target? {
        guard header.width > 0, header.height > 0, let central = central(box) else { return nil }
        if let reader { return .color(reader.rectangle(of: central)) }
        let (low, high) = planarCorners(central, width: header.width, height: header.height)
        return planarRegion(central, width: header.width, height: header.height).map { .planar($0, center: (low + high) / 2) }
    }

    private mutating func gather(_ target: Target, depth: UnsafeBufferPointer<UInt16>, header: FrameHeader) {
        let limits = UInt16(settings.lowerLimitMillimetres)..<UInt16(settings.depthLimitMillimetres)
        switch target {
        case .planar(let region, _):
            samples.fill(capacity: region.width * region.height) { values in
                var count = 0
                for y in region.y..<(region.y + region.height) {
                    for x in region.x..<(region.x + region.width) {
                        let value = depth[y * header.width + x]
                        values[count] = value
                        count += value > limits.lowerBound && value < limits.upperBound ? 1 : 0
                    }
                }
                return count
            }
        case .color(let rectangle):
            reader?.gather(rectangle, depth: depth, model: scaledModel, limits: limits, into: &samples)
        }
    }

    /// How far the distance may be from the truth, one standard deviation: what scatters, less for more pixels, and what
    /// all pixels of a region have in common, which no number of pixels takes away: ΔZ = Z²/(f·B)·Δd.
    private mutating func standardError(at distance: Double) -> Double {
        let random = samples.spread() / max(1, Double(samples.count) / DepthFusion.pixelsPerSample).squareRoot()
        guard let baseline, scaledModel.fx > 0 else { return random }
        let common = distance * distance / (scaledModel.fx * baseline) * DepthFusion.commonDisparityError
        return (random * random + common * common).squareRoot()
    }

    private func position(of target: Target, z: Double) -> PositionMillimetres? {
        switch target {
        case .planar(_, let center):
            let (u, v) = (center.x - 0.5, center.y - 0.5)
            return PositionMillimetres(
                x: Float((u - scaledModel.cx) * z / scaledModel.fx), y: Float(-(v - scaledModel.cy) * z / scaledModel.fy),
                z: Float(z))
        case .color(let rectangle):
            guard let point = reader?.view.point(on: (rectangle.low + rectangle.high) / 2, atZ: z) else { return nil }
            return PositionMillimetres(x: Float(point.x), y: Float(-point.y), z: Float(point.z))
        }
    }
}

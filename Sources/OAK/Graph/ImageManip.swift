// SPDX-License-Identifier: Apache-2.0
public import XLink

/// Cuts, resizes and converts images.
public struct ImageManip: GraphNode {
    public enum Input: String, GraphPort {
        case image = "inputImage"
        case configuration = "inputConfig"
    }
    public enum Output: String, GraphPort, CaseIterable { case out }
    public static let kind = "ImageManip"

    /// The part to be cut out, in fractions of the image; nil: all of it.
    public var crop: (left: Float, top: Float, right: Float, bottom: Float)?
    /// Nil: as it comes.
    public var size: (width: Int, height: Int)?
    public var keepsAspectRatio = true
    /// The grey level beside an image that is kept whole and centred; nil: it is not.
    public var pad: UInt8?
    /// Nil: as it comes.
    public var format: DeviceFrame.Format?
    /// Room for an image, in bytes.
    public var outputBytes = 1 << 20
    /// Images that the device keeps.
    public var frames = 4
    /// Whether it takes the newest image, and its sender never waits for it.
    public var takesLatest = false

    /// The number of no format at all.
    private static let anyFormat: Int32 = 32

    public init(size: (width: Int, height: Int)? = nil) { self.size = size }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        let image = GraphInput("inputImage", isBlocking: true, queueSize: 8, waitsForMessage: true)
        return [
            takesLatest ? image.latest : image,
            .settings("inputConfig", isBlocking: true, queueSize: 8),
        ]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let (reusesImage, skipsImage, automaticInterpolation): (NOPValue, NOPValue, NOPValue) =
            (.bool(false), .bool(false), .signed(-1))
        let configuration: NOPValue = .structure([
            cropping, resizing, conversion, .bool(crop != nil), .bool(size != nil), .bool(format != nil), reusesImage, skipsImage,
            automaticInterpolation,
        ])
        let mesh: [NOPValue] = [.signed(0), .signed(0), .text("")]
        return .structure([configuration, .signed(outputBytes), .signed(frames)] + mesh)
    }

    private var cropping: NOPValue {
        let rectangle: NOPValue = .floats(crop?.left ?? 0, crop?.top ?? 0, crop?.right ?? 0, crop?.bottom ?? 0)
        let rotated: NOPValue = .structure([.floats(0, 0), .floats(0, 0), .float(0)])
        let (isCentred, ratio, aspect, isRotated, isNormalized): (NOPValue, NOPValue, NOPValue, NOPValue, NOPValue) =
            (.bool(false), .float(1), .float(1), .bool(false), .bool(true))
        return .structure([rectangle, rotated, isCentred, ratio, aspect, isRotated, isNormalized])
    }

    private var resizing: NOPValue {
        let background = [NOPValue](repeating: .unsigned(UInt64(pad ?? 0)), count: 3)
        let (fills, isNormalized): (NOPValue, NOPValue) = (.bool(pad != nil), .bool(true))
        let fourPoints: [NOPValue] = [.list([]), isNormalized, .bool(false)]
        let (matrix, repeatsBorder): ([NOPValue], NOPValue) = ([.list([]), .bool(false)], .bool(false))
        let rotation: [NOPValue] = [.float(0), .bool(false)]
        return .structure(
            [.signed(size?.width ?? 0), .signed(size?.height ?? 0), fills] + background + fourPoints + matrix + [repeatsBorder]
                + rotation
                + [.bool(keepsAspectRatio)])
    }

    private var conversion: NOPValue {
        let flips: [NOPValue] = [.bool(false), .bool(false)]
        let colorMap: [NOPValue] = [.signed(0), .signed(0), .signed(255)]
        return .structure([.signed(Int64(format?.rawValue ?? ImageManip.anyFormat))] + flips + colorMap)
    }
}

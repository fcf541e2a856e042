// SPDX-License-Identifier: Apache-2.0
public import XLink

/// A monochrome camera.
public struct MonoCamera: GraphNode {
    public enum Input: String, GraphPort { case control = "inputControl" }
    /// `out` gives 8 bits a pixel.
    public enum Output: String, GraphPort, CaseIterable { case frameEvent, raw, out }
    public static let kind = "MonoCamera"

    public enum Resolution: Int64, Sendable {
        case p720 = 0
        case p800 = 1
        case p400 = 2
        case p480 = 3
        case p1200 = 4
    }

    /// -1: the firmware chooses.
    public var socket: Int
    public var resolution: Resolution
    public var frameRate: Float
    public var control = DeviceCameraControl()

    public init(socket: Int, resolution: Resolution = .p400, frameRate: Float = 30) {
        self.socket = socket
        self.resolution = resolution
        self.frameRate = frameRate
    }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        [.settings("inputControl", isBlocking: true, queueSize: 8)]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let (name, orientation, isp3aRate, pools): (NOPValue, NOPValue, NOPValue, [NOPValue]) =
            (.text(""), .signed(-1), .signed(0), [.signed(3), .signed(3)])
        return .structure(
            [control.nop, .signed(socket), name, orientation, .signed(resolution.rawValue), .float(frameRate), isp3aRate]
                + pools + [.empty])
    }
}

/// A colour camera.
public struct ColorCamera: GraphNode {
    public enum Input: String, GraphPort {
        case control = "inputControl"
        case configuration = "inputConfig"
    }
    /// `preview` gives BGR or RGB of `previewSize`, `video` NV12, `isp` YUV 4:2:0 of the whole sensor.
    public enum Output: String, GraphPort, CaseIterable { case frameEvent, raw, isp, still, preview, video }
    public static let kind = "ColorCamera"

    public enum Resolution: Int64, Sendable {
        case p1080 = 0
        case p4K = 1
        case p12MP = 2
        case p13MP = 3
        case p720 = 4
        case p800 = 5
        case p1200 = 6
    }

    public enum ColorOrder: Int64, Sendable {
        case bgr = 0
        case rgb = 1
    }

    /// Numerators and denominators by which the image is made smaller; 0: it is not.
    public struct Scale: Sendable, Hashable {
        public var horizontalNumerator: Int
        public var horizontalDenominator: Int
        public var verticalNumerator: Int
        public var verticalDenominator: Int

        /// The same in both directions.
        public init(numerator: Int, denominator: Int) {
            (horizontalNumerator, horizontalDenominator) = (numerator, denominator)
            (verticalNumerator, verticalDenominator) = (numerator, denominator)
        }

        public static let none = Scale(numerator: 0, denominator: 0)
    }

    /// -1: the firmware chooses.
    public var socket: Int
    public var resolution: Resolution
    public var frameRate: Float
    public var colorOrder = ColorOrder.bgr
    /// Whether the preview has the colours of each pixel together instead of in planes.
    public var isInterleaved: Bool
    public var previewSize: (width: UInt32, height: UInt32)
    /// Nil: the firmware chooses.
    public var videoSize: (width: Int, height: Int)?
    public var previewKeepsAspectRatio = true
    public var ispScale = Scale.none
    public var control = DeviceCameraControl()

    public init(
        socket: Int, resolution: Resolution = .p1080, frameRate: Float = 30, previewSize: (width: UInt32, height: UInt32),
        isInterleaved: Bool = false
    ) {
        self.socket = socket
        self.resolution = resolution
        self.frameRate = frameRate
        self.previewSize = previewSize
        self.isInterleaved = isInterleaved
    }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        [.settings("inputControl", isBlocking: true, queueSize: 8), .settings("inputConfig", queueSize: 8)]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let orientation: NOPValue = .signed(-1)
        let camera: [NOPValue] = [control.nop, .signed(socket), .text(""), orientation]
        let isFloat16: NOPValue = .bool(false)
        let preview: [NOPValue] = [
            .signed(colorOrder.rawValue), .bool(isInterleaved), isFloat16, .unsigned(UInt64(previewSize.height)),
            .unsigned(UInt64(previewSize.width)),
        ]
        let still: [NOPValue] = [.signed(-1), .signed(-1)]
        let sizes: [NOPValue] = [.signed(videoSize?.width ?? -1), .signed(videoSize?.height ?? -1)] + still
        let (isp3aRate, centred): (NOPValue, NOPValue) = (.signed(0), .float(-1))
        let sensor: [NOPValue] = [
            .signed(resolution.rawValue), .float(frameRate), isp3aRate, centred, centred, .bool(previewKeepsAspectRatio),
        ]
        let scale: NOPValue = .structure([
            .signed(ispScale.horizontalNumerator), .signed(ispScale.horizontalDenominator), .signed(ispScale.verticalNumerator),
            .signed(ispScale.verticalDenominator),
        ])
        // Of raw, isp, video, preview and still images; then whether raw images are packed.
        let pools: [NOPValue] = [.signed(3), .signed(3), .signed(4), .signed(4), .signed(4), .empty]
        return .structure(camera + preview + sizes + sensor + [scale] + pools)
    }
}

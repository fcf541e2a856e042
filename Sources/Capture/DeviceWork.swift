// SPDX-License-Identifier: Apache-2.0
public import Core

/// What a camera with a processor of its own is to do beside taking pictures.
public struct DeviceWork: Sendable, Hashable {
    /// Whether it is to measure distance.
    public var measuresDepth: Bool
    /// The network that it is to run; nil for none.
    public var network: DeviceNetwork?
    /// How it is to encode its colour pictures; nil for not at all.
    public var video: DeviceVideo?

    public init(measuresDepth: Bool = false, network: DeviceNetwork? = nil, video: DeviceVideo? = nil) {
        (self.measuresDepth, self.network, self.video) = (measuresDepth, network, video)
    }

    /// What of it there is.
    public var tasks: Set<DeviceTask> {
        var tasks: Set<DeviceTask> = []
        if measuresDepth { tasks.insert(.depth) }
        if network != nil { tasks.insert(.network) }
        if video != nil { tasks.insert(.video) }
        return tasks
    }
}

/// A network for a camera's own processor, and the picture it is shown.
public struct DeviceNetwork: Sendable, Hashable {
    /// Order of the network's channels.
    public enum Color: Sendable, Hashable { case bgr, rgb, gray }

    /// How a lens's picture becomes the network's size.
    public enum Fit: Sendable, Hashable {
        /// The whole picture is squeezed.
        case stretch
        /// The largest centred part of the network's shape is cut out.
        case crop
        /// The whole picture is centred; beside it is grey of this level.
        case letterbox(pad: UInt8)
    }

    /// A MyriadX blob of a version that the camera's firmware takes, with an input of bytes.
    public var blob: [UInt8]
    /// Whose picture it is shown: the first of these that the camera has.
    public var lenses: [CameraInstance]
    /// Pixels.
    public var width: Int
    public var height: Int
    public var color: Color
    /// Whether the colours come in planes, instead of pixel by pixel.
    public var isPlanar: Bool
    public var fit: Fit
    /// What it gives, in the order in which its outputs are delivered. Every dimension is known.
    public var outputs: [TensorDescription]

    public init(
        blob: [UInt8], lenses: [CameraInstance], width: Int, height: Int, color: Color, isPlanar: Bool, fit: Fit,
        outputs: [TensorDescription]
    ) {
        (self.blob, self.lenses, self.width, self.height) = (blob, lenses, width, height)
        (self.color, self.isPlanar, self.fit, self.outputs) = (color, isPlanar, fit, outputs)
    }
}

/// How a camera encodes its colour pictures.
public struct DeviceVideo: Sendable, Hashable {
    public enum Profile: Sendable, Hashable { case h264Baseline, h264Main, h264High, mjpeg }

    public enum Rate: Sendable, Hashable {
        case bitsPerSecond(Int)
        case bitsPerPixel(Double)
    }

    public var profile: Profile
    /// Of H.264.
    public var rate: Rate
    /// Bits a second; 0 for no limit of its own.
    public var maximumBitsPerSecond: Int
    /// Whether quiet pictures may take fewer bits.
    public var isVariable: Bool
    /// Pictures from one key frame to the next: nobody can ask the camera for one.
    public var keyInterval: Int
    /// 1...100, of MJPEG.
    public var quality: Int

    public init(
        _ profile: Profile, rate: Rate, maximumBitsPerSecond: Int = 0, isVariable: Bool = false, keyInterval: Int = 1,
        quality: Int = 80
    ) {
        (self.profile, self.rate, self.maximumBitsPerSecond) = (profile, rate, maximumBitsPerSecond)
        (self.isVariable, self.keyInterval, self.quality) = (isVariable, keyInterval, quality)
    }
}

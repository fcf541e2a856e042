// SPDX-License-Identifier: Apache-2.0
public import Capture
package import Core
public import Inference

/// What a camera with a processor of its own is asked to take over of a configuration, and why it is not more. Pure.
public struct DevicePlan: Sendable, Hashable {
    public private(set) var work = DeviceWork()
    /// Why a task that is wanted, and not on the box by choice, is not asked for.
    public private(set) var reasons: [DeviceTask: String] = [:]

    /// Nothing is asked for: the camera has no processor of its own.
    public static let none = DevicePlan()

    private init() {}

    /// - Parameters:
    ///   - network: that of the configuration, loaded for a camera's own processor; nil for none.
    ///   - measures: whether the camera may measure depth, for which it knows no calibration but its own.
    ///   - declined: what the camera has refused to do before, in its own words.
    public init(
        _ configuration: PipelineConfiguration, network: Network?, measures: Bool, declined: [DeviceTask: String] = [:]
    ) {
        for task in DeviceTask.allCases where configuration.placement(of: task) != .host && configuration.wants(task) {
            if let words = declined[task] {
                reasons[task] = "the camera refuses it (\(words))"
                continue
            }
            switch task {
            case .depth:
                work.measuresDepth = measures
                if !measures { reasons[.depth] = "the camera measures with its own calibration only" }
            case .network: if let network { plan(network, configuration.ai) }
            case .video: planVideo(configuration)
            }
        }
    }

    private mutating func plan(_ network: Network, _ ai: NetworkConfiguration) {
        switch DeviceNetwork.made(of: network, ai) {
        case .success(let network): work.network = network
        case .failure(let reason): reasons[.network] = reason.text
        }
    }

    private mutating func planVideo(_ configuration: PipelineConfiguration) {
        guard configuration.streams.first(where: { $0.name == .video })?.maximumFramesPerSecond == nil else {
            reasons[.video] = "the camera encodes every picture, and max_fps leaves some out"
            return
        }
        work.video = DeviceVideo(configuration.video)
    }
}

/// Why a network cannot run in a camera.
private struct Unsuitable: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

extension DeviceNetwork {
    fileprivate static func made(of network: Network, _ ai: NetworkConfiguration) -> Result<DeviceNetwork, Unsuitable> {
        Result { () throws(Unsuitable) in
            guard let blob = network.deviceBlob else { throw Unsuitable("cameras run MyriadX blobs only") }
            if let obstacle = blob.deviceObstacle { throw Unsuitable(obstacle) }
            let input = network.manifest.input
            guard input.mean.allSatisfy({ $0 == 0 }), input.scale.allSatisfy({ $0 == 1 }) else {
                throw Unsuitable("cameras do not apply a manifest's mean and scale; compile them into the blob")
            }
            return DeviceNetwork(
                blob: blob.bytes, lenses: try lenses(ai.cameraInput), width: input.width, height: input.height,
                color: Color(input.color), isPlanar: input.color == .gray || input.layout == .planar,
                fit: try fit(ai.resize ?? input.resize, pad: input.pad), outputs: network.outputs)
        }
    }

    private static func lenses(_ input: NetworkInput) throws(Unsuitable) -> [CameraInstance] {
        switch input {
        // The order in which the box takes them.
        case .rgb: [.color, .right, .left]
        case .left: [.left]
        case .right: [.right]
        case .rectifiedLeft, .rectifiedRight: throw Unsuitable("its pictures are rectified on the box")
        }
    }

    private static func fit(_ resize: ModelManifest.Resize, pad: Int) throws(Unsuitable) -> Fit {
        switch resize {
        case .stretch: .stretch
        case .crop: .crop
        case .letterbox: .letterbox(pad: UInt8(clamping: pad))
        case .letterboxTopLeft: throw Unsuitable("cameras letterbox pictures about their centre, not at the top left")
        }
    }
}

extension DeviceNetwork {
    /// A network for a processor that is shown pictures which the box has made for it.
    /// - Parameters:
    ///   - blob: see `Blob.deviceObstacle`.
    ///   - outputs: every dimension is known.
    package init(_ blob: Blob, input: ModelManifest.Input, outputs: [TensorDescription]) {
        self.init(
            blob: blob.bytes, lenses: [], width: input.width, height: input.height, color: Color(input.color),
            isPlanar: input.color == .gray || input.layout == .planar, fit: .stretch, outputs: outputs)
    }
}

extension DeviceNetwork.Color {
    fileprivate init(_ color: ModelManifest.Color) {
        self =
            switch color {
            case .bgr: .bgr
            case .rgb: .rgb
            case .gray: .gray
            }
    }
}

extension DeviceVideo {
    /// Half a bit for each pixel, as on the box.
    private static let bitsPerPixel = 0.5
    /// Whoever joins waits for the next key frame, which nobody can ask the camera for: about two seconds at most.
    private static let longestKeyInterval = 60

    fileprivate init(_ configuration: VideoConfiguration?) {
        guard let configuration else {
            self.init(.h264Baseline, rate: .bitsPerPixel(Self.bitsPerPixel))
            return
        }
        let profile: Profile =
            switch configuration.profile {
            case .baseline: .h264Baseline
            case .main: .h264Main
            case .high, .h265: .h264High
            case .mjpeg: .mjpeg
            }
        self.init(
            profile, rate: .bitsPerSecond(configuration.bitrate), maximumBitsPerSecond: configuration.maximumBitrate,
            isVariable: configuration.rateControl == .vbr, keyInterval: min(configuration.keyInterval, Self.longestKeyInterval),
            quality: configuration.quality)
    }
}

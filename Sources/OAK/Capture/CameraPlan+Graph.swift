// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import XLink

extension CameraPlan {
    private static let depthStream = "depth"
    private static let healthStream = "system"
    private static let motionStream = "imu"
    /// More messages of the motion sensor would cost a network more than they tell.
    private static let motionMessagesPerSecond = 100
    static let (tensorStream, videoStream) = ("tensors", "video")

    /// The pictures that come on the graph's streams.
    package var streams: [String: PictureReader.Expectation] {
        var streams: [String: PictureReader.Expectation] = [:]
        for (lens, format) in lenses { streams[lens.gen1Name] = .init(instance: lens, format: format) }
        if measuresDepth, let right = lenses[.right] {
            let depth = LensFormat(width: right.width, height: right.height, pixels: .depth16)
            streams[Self.depthStream] = .init(instance: .right, format: depth)
        }
        return streams
    }

    /// The graph's streams of what is told beside pictures.
    package var reportStreams: [String] { [Self.healthStream] + (motionRate > 0 ? [Self.motionStream] : []) }

    /// What the camera is to run: its lenses, each with a stream of its own, the matching of the two mono ones,
    /// and what it tells of itself.
    package func graph(_ settings: OAKSettings, layout: GraphLayout) -> DeviceGraph {
        var graph = DeviceGraph(layout: layout)
        let left = addMono(.left, socket: Self.leftSocket, settings, to: &graph)
        let right = addMono(.right, socket: Self.rightSocket, settings, to: &graph)
        if measuresDepth, let left, let right {
            var stereo = StereoDepth()
            // Depth beyond the last whole pixels would come in steps of metres.
            stereo.subpixel = true
            let depth = graph.add(stereo)
            graph.link(left, .out, to: depth, .left)
            graph.link(right, .out, to: depth, .right)
            graph.stream(Self.depthStream, from: depth, .depth)
        }
        let color = addColor(to: &graph)
        if let network {
            switch network.lens {
            case .left: if let left { add(network.network, on: left, .out, of: .left, to: &graph) }
            case .right: if let right { add(network.network, on: right, .out, of: .right, to: &graph) }
            case .color: if let color { add(network.network, on: color, .preview, of: .color, to: &graph) }
            }
        }
        if let video, let color, let format = lenses[.color] { add(video, format, on: color, to: &graph) }
        addReports(to: &graph)
        return graph
    }

    private func addColor(to graph: inout DeviceGraph) -> DeviceGraph.Handle<ColorCamera>? {
        guard let format = lenses[.color] else { return nil }
        var camera = ColorCamera(
            socket: Self.colorSocket, resolution: colorMode.resolution, frameRate: Float(framesPerSecond),
            previewSize: (UInt32(format.width), UInt32(format.height)), isInterleaved: true)
        // The box takes either; the network takes one of them.
        if let network, isShownAsItIs(network.network, network.lens) { camera.isInterleaved = !network.network.isPlanar }
        if video != nil, let scale = videoScale {
            camera.ispScale = scale
            camera.videoSize = (format.width, format.height)
        }
        let color = graph.add(camera)
        graph.stream(CameraInstance.color.gen1Name, from: color, .preview)
        return color
    }

    /// Whether a lens's pictures are what the network takes.
    private func isShownAsItIs(_ network: DeviceNetwork, _ lens: CameraInstance) -> Bool {
        guard let format = lenses[lens], format.width == network.width, format.height == network.height else { return false }
        return network.color == (lens == .color ? .bgr : .gray)
    }

    /// The network sees the newest picture: what it is too slow for it never sees, and the camera never waits for it.
    private func add<Lens: GraphNode>(
        _ network: DeviceNetwork, on lens: DeviceGraph.Handle<Lens>, _ output: Lens.Output, of instance: CameraInstance,
        to graph: inout DeviceGraph
    ) {
        var node = NeuralNetwork(GraphNetwork(blob: network.blob))
        node.takesLatest = true
        let handle = graph.add(node)
        if isShownAsItIs(network, instance) {
            graph.link(lens, output, to: handle, .input)
        } else if let format = lenses[instance] {
            let manip = graph.add(ImageManip(of: format, for: network))
            graph.link(lens, output, to: manip, .image)
            graph.link(manip, .out, to: handle, .input)
        }
        graph.stream(Self.tensorStream, from: handle, .out)
    }

    /// The encoder leaves out what it is too slow for; what it has encoded is never left out, since the next pictures build on it.
    private func add(
        _ video: DeviceVideo, _ format: LensFormat, on color: DeviceGraph.Handle<ColorCamera>, to graph: inout DeviceGraph
    ) {
        var encoder = VideoEncoder(
            VideoEncoder.Profile(video.profile), frameRate: Float(framesPerSecond), quality: UInt32(video.quality),
            keyframeInterval: video.keyInterval, bitrate: bitsPerSecond(video, format))
        (encoder.maximumBitrate, encoder.isVariable) = (video.maximumBitsPerSecond, video.isVariable)
        encoder.takesLatest = true
        let handle = graph.add(encoder)
        graph.link(color, .video, to: handle, .input)
        graph.stream(Self.videoStream, from: handle, .out, latestOnly: false)
    }

    private func addReports(to graph: inout DeviceGraph) {
        graph.stream(Self.healthStream, from: graph.add(SystemLogger(rate: 1)), .out)
        guard motionRate > 0 else { return }
        let batch = (motionRate + Self.motionMessagesPerSecond - 1) / Self.motionMessagesPerSecond
        let sensor = IMU(
            [.accelerometerRaw, .gyroscopeRaw], rate: UInt32(motionRate), batchThreshold: batch, maximumBatch: max(5, 2 * batch))
        graph.stream(Self.motionStream, from: graph.add(sensor), .out)
    }

    private func addMono(
        _ lens: CameraInstance, socket: Int, _ settings: OAKSettings, to graph: inout DeviceGraph
    ) -> DeviceGraph.Handle<MonoCamera>? {
        guard lenses[lens] != nil else { return nil }
        let camera = graph.add(
            MonoCamera(socket: socket, resolution: settings.mono.resolution, frameRate: Float(framesPerSecond)))
        graph.stream(lens.gen1Name, from: camera, .out)
        return camera
    }
}

extension OAKSettings.MonoResolution {
    fileprivate var resolution: MonoCamera.Resolution {
        switch self {
        case .p400: .p400
        case .p480: .p480
        case .p720: .p720
        case .p800: .p800
        }
    }
}

extension ImageManip {
    /// Makes a lens's pictures what a network takes: they show what the box's own preprocessing would.
    fileprivate init(of picture: LensFormat, for network: DeviceNetwork) {
        self.init(size: (network.width, network.height))
        keepsAspectRatio = false
        takesLatest = true
        switch network.fit {
        case .stretch: break
        case .crop: crop = Self.centre(of: picture, width: network.width, height: network.height)
        case .letterbox(let level): (pad, keepsAspectRatio) = (level, true)
        }
        format = DeviceFrame.Format(network)
        outputBytes = network.width * network.height * (network.color == .gray ? 1 : 3)
    }

    /// The largest centred part of a shape, in fractions of the picture.
    private static func centre(
        of picture: LensFormat, width: Int, height: Int
    ) -> (left: Float, top: Float, right: Float, bottom: Float) {
        let isNarrow = picture.width * height <= picture.height * width
        let size = (
            width: isNarrow ? picture.width : max(1, picture.height * width / height),
            height: isNarrow ? max(1, picture.width * height / width) : picture.height
        )
        let (x, y) = ((picture.width - size.width) / 2, (picture.height - size.height) / 2)
        let (whole, tall) = (Float(picture.width), Float(picture.height))
        return (Float(x) / whole, Float(y) / tall, Float(x + size.width) / whole, Float(y + size.height) / tall)
    }
}

extension DeviceFrame.Format {
    /// That of the pictures a network takes.
    init(_ network: DeviceNetwork) {
        self =
            switch (network.color, network.isPlanar) {
            case (.gray, _): .gray8
            case (.bgr, true): .bgrPlanar
            case (.bgr, false): .bgrInterleaved
            case (.rgb, true): .rgbPlanar
            case (.rgb, false): .rgbInterleaved
            }
    }
}

extension VideoEncoder.Profile {
    fileprivate init(_ profile: DeviceVideo.Profile) {
        self =
            switch profile {
            case .h264Baseline: .h264Baseline
            case .h264Main: .h264Main
            case .h264High: .h264High
            case .mjpeg: .mjpeg
            }
    }
}

extension CameraPlan.ColorMode {
    /// Pixels.
    var size: (width: Int, height: Int) {
        switch self {
        case .p1080: (1920, 1080)
        case .p800: (1280, 800)
        case .p1200: (1920, 1200)
        }
    }

    fileprivate var resolution: ColorCamera.Resolution {
        switch self {
        case .p1080: .p1080
        case .p800: .p800
        case .p1200: .p1200
        }
    }
}

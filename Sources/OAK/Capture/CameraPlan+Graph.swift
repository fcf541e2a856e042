// SPDX-License-Identifier: Apache-2.0
import Capture
import Core

extension CameraPlan {
    private static let depthStream = "depth"
    private static let healthStream = "system"
    private static let motionStream = "imu"
    /// More messages of the motion sensor would cost a network more than they tell.
    private static let motionMessagesPerSecond = 100

    /// What comes on each of the graph's streams.
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
        if let format = lenses[.color] {
            let color = graph.add(
                ColorCamera(
                    socket: Self.colorSocket, resolution: colorMode.resolution, frameRate: Float(framesPerSecond),
                    previewSize: (UInt32(format.width), UInt32(format.height)), isInterleaved: true))
            graph.stream(CameraInstance.color.gen1Name, from: color, .preview)
        }
        addReports(to: &graph)
        return graph
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

extension CameraPlan.ColorMode {
    fileprivate var resolution: ColorCamera.Resolution {
        switch self {
        case .p1080: .p1080
        case .p800: .p800
        case .p1200: .p1200
        }
    }
}

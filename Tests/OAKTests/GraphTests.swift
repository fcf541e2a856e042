// SPDX-License-Identifier: Apache-2.0
import OAK
import TestSupport
import Testing
import XLink

/// Graphs as the vendor's library sent them, built once more.
struct GraphTests {
    /// Only its length is in a schema.
    private static let blob = [UInt8](repeating: 0, count: 768)

    /// Two cameras and their depth.
    private struct Depth {
        var graph: DeviceGraph
        let left: DeviceGraph.Handle<MonoCamera>
        let right: DeviceGraph.Handle<MonoCamera>
        let stereo: DeviceGraph.Handle<StereoDepth>

        init(_ layout: GraphLayout) {
            graph = DeviceGraph(layout: layout)
            left = graph.add(MonoCamera(socket: 1))
            right = graph.add(MonoCamera(socket: 2))
            stereo = graph.add(StereoDepth())
            graph.link(left, .out, to: stereo, .left)
            graph.link(right, .out, to: stereo, .right)
        }

        mutating func streamAll() {
            graph.stream("left", from: left, .out, latestOnly: false)
            graph.stream("right", from: right, .out, latestOnly: false)
            graph.stream("depth", from: stereo, .depth, latestOnly: false)
            graph.stream("disparity", from: stereo, .disparity, latestOnly: false)
        }

        /// Boxes and tracks of a colour camera; gives the camera.
        mutating func followPeople() -> DeviceGraph.Handle<ColorCamera> {
            let color = graph.add(ColorCamera(socket: -1, previewSize: (300, 300)))
            let network = graph.add(
                SpatialDetectionNetwork(
                    GraphNetwork(blob: blob), parser: .mobileNet(confidence: 0.5), depthRange: 100...5000))
            let tracker = graph.add(ObjectTracker(numbers: .smallest, labels: [15]))
            graph.link(color, .preview, to: network, .input)
            graph.link(stereo, .depth, to: network, .depth)
            graph.link(network, .passthrough, to: tracker, .trackerFrame)
            graph.link(network, .passthrough, to: tracker, .detectionFrame)
            graph.link(network, .out, to: tracker, .detections)
            graph.stream("preview", from: network, .passthrough, latestOnly: false)
            graph.stream("boxes", from: network, .out, latestOnly: false)
            graph.stream("tracklets", from: tracker, .out, latestOnly: false)
            return color
        }
    }

    private static func graph(_ session: String) -> DeviceGraph {
        var depth = Depth(session == "nn-2.33" ? .release2_33 : .release2_30)
        switch session {
        case "simple": depth.streamAll()
        case "nn", "nn-2.33": _ = depth.followPeople()
        case "all": addEverything(to: &depth)
        default: addMore(to: &depth)
        }
        return depth.graph
    }

    private static func addEverything(to depth: inout Depth) {
        depth.streamAll()
        let color = depth.followPeople()
        let log = depth.graph.add(SystemLogger())
        let imu = depth.graph.add(IMU([.accelerometerRaw, .gyroscopeRaw]))
        let network = depth.graph.add(NeuralNetwork(GraphNetwork(blob: blob)))
        let encoder = depth.graph.add(VideoEncoder(.h264Main, frameRate: 25, keyframeInterval: 25))
        let manip = depth.graph.add(ImageManip(size: (300, 300)))
        let input = depth.graph.add(XLinkIn(stream: "in"))
        let control = depth.graph.add(XLinkIn(stream: "control"))
        depth.graph.link(input, .out, to: network, .input)
        depth.graph.link(control, .out, to: depth.left, .control)
        depth.graph.link(color, .video, to: encoder, .input)
        depth.graph.link(depth.right, .out, to: manip, .image)
        depth.graph.stream("log", from: log, .out, latestOnly: false)
        depth.graph.stream("imu", from: imu, .out, latestOnly: false)
        depth.graph.stream("raw", from: network, .out, latestOnly: false)
        depth.graph.stream("h264", from: encoder, .bitstream, latestOnly: false)
        depth.graph.stream("manip", from: manip, .out, latestOnly: false)
    }

    private static func addMore(to depth: inout Depth) {
        let anchors: [Float] = [10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319]
        let color = depth.graph.add(ColorCamera(socket: -1, previewSize: (416, 416)))
        let network = depth.graph.add(DetectionNetwork(GraphNetwork(blob: blob), parser: .mobileNet(confidence: 0.6)))
        let yolo = depth.graph.add(
            SpatialDetectionNetwork(
                GraphNetwork(blob: blob),
                parser: .yolo(
                    confidence: 0.5, classes: 80, anchors: anchors, anchorMasks: ["side26": [1, 2, 3], "side13": [3, 4, 5]]),
                boxScale: 1))
        let encoder = depth.graph.add(VideoEncoder(.mjpeg, frameRate: 25, quality: 95))
        let side = Float(0.6) - Float(0.4)
        let calculator = depth.graph.add(
            SpatialLocationCalculator([DeviceDepthRegion(DeviceRectangle(x: 0.4, y: 0.4, width: side, height: side))]))
        let sync = depth.graph.add(Sync(["left", "right"]))
        depth.graph.link(color, .preview, to: network, .input)
        depth.graph.link(color, .preview, to: yolo, .input)
        depth.graph.link(depth.stereo, .depth, to: yolo, .depth)
        depth.graph.link(color, .video, to: encoder, .input)
        depth.graph.link(depth.stereo, .depth, to: calculator, .depth)
        depth.graph.link(depth.left, .out, to: sync, "left")
        depth.graph.link(depth.right, .out, to: sync, "right")
        depth.graph.stream("det", from: network, .out, latestOnly: false)
        depth.graph.stream("yolo", from: yolo, .out, latestOnly: false)
        depth.graph.stream("enc", from: encoder, .out, latestOnly: false)
        depth.graph.stream("slc", from: calculator, .out, latestOnly: false)
        depth.graph.stream("pair", from: sync, .out, latestOnly: false)
    }

    @Test(.enabled(if: SharedData.isRequired), arguments: ["simple", "nn", "nn-2.33", "all", "more"])
    func theVendorsLibrarySentTheSameGraph(session: String) throws {
        let theirs = try PlainSchema(try recorded(session))
        let ours = try PlainSchema(try Self.graph(session).schema())
        #expect(ours.nodes.map(\.name) == theirs.nodes.map(\.name))
        for (our, their) in zip(ours.nodes, theirs.nodes) {
            #expect(our.properties == their.properties, "\(our.name)")
            #expect(our.ports == their.ports, "\(our.name)")
        }
        #expect(ours.links == theirs.links)
        #expect(ours.globalProperties == theirs.globalProperties)
    }

    @Test(.enabled(if: SharedData.isRequired), arguments: ["nn", "all", "more"])
    func theVendorsLibrarySentTheSameFiles(session: String) throws {
        let storage = Self.graph(session).storage
        let sent = try OAKRig.packets(session).filter { $0.isFromHost && $0.stream == "__stream_asset_storage" }
        var packets: [[UInt8]] = []
        storage.forEachPacket(upTo: 5 << 20) { packets.append($0) }
        #expect(sent.map(\.payload.count) == [packets.joined().count])
        let tables = try OAKRig.packets(session).filter {
            $0.isFromHost && $0.payload == DeviceCall.setAssets(storage.table).request
        }
        // The nodes of "all" are numbered otherwise there, and so are their files.
        #expect(tables.count == (session == "all" ? 0 : 1))
    }

    private func recorded(_ session: String) throws -> MessagePackValue {
        let number = MessagePackValue.unsigned(DeviceCallID.of("setPipelineSchema"))
        let requests = try OAKRig.packets(session).filter { $0.isFromHost && $0.stream == "__rpc_main" }
        let parts = try requests.compactMap { try MessagePackDecoder.decode($0.payload).list }
        return try #require(parts.first { $0[2] == number }?[3].list?.first)
    }

    @Test func aSchemaTravelsAsItIs() throws {
        let schema = try Self.graph("simple").schema()
        let request = try MessagePackDecoder.decode(DeviceCall.setPipelineSchema(schema).request)
        #expect(try PlainSchema(try #require(request.list?[3].list?.first)).links == PlainSchema(schema).links)
    }

    @Test func portsAreNumberedFromOneOverTheWholeSchema() throws {
        let schema = try Self.graph("all").schema()
        let ports = (schema["nodes"]?.list ?? []).flatMap { $0.list?[1]["ioInfo"]?.list ?? [] }
        #expect(ports.compactMap { $0.list?[1]["id"]?.integer } == Array(1...70))
    }

    @Test func aHostThatIsSlowGetsTheLatest() throws {
        var graph = DeviceGraph(layout: .release2_30)
        graph.stream("left", from: graph.add(MonoCamera(socket: 1)), .out)
        let out = try PlainSchema(try graph.schema()).nodes.filter { $0.name.hasPrefix("XLinkOut") }
        #expect(out.flatMap(\.ports) == ["in/ receiver blocking=false size=1 wait=true"])
    }

    @Test func theStreamsThatTheHostOpens() {
        let graph = Self.graph("all")
        #expect(graph.outputStreams.prefix(4) == ["left", "right", "depth", "disparity"])
        #expect(graph.inputStreams.map(\.name) == ["in", "control"])
        #expect(graph.inputStreams.map(\.writeSize) == [5_294_080, 5_294_080])
    }

    // MARK: - Refusals

    @Test(arguments: ["", "__log", String(repeating: "a", count: 52), "a\0b"])
    func namesThatAreTheFirmwaresOwnAreRefused(name: String) {
        var graph = DeviceGraph(layout: .release2_30)
        graph.stream(name, from: graph.add(MonoCamera(socket: 1)), .out)
        #expect(throws: GraphError.badStreamName(name)) { try graph.schema() }
    }

    @Test func twoStreamsOfOneNameAreRefused() {
        var graph = DeviceGraph(layout: .release2_30)
        let left = graph.add(MonoCamera(socket: 1))
        let input = graph.add(XLinkIn(stream: "left"))
        graph.link(input, .out, to: left, .control)
        graph.stream("left", from: left, .out)
        #expect(throws: GraphError.duplicateStream("left")) { try graph.schema() }
    }

    @Test func anInputThatTheReleaseLacksIsRefused() throws {
        for layout in GraphLayout.allCases {
            var graph = DeviceGraph(layout: layout)
            let tracker = graph.add(ObjectTracker())
            graph.link(graph.add(XLinkIn(stream: "in")), .out, to: tracker, .configuration)
            if layout == .release2_33 {
                #expect(throws: Never.self) { try graph.schema() }
            } else {
                let error = GraphError.unknownInput(node: "ObjectTracker(0)", input: "inputConfig", layout: layout)
                #expect(throws: error) { try graph.schema() }
            }
        }
    }

    @Test func anInputThatAGroupLacksIsRefused() {
        var graph = DeviceGraph(layout: .release2_30)
        let sync = graph.add(Sync(["left"]))
        graph.link(graph.add(MonoCamera(socket: 1)), .out, to: sync, "right")
        #expect(throws: GraphError.unknownInput(node: "Sync(0)", input: "right", layout: .release2_30)) { try graph.schema() }
    }

    // MARK: - Settings that no recording has

    @Test func laterFirmwareIsToldOfTheProcessor() {
        #expect(NOPEncoder.encode(Sync([]).properties(.release2_33)) == "b9038280969800ff00".hexBytes)
    }

    @Test func settingsStandWhereTheFirmwareLooksForThem() throws {
        var stereo = StereoDepth()
        stereo.subpixel = true
        stereo.alignSocket = 0
        stereo.outputSize = (640, 400)
        stereo.median = .size7
        stereo.confidence = 200
        stereo.depthRange = 200...10_000
        let fields = stereo.properties(.release2_30).fields
        #expect((fields[1], fields[6], fields[7]) == (.signed(0), .signed(640), .signed(400)))
        let configuration = fields[0].fields
        #expect(configuration[0].fields[5] == .bool(true))
        #expect(configuration[1].fields[1] == .signed(7))
        #expect(configuration[1].fields[5] == .structure([.signed(200), .signed(10_000)]))
        #expect(configuration[3].fields[3] == .unsigned(200))

        var color = ColorCamera(socket: 0, resolution: .p4K, frameRate: 15, previewSize: (640, 480), isInterleaved: true)
        color.videoSize = (1920, 1080)
        color.ispScale = ColorCamera.Scale(numerator: 1, denominator: 2)
        color.control.setAutomaticExposure()
        let camera = color.properties(.release2_30).fields
        #expect(camera[0].fields[0] == .unsigned(1 << 7))
        #expect((camera[5], camera[7], camera[8]) == (.bool(true), .unsigned(480), .unsigned(640)))
        #expect((camera[9], camera[10], camera[13], camera[14]) == (.signed(1920), .signed(1080), .signed(1), .float(15)))
        #expect(camera[19] == .structure([.signed(1), .signed(2), .signed(1), .signed(2)]))

        var manip = ImageManip()
        manip.crop = (0.25, 0, 0.75, 1)
        manip.format = .bgrPlanar
        let image = manip.properties(.release2_30).fields[0].fields
        #expect(image[0].fields[0] == .floats(0.25, 0, 0.75, 1))
        #expect((image[2].fields[0], image[3], image[4], image[5]) == (.signed(8), .bool(true), .bool(false), .bool(true)))
    }

    @Test func aNodeWithoutABlobSaysSo() {
        #expect(NeuralNetwork(GraphNetwork(blob: nil)).properties(.release2_30).fields.prefix(2) == [.empty, .text("")])
    }
}

extension NOPValue {
    fileprivate var fields: [NOPValue] { if case .structure(let fields) = self { fields } else { [] } }
}

// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import OAK
import TestSupport
import Testing
import XLink

struct CameraPlanTests {
    private func sensor(_ socket: Int, _ name: String, _ width: Int, _ height: Int, kind: Int) -> DeviceCameraFeatures {
        DeviceCameraFeatures([
            "socket": .integer(socket), "sensorName": .text(name), "width": .integer(width), "height": .integer(height),
            "supportedTypes": [.integer(kind)],
        ])!
    }

    private var oakD: [DeviceCameraFeatures] {
        [
            sensor(0, "IMX378", 4056, 3040, kind: 0), sensor(1, "OV9282", 1280, 800, kind: 1),
            sensor(2, "OV9282", 1280, 800, kind: 1),
        ]
    }

    private func plan(
        _ features: [DeviceCameraFeatures], _ settings: OAKSettings = OAKSettings(), _ speed: DeviceUSBSpeed = .super,
        work: DeviceWork = DeviceWork(measuresDepth: true)
    ) throws -> CameraPlan {
        try CameraPlan(settings, features, link: CameraPlan.Link(speed), work: work)
    }

    private func refusal(
        _ features: [DeviceCameraFeatures], _ settings: OAKSettings = OAKSettings(), _ speed: DeviceUSBSpeed = .super
    ) -> String {
        do {
            _ = try plan(features, settings, speed)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func anOAKDHasThreeLensesAndDepth() throws {
        let plan = try plan(oakD)
        #expect(Set(plan.lenses.keys) == [.left, .right, .color])
        #expect(plan.measuresDepth && plan.framesPerSecond == 30 && plan.notes.isEmpty)
        #expect(Set(plan.streams.keys) == ["left", "right", "rgb", "depth"])
        let (mono, color, depth) = (640 * 400, 640 * 360 * 3, 640 * 400 * 2)
        #expect(plan.exposureBytes == 2 * mono + color + depth)
        #expect(Set(plan.graph(OAKSettings(), layout: .release2_30).outputStreams) == Set(plan.streams.keys).union(["system"]))
    }

    @Test func anOAK1HasOneLensAndNoDepth() throws {
        let plan = try plan([sensor(0, "IMX378", 4056, 3040, kind: 0)])
        #expect(Set(plan.lenses.keys) == [.color] && !plan.measuresDepth)
        #expect(plan.graph(OAKSettings(), layout: .release2_33).outputStreams == ["rgb", "system"])
    }

    @Test func depthThatNobodyWantsIsNotComputed() throws {
        #expect(try !plan(oakD, work: DeviceWork()).measuresDepth)
    }

    /// 30 MB a second, of which an exposure takes 1.7 MB.
    @Test func aUSB2LinkLowersTheRateByName() throws {
        let plan = try plan(oakD, OAKSettings(), .high)
        #expect(plan.framesPerSecond == 17)
        #expect(plan.notes.count == 1 && plan.notes[0].contains("a USB 2 link") && plan.notes[0].contains("17 frames a second"))
    }

    @Test func whatTheLinkCanNotCarryAtAllIsRefused() {
        var settings = OAKSettings()
        (settings.colorWidth, settings.colorHeight) = (8000, 8000)
        #expect(refusal(oakD, settings, .high).contains("lower oak.mono or the colour size"))
    }

    @Test func aResolutionTheSensorLacksIsRefusedWithThoseItHas() {
        let lite = [sensor(1, "OV7251", 640, 480, kind: 1), sensor(2, "OV7251", 640, 480, kind: 1)]
        let words = refusal(lite, OAKSettings(mono: .p800))
        #expect(words.contains("OV7251") && words.contains("640x400, 640x480"))
        #expect(refusal(oakD, OAKSettings(mono: .p480)).contains("1280x800"))
    }

    @Test func aBoardThatSeesNoSensorIsRefused() {
        #expect(refusal([]).contains("ribbon cables"))
    }

    /// The nodes of `session`'s schema that are of these kinds, without what links them.
    private func nodes(_ schema: MessagePackValue, of kinds: [String]) throws -> [PlainSchema.Node] {
        try PlainSchema(schema).nodes.filter { node in kinds.contains { node.name.hasPrefix("\($0) [") } }
    }

    private func recordedSchema(_ session: String) throws -> MessagePackValue {
        let number = MessagePackValue.unsigned(DeviceCallID.of("setPipelineSchema"))
        let requests = try OAKRig.packets(session).filter { $0.isFromHost && $0.stream == "__rpc_main" }
        let parts = try requests.compactMap { try MessagePackDecoder.decode($0.payload).list }
        return try #require(parts.first { $0[2] == number }?[3].list?.first)
    }

    /// A hundred readings a second are what the vendor's library asked for.
    @Test(.enabled(if: SharedData.isRequired))
    func whatTheCameraTellsBesidePicturesIsAskedForAsTheVendorsLibraryDoes() throws {
        var settings = OAKSettings()
        settings.motionRate = 100
        var plan = try plan(oakD, settings)
        plan.addMotion(settings, sensor: "BMI270")
        #expect(plan.reportStreams == ["system", "imu"] && plan.notes.isEmpty)
        let kinds = ["SystemLogger", "IMU"]
        let ours = try nodes(plan.graph(settings, layout: .release2_30).schema(), of: kinds)
        let theirs = try nodes(recordedSchema("all"), of: kinds)
        #expect(ours.count == 2 && ours.map(\.name) == theirs.map(\.name) && ours.map(\.ports) == theirs.map(\.ports))
    }

    @Test(arguments: [("", 100), ("NONE", 100), ("None", 500)])
    func aMotionSensorThatIsNotThereIsNotedAndNotAskedFor(sensor: String, rate: Int) throws {
        var settings = OAKSettings()
        settings.motionRate = rate
        var plan = try plan(oakD, settings)
        plan.addMotion(settings, sensor: sensor)
        #expect(plan.motionRate == 0 && plan.reportStreams == ["system"])
        #expect(plan.notes == ["oak.imu: the camera has no motion sensor"])
        #expect(try nodes(plan.graph(settings, layout: .release2_30).schema(), of: ["IMU"]).isEmpty)
    }

    @Test func aMotionSensorThatNobodyWantsStaysOff() throws {
        var plan = try plan(oakD)
        plan.addMotion(OAKSettings(), sensor: "BMI270")
        #expect(plan.motionRate == 0 && plan.notes.isEmpty)
        #expect(try nodes(plan.graph(OAKSettings(), layout: .release2_30).schema(), of: ["IMU"]).isEmpty)
    }

    /// Five readings a message at 500 a second.
    @Test func fastReadingsComeAHundredMessagesASecond() throws {
        var settings = OAKSettings()
        settings.motionRate = 500
        var plan = try plan(oakD, settings)
        plan.addMotion(settings, sensor: "BNO086")
        let asked = IMU([.accelerometerRaw, .gyroscopeRaw], rate: 500, batchThreshold: 5, maximumBatch: 10)
        let sensor = try nodes(plan.graph(settings, layout: .release2_30).schema(), of: ["IMU"])
        #expect(sensor.map(\.properties) == [NOPEncoder.encode(asked.properties(.release2_30))])
    }

    // MARK: - Networks and video

    private func network(
        _ width: Int, _ height: Int, _ fit: DeviceNetwork.Fit = .stretch, color: DeviceNetwork.Color = .bgr,
        lenses: [CameraInstance] = [.color, .right]
    ) -> DeviceNetwork {
        DeviceNetwork(
            blob: [UInt8](repeating: 0, count: 768), lenses: lenses, width: width, height: height, color: color, isPlanar: true,
            fit: fit, outputs: [TensorDescription(name: "out", shape: [1, 1, 100, 7], element: .float16)])
    }

    private func schema(_ plan: CameraPlan, _ settings: OAKSettings = OAKSettings()) throws -> PlainSchema {
        try PlainSchema(plan.graph(settings, layout: .release2_30).schema())
    }

    private func node(_ kind: String, _ schema: PlainSchema) -> PlainSchema.Node? {
        schema.nodes.first { $0.name.hasPrefix("\(kind) ") }
    }

    /// The links of a schema by the kinds of the nodes they join.
    private func links(_ schema: PlainSchema) -> [String] {
        schema.links.map { $0.replacing(#/ \[[0-9, ]*\]/#, with: "") }
    }

    @Test func aNetworkThatTakesTheColourPicturesIsFedWithThem() throws {
        let settings = OAKSettings(colorWidth: 300, colorHeight: 300)
        let plan = try plan(oakD, settings, work: DeviceWork(network: network(300, 300)))
        #expect(plan.tasks == [.network] && plan.declined.isEmpty)
        // Three lenses, and the network's outputs.
        #expect(plan.exposureBytes == 2 * 640 * 400 + 300 * 300 * 3 + 1400)
        let schema = try schema(plan, settings)
        #expect(node("ImageManip", schema) == nil)
        #expect(links(schema).contains("ColorCamera preview/ → NeuralNetwork in/"))
        #expect(links(schema).contains("NeuralNetwork out/ → XLinkOut in/"))
        // A network that is slow makes nobody wait, and sees the newest picture.
        #expect(node("NeuralNetwork", schema)?.ports.contains("in/ receiver blocking=false size=1 wait=true") == true)
        // In planes, as the network wants them.
        let planar = ColorCamera(socket: 0, previewSize: (300, 300)).properties(.release2_30)
        #expect(node("ColorCamera", schema)?.properties == NOPEncoder.encode(planar))
    }

    @Test(.enabled(if: SharedData.isRequired)) func theNetworksNodeIsThatOfTheVendorsLibrary() throws {
        let number = MessagePackValue.unsigned(DeviceCallID.of("setPipelineSchema"))
        let requests = try OAKRig.packets("all").filter { $0.isFromHost && $0.stream == "__rpc_main" }
        let parts = try requests.compactMap { try MessagePackDecoder.decode($0.payload).list }
        let theirs = try PlainSchema(try #require(parts.first { $0[2] == number }?[3].list?.first))
        let ours = try schema(plan(oakD, work: DeviceWork(network: network(300, 300))))
        #expect(node("NeuralNetwork", ours)?.properties == node("NeuralNetwork", theirs)?.properties)
        #expect(node("NeuralNetwork", theirs) != nil)
    }

    /// Where the box would cut, squeeze or letterbox, the camera does, so that boxes land in the same place.
    @Test func otherPicturesAreMadeTheNetworksOwn() throws {
        func manip(_ fit: DeviceNetwork.Fit, color: DeviceNetwork.Color = .bgr) throws -> PlainSchema.Node? {
            let schema = try schema(plan(oakD, work: DeviceWork(network: network(300, 300, fit, color: color))))
            #expect(links(schema).contains("ColorCamera preview/ → ImageManip inputImage/"))
            #expect(links(schema).contains("ImageManip out/ → NeuralNetwork in/"))
            return node("ImageManip", schema)
        }
        var expected = ImageManip(size: (300, 300))
        (expected.keepsAspectRatio, expected.format, expected.outputBytes) = (false, .bgrPlanar, 270_000)
        #expect(try manip(.stretch)?.properties == NOPEncoder.encode(expected.properties(.release2_30)))
        // The middle 360 of 640 columns.
        expected.crop = (140 / 640.0, 0, 500 / 640.0, 1)
        #expect(try manip(.crop)?.properties == NOPEncoder.encode(expected.properties(.release2_30)))
        #expect(try manip(.crop)?.ports.contains("inputImage/ receiver blocking=false size=1 wait=true") == true)
        (expected.crop, expected.pad, expected.keepsAspectRatio) = (nil, 114, true)
        #expect(try manip(.letterbox(pad: 114))?.properties == NOPEncoder.encode(expected.properties(.release2_30)))
        (expected.pad, expected.keepsAspectRatio) = (nil, false)
        (expected.format, expected.outputBytes) = (.gray8, 90_000)
        #expect(try manip(.stretch, color: .gray)?.properties == NOPEncoder.encode(expected.properties(.release2_30)))
        expected.format = .rgbPlanar
        expected.outputBytes = 270_000
        #expect(try manip(.stretch, color: .rgb)?.properties == NOPEncoder.encode(expected.properties(.release2_30)))
    }

    @Test func aNetworkSeesTheLensThatThereIsOrIsDeclined() throws {
        let pair = Array(oakD.dropFirst())
        let plan = try plan(pair, work: DeviceWork(network: network(300, 300)))
        #expect(plan.network?.lens == .right)
        #expect(try links(schema(plan)).contains("MonoCamera out/ → ImageManip inputImage/"))
        let alone = try self.plan([oakD[0]], work: DeviceWork(network: network(300, 300, lenses: [.left])))
        #expect(alone.tasks.isEmpty && alone.declined[.network]?.contains("no left lens") == true)
    }

    /// A third of 1920 by 1080, as the preview is.
    @Test func videoIsEncodedOfWhatTheColourPicturesShow() throws {
        let video = DeviceVideo(.h264Main, rate: .bitsPerSecond(4_000_000), isVariable: true, keyInterval: 25)
        let plan = try plan(oakD, work: DeviceWork(video: video))
        #expect(plan.tasks == [.video])
        #expect(plan.exposureBytes == 2 * 640 * 400 + 640 * 360 * 3 + 4_000_000 / 8 / 30)
        let schema = try schema(plan)
        #expect(links(schema).contains("ColorCamera video/ → VideoEncoder in/"))
        var encoder = VideoEncoder(.h264Main, frameRate: 30, keyframeInterval: 25, bitrate: 4_000_000)
        encoder.isVariable = true
        #expect(node("VideoEncoder", schema)?.properties == NOPEncoder.encode(encoder.properties(.release2_30)))
        var camera = ColorCamera(socket: 0, previewSize: (640, 360), isInterleaved: true)
        (camera.ispScale, camera.videoSize) = (.init(numerator: 1, denominator: 3), (640, 360))
        #expect(node("ColorCamera", schema)?.properties == NOPEncoder.encode(camera.properties(.release2_30)))
        // What is encoded is never left out: later pictures build on it.
        let out = schema.nodes.first { $0.name.hasPrefix("XLinkOut") && $0.properties.contains(Array("video".utf8)) }
        #expect(out?.ports == ["in/ receiver blocking=true size=8 wait=true"])
    }

    @Test(arguments: [(300, 300, "multiples of 32"), (736, 416, "640x360")])
    func videoOfASizeThatTheCameraDoesNotMakeIsDeclined(width: Int, height: Int, words: String) throws {
        let settings = OAKSettings(colorWidth: width, colorHeight: height)
        let plan = try plan(oakD, settings, work: DeviceWork(video: DeviceVideo(.mjpeg, rate: .bitsPerPixel(1))))
        #expect(plan.tasks.isEmpty && plan.declined[.video]?.contains(words) == true)
    }

    @Test(arguments: [("any", OAKSettings.Device.any), ("192.168.1.20", .address("192.168.1.20"))])
    func devicesAreNamed(text: String, device: OAKSettings.Device) {
        #expect(OAKSettings.Device(text) == device)
        #expect(OAKSettings.Device("14442c10d13eabce00") == .id("14442C10D13EABCE00"))
        for wrong in ["", "camera", "1.2.3", "14442C10", "::1"] { #expect(OAKSettings.Device(wrong) == nil) }
    }
}

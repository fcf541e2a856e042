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
        wantsDepth: Bool = true
    ) throws -> CameraPlan {
        try CameraPlan(settings, features, link: CameraPlan.Link(speed), wantsDepth: wantsDepth)
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
        #expect(try !plan(oakD, wantsDepth: false).measuresDepth)
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

    @Test(arguments: [("any", OAKSettings.Device.any), ("192.168.1.20", .address("192.168.1.20"))])
    func devicesAreNamed(text: String, device: OAKSettings.Device) {
        #expect(OAKSettings.Device(text) == device)
        #expect(OAKSettings.Device("14442c10d13eabce00") == .id("14442C10D13EABCE00"))
        for wrong in ["", "camera", "1.2.3", "14442C10", "::1"] { #expect(OAKSettings.Device(wrong) == nil) }
    }
}

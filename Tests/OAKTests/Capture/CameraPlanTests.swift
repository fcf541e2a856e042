// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import OAK
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
        #expect(Set(plan.graph(OAKSettings(), layout: .release2_30).outputStreams) == Set(plan.streams.keys))
    }

    @Test func anOAK1HasOneLensAndNoDepth() throws {
        let plan = try plan([sensor(0, "IMX378", 4056, 3040, kind: 0)])
        #expect(Set(plan.lenses.keys) == [.color] && !plan.measuresDepth)
        #expect(plan.graph(OAKSettings(), layout: .release2_33).outputStreams == ["rgb"])
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

    @Test(arguments: [("any", OAKSettings.Device.any), ("192.168.1.20", .address("192.168.1.20"))])
    func devicesAreNamed(text: String, device: OAKSettings.Device) {
        #expect(OAKSettings.Device(text) == device)
        #expect(OAKSettings.Device("14442c10d13eabce00") == .id("14442C10D13EABCE00"))
        for wrong in ["", "camera", "1.2.3", "14442C10", "::1"] { #expect(OAKSettings.Device(wrong) == nil) }
    }
}

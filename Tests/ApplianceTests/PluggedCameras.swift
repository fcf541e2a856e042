// SPDX-License-Identifier: Apache-2.0
import Appliance
import Capture
import Core
import Settings
import USB

/// A camera in socket `1-PORT`, as udev would tell of it.
func device(_ serial: String, port: Int, node: Int, incarnation: UInt64 = 1) -> AttachedDevice {
    var device = AttachedDevice(
        systemPath: "/sys/devices/usb1/1-\(port)/video4linux/video\(node)", kind: .video, node: "/dev/video\(node)",
        identity: DeviceIdentity(
            vendor: 0x1d6b, product: 0x0102, serial: serial,
            port: PortPath(controller: "vhci_hcd.0", bus: 1, ports: [port])),
        name: "Test camera", incarnation: incarnation)
    device.speedMegabits = 480
    return device
}

/// A Movidius device in socket `1-PORT`.
func movidius(_ product: UInt16, port: Int = 4, serial: String = "") -> AttachedDevice {
    var device = AttachedDevice(
        systemPath: "/sys/devices/usb1/1-\(port)", kind: .usb, node: "/dev/bus/usb/001/00\(port)",
        identity: DeviceIdentity(
            vendor: 0x03e7, product: product, serial: serial, port: PortPath(controller: "vhci_hcd.0", bus: 1, ports: [port])),
        incarnation: 1)
    device.speedMegabits = 5000
    return device
}

extension CameraTraits {
    static let color = CameraTraits(isReadable: true, hasColor: true, isSideBySide: false, obstacle: "")
    static let mono = CameraTraits(isReadable: true, hasColor: false, isSideBySide: false, obstacle: "")
    static let wide = CameraTraits(isReadable: true, hasColor: false, isSideBySide: true, obstacle: "")
    static let shut = CameraTraits(isReadable: true, hasColor: true, isSideBySide: false, obstacle: "may not be opened")
}

/// A camera with what it is good for.
func camera(
    _ serial: String, port: Int, _ traits: CameraTraits = .color, node: Int? = nil, incarnation: UInt64 = 1
) -> PluggedCamera {
    PluggedCamera(device: device(serial, port: port, node: node ?? 2 * port, incarnation: incarnation), traits: traits)
}

/// The requests of settings in YAML.
func wishes(_ cameras: String) throws -> [CameraRequirement] {
    try ApplianceSettings.read("cameras: [\(cameras)]", name: "test.yml").cameras.compactMap(CameraRequirement.init)
}

func slot(_ name: String) throws -> CameraID {
    guard let id = CameraID(name) else { throw SettingsError(document: "test", path: name, problem: "not a name") }
    return id
}

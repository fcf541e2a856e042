// SPDX-License-Identifier: Apache-2.0

/// What udev and sysfs say about one device, before anything is concluded from it.
package struct UdevRecord: Sendable, Hashable {
    package var systemPath: String
    package var subsystem: String
    package var node: String
    package var links: [String]
    /// udev's properties; few or none where udevd does not run.
    package var properties: [String: String]
    /// The device's own sysfs attributes: `name`, `index`.
    package var attributes: [String: String]
    /// Attributes of the USB device it is or belongs to: `idVendor`, `idProduct`, `serial`, `product`, `speed`.
    package var usb: [String: String]

    package init(
        systemPath: String, subsystem: String, node: String = "", links: [String] = [], properties: [String: String] = [:],
        attributes: [String: String] = [:], usb: [String: String] = [:]
    ) {
        self.systemPath = systemPath
        self.subsystem = subsystem
        self.node = node
        self.links = links
        self.properties = properties
        self.attributes = attributes
        self.usb = usb
    }
}

extension AttachedDevice {
    /// Classifies a device; nil when it is of no interest.
    package init?(_ record: UdevRecord) {
        let vendor = UInt16(record.usb["idVendor"] ?? record.properties["ID_VENDOR_ID"] ?? "", radix: 16) ?? 0
        let product = UInt16(record.usb["idProduct"] ?? record.properties["ID_MODEL_ID"] ?? "", radix: 16) ?? 0
        let kind: Kind
        switch record.subsystem {
        case "video4linux": kind = .video
        case "usb" where DeviceTable.row(vendor: vendor, product: product) != nil: kind = .usb
        default: return nil
        }
        let serial = DeviceText.cleaned(record.usb["serial"] ?? record.properties["ID_SERIAL_SHORT"] ?? "")
        let links = record.links.filter { $0.hasPrefix("/dev/") }.sorted()
        let byID = links.first { $0.hasPrefix(AttachedDevice.byIDFolder) }?.dropFirst(AttachedDevice.byIDFolder.count)
        let identity = DeviceIdentity(
            vendor: vendor, product: product, serial: DeviceTable.placeholderSerials.contains(serial.lowercased()) ? "" : serial,
            byID: byID.map(String.init) ?? "", port: PortPath(systemPath: record.systemPath),
            index: record.attributes["index"].flatMap { Int($0) } ?? 0)
        let names = [
            record.properties["ID_V4L_PRODUCT"], record.attributes["name"], record.usb["product"], record.properties["ID_MODEL"],
        ]
        self.init(
            systemPath: record.systemPath, kind: kind, node: record.node, links: links, identity: identity,
            name: names.lazy.compactMap { $0 }.map(DeviceText.cleaned).first { !$0.isEmpty } ?? "",
            isCapture: record.properties["ID_V4L_CAPABILITIES"].map { $0.contains(":capture:") } ?? true,
            incarnation: record.properties["USEC_INITIALIZED"].flatMap { UInt64($0) } ?? 0)
        speedMegabits = AttachedDevice.speed(record.usb["speed"])
    }

    private static let byIDFolder = "/dev/v4l/by-id/"

    /// sysfs writes 1.5, 12, 480, 5000, 10000 or 20000.
    private static func speed(_ text: String?) -> Double {
        guard let value = text.flatMap({ Double($0) }), (0...100_000).contains(value) else { return 0 }
        return value
    }
}

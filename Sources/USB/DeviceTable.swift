// SPDX-License-Identifier: Apache-2.0

/// What a USB device in the table is to depthd.
public enum DeviceRole: String, Sendable, Hashable, CaseIterable {
    /// A Movidius boot ROM that waits for firmware.
    case movidiusUnbooted
    /// A Movidius device that runs firmware.
    case movidiusRunning
    /// A Movidius device in its flash bootloader.
    case movidiusBootloader
    /// A Movidius device that runs firmware from its own flash.
    case movidiusFlashBooted
}

/// A device known by its numbers.
public struct KnownDevice: Sendable, Hashable {
    public let vendor: UInt16
    public let product: UInt16
    public let name: String
    public let role: DeviceRole
}

/// The devices depthd knows by their USB numbers. UVC cameras need no row: the kernel's driver knows them.
public enum DeviceTable {
    public static let rows: [KnownDevice] = [
        KnownDevice(vendor: 0x03E7, product: 0x2485, name: "Movidius MyriadX, not booted", role: .movidiusUnbooted),
        KnownDevice(vendor: 0x03E7, product: 0x2150, name: "Movidius Myriad 2, not booted", role: .movidiusUnbooted),
        KnownDevice(vendor: 0x03E7, product: 0xF63B, name: "DepthAI camera, running", role: .movidiusRunning),
        KnownDevice(vendor: 0x03E7, product: 0xF63C, name: "DepthAI camera, bootloader", role: .movidiusBootloader),
        KnownDevice(vendor: 0x03E7, product: 0xF63D, name: "DepthAI camera, booted from flash", role: .movidiusFlashBooted),
    ]

    /// The boot ROM reports this instead of a serial number, on every device.
    public static let placeholderSerials: Set<String> = ["03e72485", "03e72150"]

    public static func row(vendor: UInt16, product: UInt16) -> KnownDevice? {
        rows.first { $0.vendor == vendor && $0.product == product }
    }
}

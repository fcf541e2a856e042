// SPDX-License-Identifier: Apache-2.0

/// A device that is plugged in and that depthd cannot use as it is.
public struct DeviceStatus: Sendable, Codable, Hashable {
    /// What it is: `Movidius MyriadX, not booted`.
    public var name: String
    /// Vendor and product number: `03e7:2485`.
    public var usb: String
    /// The socket it is plugged into, as settings name it.
    public var port: String
    /// `unbooted`, `booting`, `running`, `bootloader`, `flash_booted` or `unstable`.
    public var state: String
    /// What is missing.
    public var why: String
    /// What to do about it.
    public var remedy: String

    public init(name: String, usb: String, port: String, state: String, why: String, remedy: String) {
        self.name = name
        self.usb = usb
        self.port = port
        self.state = state
        self.why = why
        self.remedy = remedy
    }
}

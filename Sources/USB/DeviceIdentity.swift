// SPDX-License-Identifier: Apache-2.0

/// What stays the same when a device is unplugged and plugged in again.
public struct DeviceIdentity: Sendable, Hashable {
    /// USB vendor number; 0 when it is no USB device.
    public var vendor: UInt16
    /// USB product number; 0 when it is no USB device.
    public var product: UInt16
    /// The device's own serial number; empty when it has none. Makers do give one number to every device of a kind.
    public var serial: String
    /// Name of its link in `/dev/v4l/by-id`; empty when there is none.
    public var byID: String
    /// The socket it is plugged into; nil when it is no USB device.
    public var port: PortPath?
    /// Number of a video node among those of its interface: 0 has the pictures, 1 of a UVC camera only metadata.
    public var index: Int

    public init(
        vendor: UInt16 = 0, product: UInt16 = 0, serial: String = "", byID: String = "", port: PortPath? = nil, index: Int = 0
    ) {
        self.vendor = vendor
        self.product = product
        self.serial = serial
        self.byID = byID
        self.port = port
        self.index = index
    }

    /// Vendor and product as `lsusb` writes them: `03e7:2485`.
    public var numbers: String { "\(vendor.hexadecimal):\(product.hexadecimal)" }
}

extension UInt16 {
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

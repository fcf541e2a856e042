// SPDX-License-Identifier: Apache-2.0

extension DeviceFinder {
    /// All that may be meant.
    func find(_ device: OAKSettings.Device) throws(DiscoveryError) -> [FoundCamera] {
        switch device {
        case .address(let address): try find(address: address)
        case .any: try find()
        case .id(let id): try find().filter { $0.answer.mxid == id }
        case .usb, .socket: []
        }
    }
}

extension OAKSettings.Device {
    /// What to say when nothing that is meant answers in the network.
    var missing: String {
        switch self {
        case .any:
            "no OAK camera is plugged in or answers in the network; name its address in oak.device if it is on another one"
        case .id(let id): "camera \(id) does not answer on the network; check its cable and power"
        case .address(let address): "no OAK camera answers at \(address) (UDP port 11491); check its address, cable and power"
        case .usb, .socket: "no OAK camera is plugged in"
        }
    }
}

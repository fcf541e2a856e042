// SPDX-License-Identifier: Apache-2.0

/// Everything attached at one moment.
public struct DeviceRoster: Sendable, Hashable {
    /// In the order of their nodes, numbers compared as numbers.
    public let devices: [AttachedDevice]

    public init(_ devices: [AttachedDevice] = []) {
        self.devices = devices.sorted { DeviceRoster.order($0) < DeviceRoster.order($1) }
    }

    /// Name, number at its end, place: so that video10 comes after video9.
    private static func order(_ device: AttachedDevice) -> (String, Int, String) {
        let digits = String(device.node.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
        return (String(device.node.dropLast(digits.count)), Int(digits) ?? -1, device.systemPath)
    }

    /// Video nodes that deliver pictures.
    public var cameras: [AttachedDevice] {
        devices.filter { $0.kind == .video && $0.isCapture && $0.identity.index == 0 }
    }

    /// Movidius devices in any state.
    public var movidius: [AttachedDevice] { devices.filter { $0.kind == .usb } }

    /// What a settings entry means now.
    public func find(_ selector: DeviceSelector) -> DeviceMatch {
        let candidates = selector.namesNode ? devices : cameras + movidius
        let found = candidates.filter(selector.matches)
        switch found.count {
        case 0: return .none
        case 1: return .one(found[0])
        default: return .several(found)
        }
    }

    /// Devices of one model in different sockets that their serial numbers do not tell apart.
    public var twins: [DeviceTwins] {
        struct Model: Hashable { var vendor: UInt16, product: UInt16, serial: String }
        // Unbooted Movidius devices never have a number; their sockets are all there is, and all that is needed.
        let candidates = (cameras + movidius).filter { $0.identity.port != nil && $0.known?.role != .movidiusUnbooted }
        let groups = Dictionary(grouping: candidates) {
            Model(vendor: $0.identity.vendor, product: $0.identity.product, serial: $0.identity.serial)
        }
        return groups.values.filter { group in Set(group.map(\.identity.port?.socket)).count > 1 }
            .map { DeviceTwins(serial: $0[0].identity.serial, devices: $0) }
            .sorted { ($0.serial, $0.devices[0].systemPath) < ($1.serial, $1.devices[0].systemPath) }
    }
}

/// What a selector found.
public enum DeviceMatch: Sendable, Hashable {
    case none
    case one(AttachedDevice)
    case several([AttachedDevice])
}

/// Devices that have to be told apart by where they are plugged in.
public struct DeviceTwins: Sendable, Hashable, CustomStringConvertible {
    /// The number they share; empty when they have none.
    public let serial: String
    public let devices: [AttachedDevice]

    public var description: String {
        let places = devices.map { "\($0.node) at port:\($0.identity.port?.socket ?? "?")" }.joined(separator: ", ")
        let reason = serial.isEmpty ? "have no serial number" : "share the serial number \(serial)"
        return "\(devices.count) devices \(reason) (\(places)): name them by port"
    }
}

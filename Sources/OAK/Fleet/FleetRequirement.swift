// SPDX-License-Identifier: Apache-2.0
package import Core
import USB

/// Which OAK camera a slot wants.
package struct FleetRequirement: Sendable, Hashable {
    package let slot: CameraID
    package let device: OAKSettings.Device
    /// Whether the slot has something else to show: it takes no camera that cannot be started.
    package let hasOther: Bool
    /// Whether every slot goes before it: it gets what no slot wants, and gives it up as soon as one does.
    let yields: Bool

    package init(slot: CameraID, device: OAKSettings.Device, hasOther: Bool) {
        (self.slot, self.device, self.hasOther, yields) = (slot, device, hasOther, false)
    }

    /// That of the accelerator.
    init(accelerator device: OAKSettings.Device) {
        (slot, self.device, yields) = (.accelerator, device, true)
        hasOther =
            switch device {
            case .any, .usb, .socket: true
            case .id, .address: false
            }
    }

    /// Whether it names one camera, which nobody else gets for want of a name.
    var isNamed: Bool {
        guard !yields else { return false }
        return switch device {
        case .any, .usb: false
        case .socket, .id, .address: true
        }
    }

    /// Whether the camera may be in the network. Where there is something else to show, it must have been named.
    var reachesNetwork: Bool {
        switch device {
        case .id, .address: true
        case .any: !hasOther
        case .usb, .socket: false
        }
    }
}

/// What a slot may open of the fleet now.
package enum FleetOffer: Sendable, Hashable {
    /// The one on USB that was plugged in as this.
    case camera(plug: Int)
    /// Whatever answers in the network.
    case network
}

extension CameraID {
    /// What has a camera not for its pictures but for its processor.
    package static let accelerator = CameraID(holder: "the accelerator")
}

extension OAKSettings.Device {
    /// Whether a camera is what is meant. One in its boot ROM may be any.
    func fits(_ camera: FleetCamera) -> Bool {
        switch self {
        case .any: true
        case .usb: camera.address == nil
        case .socket(let socket):
            [camera.ports.boot, camera.ports.running].contains { $0?.description == socket || $0?.socket == socket }
        case .id(let id): camera.mxid == id
        case .address(let address): camera.address == address
        }
    }
}

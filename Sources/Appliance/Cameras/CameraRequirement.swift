// SPDX-License-Identifier: Apache-2.0
import Capture
package import Core
package import OAK
package import USB

/// Which plugged-in cameras a slot wants, read off its settings.
package struct CameraRequirement: Sendable, Hashable {
    package let slot: CameraID
    /// The OAK camera it would take before all others; nil for a slot that takes none.
    package let oak: FleetRequirement?
    /// The places to fill with cameras of the kernel's; the slot runs when all are taken. None for a slot that takes an OAK only.
    package let places: [Place]
    /// Whether the demo stands in while no camera is there.
    package let hasDemo: Bool

    /// A place for one camera.
    package enum Position: String, Sendable, Hashable {
        case only, left, right, color
    }

    package struct Place: Sendable, Hashable {
        package let position: Position
        /// nil takes the first that fits.
        let selector: DeviceSelector?
        /// What the camera must be; nil for anything. Binds only where the settings leave the choice open: a camera that
        /// was named is taken, and says itself when it cannot do what is asked.
        let role: CameraRole?

        func fits(_ camera: PluggedCamera) -> Bool {
            if let selector { return selector.matches(camera.device) }
            guard let role else { return true }
            // A colour camera gives grey pictures too.
            return role == .mono ? camera.traits.role != .sideBySide : camera.traits.role == role
        }
    }

    /// - Returns: nil for a slot that needs no camera.
    package init?(_ settings: CameraSettings) {
        let v4l2: CameraSettings.V4L2
        slot = settings.id
        switch settings.source {
        case .auto(let wanted, _, let camera):
            (v4l2, hasDemo) = (wanted, true)
            // Who says which webcam it is to be does not want another camera because it is plugged in.
            let isOpen = wanted.isOpen || camera.device != .any
            oak = isOpen ? FleetRequirement(slot: slot, device: camera.device, hasOther: true) : nil
        case .v4l2(let wanted): (v4l2, hasDemo, oak) = (wanted, false, nil)
        case .oak(let camera):
            self.places = []
            hasDemo = false
            oak = FleetRequirement(slot: slot, device: camera.device, hasOther: false)
            return
        case .demo, .replay, .media: return nil
        }
        func place(_ position: Position, _ selector: DeviceSelector?, _ role: CameraRole?) -> Place {
            Place(position: position, selector: selector, role: role)
        }
        var places: [Place]
        switch v4l2.layout {
        case .auto: places = [place(.only, v4l2.device, nil)]
        case .color: places = [place(.only, v4l2.device, .color)]
        case .mono: places = [place(.only, v4l2.device, .mono)]
        case .sideBySide: places = [place(.only, v4l2.device, .sideBySide)]
        case .pair: places = [place(.left, v4l2.left, .mono), place(.right, v4l2.right, .mono)]
        }
        if v4l2.hasColor { places.append(place(.color, v4l2.color, .color)) }
        self.places = places
    }
}

extension CameraSettings.V4L2 {
    /// Whether any one camera will do.
    fileprivate var isOpen: Bool { layout == .auto && device == nil && !hasColor }
}

/// A camera that is plugged in, with what it is good for.
package struct PluggedCamera: Sendable, Hashable {
    package let device: AttachedDevice
    package let traits: CameraTraits

    package init(device: AttachedDevice, traits: CameraTraits) {
        self.device = device
        self.traits = traits
    }

    /// Two are the same while the camera stays plugged in: a link or a mode that changes makes no other camera of it.
    package static func == (left: PluggedCamera, right: PluggedCamera) -> Bool {
        left.device.systemPath == right.device.systemPath && left.device.incarnation == right.device.incarnation
            && left.device.node == right.device.node
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(device.systemPath)
        hasher.combine(device.incarnation)
    }
}

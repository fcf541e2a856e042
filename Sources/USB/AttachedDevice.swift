// SPDX-License-Identifier: Apache-2.0

/// A device of interest: a video node, or a USB device that is a camera without one (Movidius).
public struct AttachedDevice: Sendable, Hashable, Identifiable {
    public enum Kind: String, Sendable, Hashable {
        case video
        case usb
    }

    /// Its place in sysfs: unique among the devices attached at one moment.
    public var systemPath: String
    public var kind: Kind
    /// Its node under `/dev`; empty when it has none.
    public var node: String
    /// Symbolic links to the node, sorted.
    public var links: [String]
    public var identity: DeviceIdentity
    /// What the maker calls it; empty when unknown.
    public var name: String
    /// Its row in the device table, if it has one.
    public var known: KnownDevice?
    /// Whether udev takes a video node for one that delivers pictures; true where udev does not say.
    public var isCapture: Bool
    /// Speed of the USB link in megabits a second; 0 when unknown.
    public var speedMegabits = 0.0
    /// Another number each time the device is plugged in; 0 when udev does not say.
    public var incarnation: UInt64

    public var id: String { systemPath }

    public init(
        systemPath: String, kind: Kind, node: String = "", links: [String] = [], identity: DeviceIdentity = DeviceIdentity(),
        name: String = "", isCapture: Bool = true, incarnation: UInt64 = 0
    ) {
        self.systemPath = systemPath
        self.kind = kind
        self.node = node
        self.links = links.sorted()
        self.identity = identity
        self.name = name
        known = DeviceTable.row(vendor: identity.vendor, product: identity.product)
        self.isCapture = isCapture
        self.incarnation = incarnation
    }
}

// SPDX-License-Identifier: Apache-2.0

/// One settled change.
public enum DeviceChange: Sendable, Hashable {
    case added(AttachedDevice)
    case removed(AttachedDevice)
    /// The same device, still plugged in, with other properties: mode, links, driver.
    case changed(from: AttachedDevice, to: AttachedDevice)

    /// The device as it is now, or was last.
    public var device: AttachedDevice {
        switch self {
        case .added(let device), .removed(let device), .changed(_, let device): device
        }
    }
}

/// What the watcher delivers: what has changed since the last delivery, and everything attached now.
public struct DeviceNews: Sendable, Hashable {
    /// Removals first. A device that was pulled and put back is in it twice.
    public let changes: [DeviceChange]
    public let roster: DeviceRoster
    /// The enumeration at the start.
    public let isFirst: Bool

    package init(changes: [DeviceChange], roster: DeviceRoster, isFirst: Bool) {
        self.changes = changes
        self.roster = roster
        self.isFirst = isFirst
    }
}

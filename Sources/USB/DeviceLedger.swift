// SPDX-License-Identifier: Apache-2.0
package import Core

/// How long the watcher lets a device settle before it speaks of it.
public struct DebouncePace: Sendable, Hashable {
    /// Nanoseconds without another event for the device.
    public var quiet: Int64
    /// Nanoseconds after its first event at the latest, however much it flutters.
    public var longest: Int64

    public init(quiet: Int64, longest: Int64) {
        precondition(quiet >= 0 && longest >= quiet)
        self.quiet = quiet
        self.longest = longest
    }

    /// 100 ms of quiet, 500 ms at most: a plug makes a handful of events within some 50 ms.
    public static let usual = DebouncePace(quiet: 100_000_000, longest: 500_000_000)
}

/// Two lists of devices, what udev says and what was last told, and the times at which to tell the difference.
///
/// However many events come, what is told is a difference of two states: a storm costs one delivery for each device and
/// pace, and a lost event costs nothing once the whole list has been read again.
package struct DeviceLedger: Sendable {
    private var live: [String: AttachedDevice] = [:]
    private var told: [String: AttachedDevice] = [:]
    private var unsettled: [String: Window] = [:]
    private let pace: DebouncePace

    private struct Window: Sendable {
        var first: Timestamp
        var last: Timestamp
        /// It was gone in between, so whoever had it open holds a dead handle.
        var wasGone: Bool
    }

    /// More than any host has sockets for; beyond it devices are not taken in.
    package static let capacity = 512

    package init(pace: DebouncePace) {
        self.pace = pace
    }

    /// A device was added or changed. Returns false when there are too many.
    @discardableResult
    package mutating func attached(_ device: AttachedDevice, at now: Timestamp) -> Bool {
        let previous = live[device.systemPath]
        guard previous != device else { return true }
        guard previous != nil || live.count < Self.capacity else { return false }
        live[device.systemPath] = device
        touch(device.systemPath, at: now)
        return true
    }

    /// A device is gone.
    package mutating func detached(_ systemPath: String, at now: Timestamp) {
        guard live.removeValue(forKey: systemPath) != nil else { return }
        touch(systemPath, at: now, wasGone: true)
    }

    /// The whole list, read anew. Returns false when there are too many.
    @discardableResult
    package mutating func replace(with devices: [AttachedDevice], at now: Timestamp) -> Bool {
        let present = Set(devices.map(\.systemPath))
        for path in live.keys where !present.contains(path) { detached(path, at: now) }
        return devices.reduce(true) { attached($1, at: now) && $0 }
    }

    private mutating func touch(_ path: String, at now: Timestamp, wasGone: Bool = false) {
        var window = unsettled[path] ?? Window(first: now, last: now, wasGone: false)
        window.last = max(window.last, now)
        window.wasGone = window.wasGone || wasGone
        // What came and went before anybody heard of it leaves no trace.
        unsettled[path] = live[path] == nil && told[path] == nil ? nil : window
    }

    private func due(_ window: Window) -> Timestamp {
        min(window.last.advanced(byNanoseconds: pace.quiet), window.first.advanced(byNanoseconds: pace.longest))
    }

    /// When to call `settle` next; nil when there is nothing to tell.
    package var deadline: Timestamp? { unsettled.values.lazy.map(due).min() }

    /// The changes that have settled by `now`, removals first.
    package mutating func settle(at now: Timestamp) -> [DeviceChange] {
        var removed: [DeviceChange] = []
        var others: [DeviceChange] = []
        for (path, window) in unsettled.sorted(by: { $0.key < $1.key }) where due(window) <= now {
            unsettled[path] = nil
            let (before, after) = (told[path], live[path])
            told[path] = after
            switch (before, after) {
            case (nil, nil): break
            case (nil, let after?): others.append(.added(after))
            case (let before?, nil): removed.append(.removed(before))
            case (let before?, let after?):
                if window.wasGone || before.incarnation != after.incarnation {
                    removed.append(.removed(before))
                    others.append(.added(after))
                } else if before != after {
                    others.append(.changed(from: before, to: after))
                }
            }
        }
        return removed + others
    }

    /// Everything that was told and not taken back.
    package var roster: DeviceRoster { DeviceRoster(Array(told.values)) }
}

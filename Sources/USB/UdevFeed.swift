// SPDX-License-Identifier: Apache-2.0
import CUdev
import Foundation

/// libudev's list and monitor: udev's own events, sent when its rules have set node, mode and links, 30 to 50 ms after
/// the kernel's.
///
/// `@unchecked Sendable`: libudev objects may be used by one thread at a time. The feed is made by one thread and handed
/// to the watcher's, which alone uses it from then on.
final class UdevFeed: DeviceFeed, @unchecked Sendable {
    private let udev: OpaquePointer
    private let monitor: OpaquePointer

    /// An event is about 2 KB, 4 KB with the kernel's bookkeeping: ten seconds of a hundred events each.
    private static let socketBuffer: Int32 = 4 << 20

    init() throws(USBError) {
        guard let udev = udev_new() else { throw .unavailable("libudev: \(UdevFeed.reason())") }
        guard let monitor = udev_monitor_new_from_netlink(udev, "udev") else {
            defer { udev_unref(udev) }
            throw .unavailable("udev's events: \(UdevFeed.reason())")
        }
        (self.udev, self.monitor) = (udev, monitor)
        udev_monitor_filter_add_match_subsystem_devtype(monitor, "video4linux", nil)
        udev_monitor_filter_add_match_subsystem_devtype(monitor, "usb", "usb_device")
        // Without CAP_NET_ADMIN the kernel gives less; lost events are then noticed and made good.
        udev_monitor_set_receive_buffer_size(monitor, UdevFeed.socketBuffer)
        guard udev_monitor_enable_receiving(monitor) >= 0 else { throw .unavailable("udev's events: \(UdevFeed.reason())") }
    }

    deinit {
        udev_monitor_unref(monitor)
        udev_unref(udev)
    }

    private static func reason() -> String { String(cString: strerror(errno)) }

    /// Whether there is a udevd that sends events: not in most containers.
    static var isServed: Bool { access("/run/udev/control", F_OK) == 0 }

    var descriptor: Int32 { udev_monitor_get_fd(monitor) }

    func enumerate() throws(USBError) -> [AttachedDevice] {
        try UdevFeed.enumerate(udev)
    }

    /// Reads the list without listening for events.
    static func list() throws(USBError) -> [AttachedDevice] {
        guard let udev = udev_new() else { throw .unavailable("libudev: \(reason())") }
        defer { udev_unref(udev) }
        return try enumerate(udev)
    }

    private static func enumerate(_ udev: OpaquePointer) throws(USBError) -> [AttachedDevice] {
        guard let list = udev_enumerate_new(udev) else { throw .unavailable("the list of devices: \(reason())") }
        defer { udev_enumerate_unref(list) }
        udev_enumerate_add_match_subsystem(list, "video4linux")
        udev_enumerate_add_match_subsystem(list, "usb")
        guard udev_enumerate_scan_devices(list) >= 0 else { throw .unavailable("the list of devices: \(reason())") }
        let waitsForRules = isServed
        var devices: [AttachedDevice] = []
        var entry = udev_enumerate_get_list_entry(list)
        while let current = entry {
            entry = udev_list_entry_get_next(current)
            // One that vanished meanwhile cannot be opened; one that is not ready yet will come as an event.
            guard let path = udev_list_entry_get_name(current), let device = udev_device_new_from_syspath(udev, path) else {
                continue
            }
            defer { udev_device_unref(device) }
            guard !waitsForRules || udev_device_get_is_initialized(device) > 0 else { continue }
            if let attached = AttachedDevice(UdevRecord(device)) { devices.append(attached) }
        }
        return devices
    }

    func next() -> DeviceFeedEvent? {
        errno = 0
        guard let device = udev_monitor_receive_device(monitor) else {
            switch errno {
            case 0, EAGAIN, EINTR: return nil
            case ENOBUFS: return .overrun("udev's events arrived faster than they were read")
            case let code: return .overrun("udev's events: \(String(cString: strerror(code)))")
            }
        }
        defer { udev_device_unref(device) }
        guard let path = udev_device_get_syspath(device).map({ String(cString: $0) }) else { return .other }
        switch udev_device_get_action(device).map({ String(cString: $0) }) {
        case "remove", "offline": return .detached(systemPath: path)
        case "move": return .overrun("a device was renamed")
        default: return AttachedDevice(UdevRecord(device)).map { .attached($0) } ?? .other
        }
    }
}

extension UdevRecord {
    /// Copies out of libudev what is of interest. Attributes are read from sysfs, so they are missing of what is gone.
    init(_ device: OpaquePointer) {
        func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
        let subsystem = text(udev_device_get_subsystem(device)) ?? ""
        let usb = subsystem == "usb" ? device : udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device")
        self.init(
            systemPath: text(udev_device_get_syspath(device)) ?? "", subsystem: subsystem,
            node: text(udev_device_get_devnode(device)) ?? "", links: UdevRecord.links(device))
        for name in UdevRecord.properties { properties[name] = text(udev_device_get_property_value(device, name)) }
        if subsystem == "video4linux" {
            for name in ["name", "index"] { attributes[name] = text(udev_device_get_sysattr_value(device, name)) }
        }
        guard let usb else { return }
        for name in UdevRecord.usbAttributes { self.usb[name] = text(udev_device_get_sysattr_value(usb, name)) }
    }

    private static let properties = [
        "ID_VENDOR_ID", "ID_MODEL_ID", "ID_MODEL", "ID_SERIAL_SHORT", "ID_V4L_PRODUCT", "ID_V4L_CAPABILITIES", "USEC_INITIALIZED",
    ]
    private static let usbAttributes = ["idVendor", "idProduct", "serial", "product", "speed"]

    private static func links(_ device: OpaquePointer) -> [String] {
        var links: [String] = []
        var entry = udev_device_get_devlinks_list_entry(device)
        while let current = entry, links.count < 64 {
            if let name = udev_list_entry_get_name(current) { links.append(String(cString: name)) }
            entry = udev_list_entry_get_next(current)
        }
        return links
    }
}

// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Synchronization
import Testing
import USB

/// Devices as udev describes them, made up for tests.
enum DeviceFixtures {
    /// A UVC camera's video node.
    static func camera(
        _ number: Int, serial: String = "LEFT", port: String = "1-1", index: Int = 0, incarnation: UInt64 = 1
    ) -> AttachedDevice {
        let bus = port.prefix { $0 != "-" }
        return AttachedDevice(
            systemPath: "/sys/devices/platform/vhci_hcd.0/usb\(bus)/\(port)/\(port):1.0/video4linux/video\(number)", kind: .video,
            node: "/dev/video\(number)", links: ["/dev/v4l/by-id/usb-vmrig_cam_\(serial)-video-index\(index)"],
            identity: DeviceIdentity(
                vendor: 0x1D6B, product: 0x0102, serial: serial, byID: "usb-vmrig_cam_\(serial)-video-index\(index)",
                port: PortPath(systemPath: "/sys/devices/platform/vhci_hcd.0/usb\(bus)/\(port)"), index: index),
            name: "cam", incarnation: incarnation)
    }

    /// A Movidius device in the state its product number says.
    static func movidius(_ product: UInt16, serial: String = "", port: String = "1-2", speed: Double = 480) -> AttachedDevice {
        let bus = port.prefix { $0 != "-" }
        let path = "/sys/devices/pci0000:00/0000:00:14.0/usb\(bus)/\(port)"
        var device = AttachedDevice(
            systemPath: path, kind: .usb, node: "/dev/bus/usb/001/005",
            identity: DeviceIdentity(vendor: 0x03E7, product: product, serial: serial, port: PortPath(systemPath: path)),
            incarnation: 1)
        device.speedMegabits = speed
        return device
    }
}

/// A feed that a test fills: events wait in a list, and a socket makes the watcher's `poll` return as a real socket does.
final class ScriptedFeed: DeviceFeed {
    private let state = Mutex((list: [AttachedDevice](), events: [DeviceFeedEvent](), enumerations: 0, failures: 0))
    private let ends: (read: Int32, write: Int32)

    init(_ list: [AttachedDevice] = []) {
        var pair: [Int32] = [0, 0]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0)
        ends = (pair[0], pair[1])
        state.withLock { $0.list = list }
    }

    deinit {
        close(ends.read)
        close(ends.write)
    }

    var descriptor: Int32 { ends.read }

    func enumerate() throws(USBError) -> [AttachedDevice] {
        let list = state.withLock { state -> [AttachedDevice]? in
            state.enumerations += 1
            guard state.failures == 0 else {
                state.failures -= 1
                return nil
            }
            return state.list
        }
        guard let list else { throw .unavailable("scripted") }
        return list
    }

    func next() -> DeviceFeedEvent? {
        state.withLock { state in
            guard !state.events.isEmpty else { return nil }
            let event = state.events.removeFirst()
            if state.events.isEmpty { drainSocket() }
            return event
        }
    }

    private func drainSocket() {
        var byte: UInt8 = 0
        while read(ends.read, &byte, 1) > 0 {}
    }

    var enumerations: Int { state.withLock { $0.enumerations } }

    /// What the next enumerations say, after so many failures.
    func set(list: [AttachedDevice], failures: Int = 0) {
        state.withLock { ($0.list, $0.failures) = (list, failures) }
    }

    /// Events that arrive together.
    func send(_ events: [DeviceFeedEvent]) {
        state.withLock { state in
            state.events += events
            var byte: UInt8 = 1
            _ = write(ends.write, &byte, 1)
        }
    }

    /// Readable for ever, without an event.
    func jam() {
        var byte: UInt8 = 1
        _ = write(ends.write, &byte, 1)
    }
}

/// What this process holds.
struct ProcessFigures: Hashable {
    var descriptors: Int
    var threads: Int
    var residentBytes: Int

    static func now() -> ProcessFigures {
        func entries(_ path: String) -> Int { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).count }
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first
        return ProcessFigures(
            descriptors: entries("/proc/self/fd"), threads: entries("/proc/self/task"),
            residentBytes: (pages.flatMap { Int($0) } ?? 0) * Int(getpagesize()))
    }
    /// A turn that leaves a file, a thread or a kilobyte behind leaves a thousand of them; a handful comes and goes with the
    /// concurrency runtime and its allocator.
    func expectNothingLeft(since before: ProcessFigures) {
        #expect(descriptors - before.descriptors < 8)
        #expect(threads - before.threads < 8)
        #expect(residentBytes - before.residentBytes < 4 << 20)
    }
}

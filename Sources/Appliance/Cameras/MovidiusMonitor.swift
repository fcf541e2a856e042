// SPDX-License-Identifier: Apache-2.0
package import Core
package import Pipeline
package import USB

/// What the box knows about plugged-in Movidius devices: one boot machine behind each socket. Pure.
package struct MovidiusMonitor: Sendable {
    private var machines: [String: (machine: BootMachine, device: AttachedDevice?, report: BootReport?)] = [:]

    package init() {}

    /// Takes what is plugged in.
    /// - Returns: reports worth a line in the log.
    package mutating func observe(_ devices: [AttachedDevice], at now: Timestamp) -> [BootReport] {
        var present: [String: AttachedDevice] = [:]
        for device in devices { present[device.identity.port?.socket ?? device.systemPath] = device }
        var news: [BootReport] = []
        for socket in Set(machines.keys).union(present.keys).sorted() {
            var entry = machines[socket] ?? (BootMachine(socket: socket), nil, nil)
            if let report = entry.machine.observe(present[socket], at: now) {
                entry.report = report
                news.append(report)
            }
            // While it changes its numbers it is on no bus; it goes on under its last name.
            entry.device = present[socket] ?? entry.device
            machines[socket] = entry.machine.state == .absent ? nil : entry
        }
        return news
    }

    /// When to `observe` again though nothing was plugged.
    package var deadline: Timestamp? {
        machines.values.compactMap(\.machine.deadline).min { $0.nanoseconds < $1.nanoseconds }
    }

    /// Every device with what is missing.
    package var statuses: [DeviceStatus] {
        machines.sorted { $0.key < $1.key }.compactMap { socket, entry in
            guard let device = entry.device, let report = entry.report else { return nil }
            return DeviceStatus(
                name: device.known?.name ?? device.name, usb: device.identity.numbers, port: socket,
                state: report.state.word, why: report.problem, remedy: report.remedy)
        }
    }
}

extension BootMachine.State {
    /// The word in `status`.
    var word: String {
        switch self {
        case .absent: "absent"
        case .unbooted: "unbooted"
        case .booting: "booting"
        case .running: "running"
        case .bootloader: "bootloader"
        case .flashBooted: "flash_booted"
        case .unstable: "unstable"
        }
    }
}

extension DeviceIdentity {
    /// Vendor and product as `lsusb` writes them: `03e7:2485`.
    var numbers: String { "\(vendor.hexadecimal):\(product.hexadecimal)" }
}

extension UInt16 {
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

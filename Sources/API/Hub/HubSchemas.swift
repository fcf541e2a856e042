// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline

/// The hub's `DeviceInfo`.
struct DeviceInfo: Encodable {
    var mxid: String
    var name: String
    var camera_name: String
    var platform = "X_LINK_ANY_PLATFORM"
    var `protocol`: String
    var state: String
    var status = "X_LINK_SUCCESS"

    init(_ camera: HubCamera) {
        mxid = camera.id
        name = camera.service.id.name
        camera_name = camera.status.devices.first ?? camera.status.source
        // Cameras of the kernel are behind USB or CSI; recordings and the demo are behind nothing.
        self.protocol = camera.status.source == "v4l2" ? "X_LINK_USB_VSC" : "X_LINK_IPC"
        state = camera.isOpen ? "X_LINK_BOOTED" : "X_LINK_UNBOOTED"
    }
}

/// The hub's `CameraStats`: the box computes what the camera's chip computed, so the figures are the box's.
struct CameraStats: Encodable {
    struct Temperature: Encodable {
        /// Celsius.
        var average, css, dss, mss, upa: Double
    }

    struct Memory: Encodable {
        /// Bytes.
        var total, used, remaining: Int
    }

    var chip_temperature: Temperature
    /// The chip's own memory, which the box has not: 0.
    var cmx_memory_usage = Memory(total: 0, used: 0, remaining: 0)
    var ddr_memory_usage: Memory

    init(_ system: SystemStatus) {
        let all = system.temperatures.values.filter(\.isFinite)
        let average = all.isEmpty ? 0 : all.reduce(0, +) / Double(all.count)
        let processor = system.temperatures.sorted { $0.key < $1.key }.first { $0.key.lowercased().contains("cpu") }?.value
        let chip = processor ?? average
        chip_temperature = Temperature(average: average, css: chip, dss: chip, mss: chip, upa: chip)
        ddr_memory_usage = Memory(
            total: system.memoryTotalBytes, used: max(0, system.memoryTotalBytes - system.memoryAvailableBytes),
            remaining: system.memoryAvailableBytes)
    }
}

/// The hub's `StreamInfo`.
struct StreamInfo: Encodable {
    var name: String
    var active: Bool
}

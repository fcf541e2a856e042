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
        name = camera.door.id.name
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

/// The hub's `SensorControl` with its first values.
struct SensorControl: Encodable {
    var exposure_time = 1
    var sensitivity_iso = 850
    var auto_exposure_enable = true
    var auto_exposure_compensation = 0
    var auto_exposure_limit = 0
    var auto_exposure_lock = false
    var contrast = 0
    var brightness = 0
    var saturation = 0
    var chroma_denoise = 0
    var luma_denoise = 0
    var auto_whitebalance_lock = false
    var auto_whitebalance_mode = "AUTO"
    var manual_whitebalance = 6500
    /// No lens here has a motor that can be told.
    var focus: Int?

    private enum Key: String, CodingKey {
        case exposure_time, sensitivity_iso, auto_exposure_enable, auto_exposure_compensation, auto_exposure_limit
        case auto_exposure_lock, contrast, brightness, saturation, chroma_denoise, luma_denoise, auto_whitebalance_lock
        case auto_whitebalance_mode, manual_whitebalance, focus
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(exposure_time, forKey: .exposure_time)
        try fields.encode(sensitivity_iso, forKey: .sensitivity_iso)
        try fields.encode(auto_exposure_enable, forKey: .auto_exposure_enable)
        try fields.encode(auto_exposure_compensation, forKey: .auto_exposure_compensation)
        try fields.encode(auto_exposure_limit, forKey: .auto_exposure_limit)
        try fields.encode(auto_exposure_lock, forKey: .auto_exposure_lock)
        try fields.encode(contrast, forKey: .contrast)
        try fields.encode(brightness, forKey: .brightness)
        try fields.encode(saturation, forKey: .saturation)
        try fields.encode(chroma_denoise, forKey: .chroma_denoise)
        try fields.encode(luma_denoise, forKey: .luma_denoise)
        try fields.encode(auto_whitebalance_lock, forKey: .auto_whitebalance_lock)
        try fields.encode(auto_whitebalance_mode, forKey: .auto_whitebalance_mode)
        try fields.encode(manual_whitebalance, forKey: .manual_whitebalance)
        try fields.encode(focus, forKey: .focus)
    }
}

// SPDX-License-Identifier: Apache-2.0
import OAK
import Settings

extension OAKSettings {
    init(_ section: SettingsSection) throws(SettingsError) {
        let device = try Self.device(section, "device", default: "any")
        let hasColor = try section.flag("color", default: true)
        let width = try section.integer("color_width", default: 640, in: 64...3840)
        let height = try section.integer("color_height", default: 360, in: 64...2160)
        guard width.isMultiple(of: 2), height.isMultiple(of: 2) else {
            throw section.refusal("color_width", "color_width and color_height must be even")
        }
        self.init(
            device: device, mono: try section.choice("mono", default: .p400), colorWidth: hasColor ? width : 0,
            colorHeight: hasColor ? height : 0, framesPerSecond: try section.number("fps", default: 30, in: 1...120),
            projector: try section.number("projector", default: 0, in: 0...1),
            flood: try section.number("flood", default: 0, in: 0...1))
        motionRate = try section.integer("imu", default: 0, in: 0...500)
        usb2 = try section.flag("usb2", default: false)
        try section.finish()
    }

    /// Which camera a key names.
    static func device(
        _ section: SettingsSection, _ key: String, default standard: String
    ) throws(SettingsError) -> Device {
        guard let device = Device(try section.text(key, default: standard, maximumLength: 64)) else {
            throw section.refusal(
                key,
                "must be any, usb, usb: and a socket such as usb:1-1.2, an address such as 192.168.1.20, or the camera's number of "
                    + "18 digits; `depthd cameras` lists what is plugged in")
        }
        return device
    }
}

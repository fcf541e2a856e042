// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Foundation

/// One thing that can be set on a device.
public struct V4L2Control: Sendable, Hashable {
    /// Short name (`exposure`, `gain`) or the driver's own in small letters and underscores.
    public var name: String
    public var minimum: Int
    public var maximum: Int
    public var step: Int
    public var standard: Int
    /// Nil when it cannot be read.
    public var value: Int?
    /// Has no effect now because an automatic control is on.
    public var isInactive: Bool
    public var isReadOnly: Bool
    package let id: UInt32

    /// Short names by the kernel's number. They are the same for every driver; what drivers call them is not.
    package static let shortNames: [Int: String] = [
        CV_BRIGHTNESS: "brightness", CV_CONTRAST: "contrast", CV_SATURATION: "saturation", CV_SHARPNESS: "sharpness",
        CV_GAMMA: "gamma", CV_GAIN: "gain", CV_AUTO_GAIN: "auto_gain", CV_AUTO_WHITE_BALANCE: "auto_white_balance",
        CV_WHITE_BALANCE: "white_balance", CV_POWER_LINE: "power_line_frequency", CV_BACKLIGHT: "backlight_compensation",
        CV_AUTO_EXPOSURE: "auto_exposure", CV_EXPOSURE: "exposure", CV_VARIABLE_RATE: "variable_rate", CV_FOCUS: "focus",
        CV_AUTO_FOCUS: "auto_focus", CV_ZOOM: "zoom", CV_EXPOSURE_BIAS: "exposure_bias",
    ]

    /// Setting the first by hand means turning the second to the value that says so.
    package static let automatics: [(manual: String, automatic: String, value: Int)] = [
        ("exposure", "auto_exposure", Int(V4L2_EXPOSURE_MANUAL.rawValue)), ("focus", "auto_focus", 0),
        ("white_balance", "auto_white_balance", 0), ("gain", "auto_gain", 0),
    ]
}

/// Reads and sets the controls of a device.
package struct V4L2Controls {
    package let port: V4L2Device
    package let all: [V4L2Control]

    /// Number of controls after which enumeration stops, for drivers that never end it.
    private static let limit = 128

    package init(_ port: V4L2Device) throws(V4L2CallError) {
        self.port = port
        var all: [V4L2Control] = []
        var last: UInt32 = 0
        while all.count < Self.limit, let raw = try Self.next(after: last, port), raw.id > last {
            last = raw.id
            if let control = try Self.control(raw, port) { all.append(control) }
        }
        self.all = all
    }

    /// Cheap cameras fail in the middle of their list; what came before it still holds. One that is gone is another matter.
    private static func next(after id: UInt32, _ port: V4L2Device) throws(V4L2CallError) -> v4l2_queryctrl? {
        do {
            return try port.control(after: id)
        } catch {
            if error.errno == ENODEV { throw error }
            return nil
        }
    }

    private static func control(_ raw: v4l2_queryctrl, _ port: V4L2Device) throws(V4L2CallError) -> V4L2Control? {
        var raw = raw
        let kinds = [V4L2_CTRL_TYPE_INTEGER, V4L2_CTRL_TYPE_BOOLEAN, V4L2_CTRL_TYPE_MENU, V4L2_CTRL_TYPE_INTEGER_MENU]
        let flags = raw.flags
        guard kinds.contains(where: { $0.rawValue == raw.type }), flags & UInt32(V4L2_CTRL_FLAG_DISABLED) == 0,
            raw.minimum <= raw.maximum
        else { return nil }
        var value: Int?
        if flags & UInt32(V4L2_CTRL_FLAG_WRITE_ONLY) == 0 {
            do {
                value = try port.value(ofControl: raw.id)
            } catch {
                // Cameras fail to answer for single controls; only one that is gone is a reason to stop.
                if error.errno == ENODEV { throw error }
            }
        }
        return V4L2Control(
            name: V4L2Control.shortNames[Int(raw.id)] ?? plain(V4L2Text.cleaned(&raw.name)), minimum: Int(raw.minimum),
            maximum: Int(raw.maximum), step: max(1, Int(raw.step)), standard: Int(raw.default_value), value: value,
            isInactive: flags & UInt32(V4L2_CTRL_FLAG_INACTIVE) != 0,
            isReadOnly: flags & UInt32(V4L2_CTRL_FLAG_READ_ONLY) != 0, id: raw.id)
    }

    /// `Exposure Time, Absolute` → `exposure_time_absolute`.
    private static func plain(_ name: String) -> String {
        name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "_")
    }
}

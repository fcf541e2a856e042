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
    let id: UInt32

    /// Short names by the kernel's number. They are the same for every driver; what drivers call them is not.
    static let shortNames: [Int: String] = [
        CV_BRIGHTNESS: "brightness", CV_CONTRAST: "contrast", CV_SATURATION: "saturation", CV_SHARPNESS: "sharpness",
        CV_GAMMA: "gamma", CV_GAIN: "gain", CV_AUTO_GAIN: "auto_gain", CV_AUTO_WHITE_BALANCE: "auto_white_balance",
        CV_WHITE_BALANCE: "white_balance", CV_POWER_LINE: "power_line_frequency", CV_BACKLIGHT: "backlight_compensation",
        CV_AUTO_EXPOSURE: "auto_exposure", CV_EXPOSURE: "exposure", CV_VARIABLE_RATE: "variable_rate", CV_FOCUS: "focus",
        CV_AUTO_FOCUS: "auto_focus", CV_ZOOM: "zoom", CV_EXPOSURE_BIAS: "exposure_bias",
    ]

    /// Setting the first by hand means turning the second to the value that says so.
    static let automatics: [(manual: String, automatic: String, value: Int)] = [
        ("exposure", "auto_exposure", Int(V4L2_EXPOSURE_MANUAL.rawValue)), ("focus", "auto_focus", 0),
        ("white_balance", "auto_white_balance", 0), ("gain", "auto_gain", 0),
    ]
}

/// Reads and sets the controls of a device.
struct V4L2Controls {
    private let port: V4L2Device
    let all: [V4L2Control]

    /// A driver that goes round in circles is left after so many.
    private static let limit = 128

    init(_ port: V4L2Device) throws(V4L2CallError) {
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

    /// Sets values by name, automatics first, and turns off the automatics that would undo them.
    /// - Returns: what was done beyond what was asked.
    func set(_ wishes: [String: Int], node: String) throws(CaptureError) -> [String] {
        var values = wishes
        var notes: [String] = []
        for (manual, automatic, value) in V4L2Control.automatics
        where wishes[manual] != nil && wishes[automatic] == nil && all.contains(where: { $0.name == automatic && !$0.isReadOnly })
        {
            values[automatic] = value
            notes.append("\(automatic) was set to \(value) because \(manual) is set")
        }
        let automatics = Set(V4L2Control.automatics.map(\.automatic))
        for name in values.keys.sorted(by: { (automatics.contains($0) ? 0 : 1, $0) < (automatics.contains($1) ? 0 : 1, $1) }) {
            if let value = values[name] { try set(name, to: value, node: node) }
        }
        return notes
    }

    private func set(_ name: String, to value: Int, node: String) throws(CaptureError) {
        guard let control = all.first(where: { $0.name == name }) else {
            let known = all.filter { !$0.isReadOnly }.map(\.name).sorted().joined(separator: ", ")
            throw .unusable(
                what: "controls.\(name) on \(node)",
                remedy: known.isEmpty ? "remove it: the device has no controls" : "it has \(known)")
        }
        guard !control.isReadOnly else {
            throw .unusable(what: "controls.\(name) on \(node)", remedy: "remove it: it can only be read")
        }
        guard (control.minimum...control.maximum).contains(value), (value - control.minimum) % control.step == 0 else {
            let steps = control.step > 1 ? " in steps of \(control.step)" : ""
            throw .unusable(
                what: "controls.\(name) \(value) on \(node)",
                remedy: "give \(control.minimum) to \(control.maximum)\(steps); the camera's own is \(control.standard)")
        }
        do {
            try port.set(control: control.id, to: value)
        } catch {
            if error.errno == ENODEV { throw .lost("\(node): \(error)") }
            throw .unusable(what: "controls.\(name) \(value) on \(node)", remedy: "the device refuses it (\(error)); remove it")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Settings
package import USB

extension CameraSettings {
    /// Cameras of the kernel's video interface (USB cameras), found by what they are or where they are plugged in.
    public struct V4L2: Sendable, Hashable {
        public var layout: Layout
        /// Which camera; nil for the first that fits.
        package var device: DeviceSelector?
        /// The two cameras of a pair.
        package var left: DeviceSelector?
        package var right: DeviceSelector?
        /// Whether there is a colour camera beside `pair` or `side_by_side`.
        public var hasColor: Bool
        package var color: DeviceSelector?
        /// The lens that a `mono` camera is.
        public var lens: Lens
        /// Whether a side-by-side picture has the right lens in its left half.
        public var rightFirst: Bool
        /// Size of one lens in pixels; 0 takes what the camera is set to.
        public var width: Int
        public var height: Int
        /// The same of the colour camera beside a stereo pair.
        public var colorWidth: Int
        public var colorHeight: Int
        public var framesPerSecond: Double
        /// Pixel formats in order of preference; empty takes the cheapest that reaches the rate.
        public var formats: [Format]
        /// Bits of a Y16 sample that say something.
        public var significantBits: Int
        /// Camera controls by name.
        public var controls: [String: Int]
        /// A camera that sends nothing for so long is started again.
        public var stallSeconds: Double
        /// So long may the first picture take.
        public var startSeconds: Double
    }

    /// What a camera is used as.
    public enum Layout: String, Sendable, CaseIterable {
        /// What the camera looks like: side by side, mono or colour.
        case auto
        case color
        case mono
        case sideBySide = "side_by_side"
        case pair
    }

    /// The lens of a single mono camera.
    public enum Lens: String, Sendable, CaseIterable {
        case left, right
    }

    /// Pixel formats a camera may be asked for, by the names of Video4Linux.
    public enum Format: String, Sendable, CaseIterable {
        case grey = "GREY"
        case y16 = "Y16"
        case yuyv = "YUYV"
        case nv12 = "NV12"
        case mjpeg = "MJPEG"
    }
}

extension CameraSettings.V4L2 {
    init(_ section: SettingsSection) throws(SettingsError) {
        layout = try section.choice("layout", default: .auto)
        device = try Self.selector(section, "device")
        left = try Self.selector(section, "left")
        right = try Self.selector(section, "right")
        color = try Self.selector(section, "color", default: "")
        hasColor = try !section.text("color", default: "", maximumLength: 1024).isEmpty
        lens = try section.choice("lens", default: .left)
        rightFirst = try section.flag("right_first", default: false)
        width = try section.integer("width", default: 0, in: 0...8192)
        height = try section.integer("height", default: 0, in: 0...8192)
        colorWidth = try section.integer("color_width", default: 0, in: 0...8192)
        colorHeight = try section.integer("color_height", default: 0, in: 0...8192)
        framesPerSecond = try section.number("fps", default: 30, in: 0.1...240)
        formats = try Self.formats(section)
        significantBits = try section.integer("significant_bits", default: 16, in: 8...16)
        controls = try Self.controls(section)
        stallSeconds = try section.number("stall_s", default: 2, in: 0.1...60)
        startSeconds = try section.number("start_s", default: 5, in: 0.1...60)
        try section.finish()
        guard (width == 0) == (height == 0) else { throw section.refusal("height", "give width and height, or neither") }
        guard (colorWidth == 0) == (colorHeight == 0) else {
            throw section.refusal("color_height", "give color_width and color_height, or neither")
        }
        if layout == .pair, left == right, left != nil {
            throw section.refusal("right", "left and right name the same camera")
        }
        if hasColor, layout != .pair, layout != .sideBySide {
            throw section.refusal("color", "a colour camera beside the others needs layout pair or side_by_side")
        }
    }

    /// The camera a key names; nil for `any`, and for a key that is empty by default.
    private static func selector(
        _ section: SettingsSection, _ key: String, default standard: String = "any"
    ) throws(SettingsError) -> DeviceSelector? {
        let text = try section.text(key, default: standard, maximumLength: 1024)
        guard text != "any", text != standard else { return nil }
        do {
            return try DeviceSelector(text)
        } catch {
            throw section.refusal(key, "\(error)")
        }
    }

    private static func formats(_ section: SettingsSection) throws(SettingsError) -> [CameraSettings.Format] {
        var formats: [CameraSettings.Format] = []
        for name in try section.texts("formats") {
            guard let format = CameraSettings.Format(rawValue: name) else {
                let known = CameraSettings.Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw section.refusal("formats", "'\(name.prefix(16))' is none of \(known)")
            }
            formats.append(format)
        }
        return formats
    }

    /// Names are the camera's own, so any are taken here; the camera refuses those it does not have.
    private static func controls(_ section: SettingsSection) throws(SettingsError) -> [String: Int] {
        guard let value = section.raw("controls") else {
            section.keep("controls", read: "")
            return [:]
        }
        guard case .mapping(let entries) = value.content else {
            throw section.refusal("controls", "must be a section of names and whole numbers, such as {gain: 16}")
        }
        var controls: [String: Int] = [:]
        for entry in entries {
            guard case .scalar(let text, quoted: false) = entry.value.content, let number = Self.number(text) else {
                throw SettingsError(
                    document: entry.value.document, line: entry.value.line, path: "\(section.path).controls.\(entry.key)",
                    problem: "must be a whole number, true or false")
            }
            controls[entry.key] = number
        }
        section.keep("controls", read: controls.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", "))
        return controls
    }

    private static func number(_ text: String) -> Int? {
        switch text {
        case "true": 1
        case "false": 0
        default: Int(text)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Codec
public import Core
public import V4L2

/// One video device and what is wanted from it.
public struct V4L2Camera: Sendable, Hashable {
    /// `/dev/video0` or any link to it.
    public var node: String
    /// Width of one delivered picture in pixels; 0, with `height`, for what the device is set to.
    public var width: Int
    /// Height of one delivered picture in pixels.
    public var height: Int
    /// Pictures a second; 0 for 30, or the nearest the device has.
    public var framesPerSecond: Double
    /// Forms in order of preference; empty for the cheapest one that reaches the rate.
    public var formats: [V4L2Format]
    /// How many low bits of a Y16 sample mean something, 8 to 16: grey = sample >> (bits − 8), at most 255.
    public var significantBits: Int
    /// Values by name: `exposure`, `gain`, `focus`, `white_balance` and the like, or any name the device's report lists.
    public var controls: [String: Int]

    public init(
        node: String, width: Int = 0, height: Int = 0, framesPerSecond: Double = 0, formats: [V4L2Format] = [],
        significantBits: Int = 16, controls: [String: Int] = [:]
    ) {
        self.node = node
        self.width = width
        self.height = height
        self.framesPerSecond = framesPerSecond
        self.formats = formats
        self.significantBits = significantBits
        self.controls = controls
    }

    /// Refuses what cannot be.
    /// - Parameter setting: names the camera in errors, e.g. `left`.
    func check(_ setting: String) throws(CaptureError) {
        guard node.hasPrefix("/"), node.utf8.count <= 4096, !node.utf8.contains(0) else {
            throw .unusable(what: "\(setting).node \"\(node.prefix(64))\"", remedy: "give the path of a node, e.g. /dev/video0")
        }
        guard (width == 0) == (height == 0), (0...16384).contains(width), (0...16384).contains(height),
            width * height <= ImageLimits.default.maximumPixels
        else {
            throw .unusable(
                what: "\(setting) size \(width)×\(height)",
                remedy: "give both width and height, at most \(ImageLimits.default.maximumPixels) pixels together, or neither")
        }
        guard framesPerSecond == 0 || (0.1...1000).contains(framesPerSecond) else {
            throw .unusable(what: "\(setting).framesPerSecond \(framesPerSecond)", remedy: "give 0.1 to 1000, or 0 for 30")
        }
        guard (8...16).contains(significantBits) else {
            throw .unusable(what: "\(setting).significantBits \(significantBits)", remedy: "give 8 to 16")
        }
    }
}

/// Cameras of the kernel's video interface as one source.
public struct V4L2Settings: Sendable, Hashable {
    public enum Layout: Sendable, Hashable {
        /// One picture from one device: grey for `left` and `right`, colour for `color`.
        case single(V4L2Camera, CameraInstance)
        /// Both lenses in one picture, side by side; the camera's size is that of one lens.
        case sideBySide(V4L2Camera, rightFirst: Bool)
        /// A device for each lens, brought together by the drivers' time stamps.
        case pair(left: V4L2Camera, right: V4L2Camera)
    }

    public var layout: Layout
    /// A colour camera beside the lenses of `layout`.
    public var color: V4L2Camera?
    /// A device that delivers no good picture for so long, or for four frame times, is lost; in seconds.
    public var stallSeconds: Double
    /// How long the first picture may take, in seconds.
    public var startSeconds: Double
    /// Frame buffers of each lens: how many frames the readers may keep at once.
    public var buffers: Int

    public init(
        layout: Layout, color: V4L2Camera? = nil, stallSeconds: Double = 2, startSeconds: Double = 5, buffers: Int = 12
    ) {
        self.layout = layout
        self.color = color
        self.stallSeconds = stallSeconds
        self.startSeconds = startSeconds
        self.buffers = buffers
    }

    /// The devices with the names settings have for them, in the order of delivery.
    var cameras: [(setting: String, camera: V4L2Camera)] {
        let beside = color.map { [("color", $0)] } ?? []
        switch layout {
        case .single(let camera, let instance): return [("\(instance)", camera)] + beside
        case .sideBySide(let camera, _): return [("stereo", camera)] + beside
        case .pair(let left, let right): return [("left", left), ("right", right)] + beside
        }
    }

    /// Refuses impossible values by the setting's name.
    func check() throws(CaptureError) {
        for (setting, camera) in cameras { try camera.check(setting) }
        if case .single(_, .color) = layout, color != nil {
            throw .unusable(what: "color", remedy: "name one colour camera only")
        }
        let nodes = cameras.map(\.camera.node)
        guard Set(nodes).count == nodes.count else {
            throw .unusable(what: "node \(nodes[0])", remedy: "name a different device for each lens")
        }
        for (name, value) in [("stallSeconds", stallSeconds), ("startSeconds", startSeconds)] {
            guard (0.1...60).contains(value) else {
                throw .unusable(what: "\(name) \(value)", remedy: "give 0.1 to 60 seconds")
            }
        }
        guard (1...1000).contains(buffers) else { throw .unusable(what: "buffers \(buffers)", remedy: "give 1 to 1000") }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
package import XLink

/// What a camera is to deliver, worked out of the settings, of what it is, and of what its link carries. Pure.
package struct CameraPlan: Sendable, Hashable {
    /// What a link carries, in millions of bytes a second.
    package struct Link: Sendable, Hashable {
        package var name: String
        package var megabytesPerSecond: Double

        /// - Parameter speed: as the camera says; unknown for cameras in the network.
        package init(_ speed: DeviceUSBSpeed) {
            (name, megabytesPerSecond) =
                switch speed {
                case .unknown: ("the network", 90)
                case .low, .full, .high: ("a USB 2 link", 30)
                case .super, .superPlus: ("a USB 3 link", 300)
                }
        }
    }

    /// Sockets of the board.
    static let (colorSocket, leftSocket, rightSocket) = (0, 1, 2)
    /// A camera slower than this is none.
    private static let leastFramesPerSecond = 1.0

    package private(set) var lenses: [CameraInstance: LensFormat] = [:]
    package private(set) var framesPerSecond: Double
    package private(set) var measuresDepth = false
    /// Readings of the motion sensor a second; 0 for none.
    package private(set) var motionRate = 0
    /// Height of the colour sensor's pictures, which are scaled to those that are wanted.
    package private(set) var colorMode = ColorMode.p1080
    /// What is other than the settings ask for, one sentence each.
    package private(set) var notes: [String] = []

    /// Modes of colour sensors that show their whole width.
    package enum ColorMode: Sendable, Hashable {
        case p1080, p800, p1200
    }

    /// - Parameter wantsDepth: whether the camera is to compute depth.
    /// - Throws: `CaptureError.unusable` naming the setting.
    package init(
        _ settings: OAKSettings, _ features: [DeviceCameraFeatures], link: Link, wantsDepth: Bool
    ) throws(CaptureError) {
        framesPerSecond = settings.framesPerSecond
        for (socket, lens) in [(Self.leftSocket, CameraInstance.left), (Self.rightSocket, .right)] {
            guard let sensor = features.first(where: { $0.socket == socket }) else { continue }
            guard sensor.kinds.isEmpty || sensor.kinds.contains(.mono) else {
                notes.append("the \(lens.gen1Name) camera (\(sensor.sensorName)) is no mono camera and is not used")
                continue
            }
            try Self.check(settings.mono, sensor, lens)
            lenses[lens] = LensFormat(width: settings.mono.width, height: settings.mono.height, pixels: .gray8)
        }
        if settings.hasColor, let sensor = features.first(where: { $0.socket == Self.colorSocket }) {
            lenses[.color] = LensFormat(width: settings.colorWidth, height: settings.colorHeight, pixels: .bgr24)
            colorMode =
                sensor.height > 0 && sensor.height < 1080
                ? .p800 : sensor.width == 1920 && sensor.height == 1200 ? .p1200 : .p1080
        }
        guard !lenses.isEmpty else {
            throw .unusable(
                what: "the camera has no lens that is wanted",
                remedy: features.isEmpty ? "check its ribbon cables: it sees no sensor" : "set oak.color to true")
        }
        measuresDepth = wantsDepth && lenses[.left] != nil && lenses[.right] != nil
        try lower(to: link)
    }

    /// Adds the motion sensor, if one is wanted and there.
    /// - Parameter sensor: its name, as the camera tells; empty or NONE for none.
    package mutating func addMotion(_ settings: OAKSettings, sensor: String) {
        guard settings.motionRate > 0 else { return }
        guard !sensor.isEmpty, sensor.uppercased() != "NONE" else {
            notes.append("oak.imu: the camera has no motion sensor")
            return
        }
        motionRate = settings.motionRate
    }

    private static func check(
        _ mode: OAKSettings.MonoResolution, _ sensor: DeviceCameraFeatures, _ lens: CameraInstance
    ) throws(CaptureError) {
        guard sensor.height > 0 else { return }
        // 480-line sensors give 480 and 400 lines; those of 800 give 800, 720 and, two by two, 400.
        let possible: [OAKSettings.MonoResolution] = sensor.height <= 480 ? [.p400, .p480] : [.p400, .p720, .p800]
        guard possible.contains(mode) else {
            throw .unusable(
                what: "oak.mono \(mode.rawValue): the \(lens.gen1Name) camera (\(sensor.sensorName)) does not give it",
                remedy: "set \(possible.map(\.rawValue).joined(separator: ", "))")
        }
    }

    /// Bytes of all that is sent for one exposure.
    package var exposureBytes: Int {
        let pictures = lenses.values.reduce(0) { $0 + $1.pixels.byteCount(width: $1.width, height: $1.height) }
        guard measuresDepth, let right = lenses[.right] else { return pictures }
        return pictures + PixelFormat.depth16.byteCount(width: right.width, height: right.height)
    }

    private mutating func lower(to link: Link) throws(CaptureError) {
        let wanted = Double(exposureBytes) * framesPerSecond / 1e6
        guard wanted > link.megabytesPerSecond else { return }
        let possible = (link.megabytesPerSecond * 1e6 / Double(exposureBytes)).rounded(.down)
        guard possible >= Self.leastFramesPerSecond else {
            throw .unusable(
                what: "\(exposureBytes / 1_000_000) MB for each exposure are more than \(link.name) carries",
                remedy: "lower oak.mono or the colour size")
        }
        notes.append(
            "\(Int(wanted)) MB a second are more than \(link.name) carries (\(Int(link.megabytesPerSecond)) MB): "
                + "\(Int(possible)) frames a second instead of \(framesPerSecond.formatted)")
        framesPerSecond = possible
    }
}

extension Double {
    /// Whole numbers without a fraction.
    fileprivate var formatted: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}

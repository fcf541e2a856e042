// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
package import XLink

/// What a camera is to deliver, worked out of the settings, of what it is, and of what its link carries. Pure.
package struct CameraPlan: Sendable {
    /// What a link carries, in millions of bytes a second.
    package struct Link: Sendable, Hashable {
        package var name: String
        package var megabytesPerSecond: Double

        /// - Parameter usbMegabits: of its USB link, as the kernel says.
        package init(usbMegabits: Double) {
            let superSpeed = 5000.0
            self.init(usbMegabits < superSpeed ? .high : .super)
        }

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
    /// The network it runs, and on whose pictures; nil for none.
    package private(set) var network: (network: DeviceNetwork, lens: CameraInstance)?
    /// How it encodes its colour pictures; nil for not at all.
    package private(set) var video: DeviceVideo?
    /// Why it does not do what it was asked for.
    package private(set) var declined: [DeviceTask: String] = [:]
    /// Height of the colour sensor's pictures, which are scaled to those that are wanted.
    package private(set) var colorMode = ColorMode.p1080
    /// What is other than the settings ask for, one sentence each.
    package private(set) var notes: [String] = []

    /// Modes of colour sensors that show their whole width.
    package enum ColorMode: Sendable, Hashable {
        case p1080, p800, p1200
    }

    /// - Parameter work: what the camera is to do beside taking pictures.
    /// - Throws: `CaptureError.unusable` naming the setting.
    package init(
        _ settings: OAKSettings, _ features: [DeviceCameraFeatures], link: Link, work: DeviceWork
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
        take(work)
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

    private mutating func take(_ work: DeviceWork) {
        measuresDepth = work.measuresDepth && lenses[.left] != nil && lenses[.right] != nil
        if let wanted = work.network {
            if let lens = wanted.lenses.first(where: { lenses[$0] != nil }) {
                network = (wanted, lens)
            } else {
                declined[.network] = "the camera has no \(wanted.lenses.map(\.gen1Name).joined(separator: " or ")) lens"
            }
        }
        if let wanted = work.video {
            declined[.video] = whyNoVideo()
            video = declined[.video] == nil ? wanted : nil
        }
    }

    private func whyNoVideo() -> String? {
        guard let color = lenses[.color] else { return "the camera has no colour lens" }
        guard color.width.isMultiple(of: 32), color.height.isMultiple(of: 8) else {
            return "the camera's encoder takes widths that are multiples of 32 and heights that are multiples of 8, not "
                + "\(color.width)x\(color.height)"
        }
        guard videoScale != nil else {
            return "the camera does not scale its pictures to \(color.width)x\(color.height); it does to 640x360 or 960x540"
        }
        return nil
    }

    /// By how much the sensor's pictures are made smaller so that those for the encoder have the size of the colour pictures and
    /// show the same; nil where the camera cannot do that.
    var videoScale: ColorCamera.Scale? {
        guard let color = lenses[.color] else { return nil }
        let sensor = colorMode.size
        let isWide = color.width * sensor.height >= color.height * sensor.width
        var (numerator, denominator) = isWide ? (color.width, sensor.width) : (color.height, sensor.height)
        let divisor = Self.greatestDivisor(numerator, denominator)
        (numerator, denominator) = (numerator / divisor, denominator / divisor)
        // What the firmware takes.
        guard numerator <= denominator, numerator <= 16, denominator <= 63 else { return nil }
        return numerator == denominator ? ColorCamera.Scale.none : .init(numerator: numerator, denominator: denominator)
    }

    private static func greatestDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : greatestDivisor(second, first % second)
    }

    /// What the camera does beside taking pictures.
    package var tasks: Set<DeviceTask> {
        DeviceWork(measuresDepth: measuresDepth, network: network?.network, video: video).tasks
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
        let further = networkBytes + videoBytes
        guard measuresDepth, let right = lenses[.right] else { return pictures + further }
        return pictures + PixelFormat.depth16.byteCount(width: right.width, height: right.height) + further
    }

    private var networkBytes: Int {
        network?.network.outputs.reduce(0) { $0 + ($1.byteCount ?? 0) } ?? 0
    }

    /// At most, of a picture; with MJPEG as much as pictures full of detail take.
    private var videoBytes: Int {
        guard let video, let color = lenses[.color] else { return 0 }
        if video.profile == .mjpeg { return color.width * color.height / 2 }
        return Int(Double(max(bitsPerSecond(video, color), video.maximumBitsPerSecond)) / 8 / framesPerSecond)
    }

    func bitsPerSecond(_ video: DeviceVideo, _ color: LensFormat) -> Int {
        switch video.rate {
        case .bitsPerSecond(let bits): bits
        case .bitsPerPixel(let bits): Int((Double(color.width * color.height) * bits * framesPerSecond).rounded(.up))
        }
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

// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Settings
import USB
import V4L2

extension V4L2Settings {
    /// What the settings want, of the cameras the slot was given.
    /// - Throws: `CaptureError.lost` when a camera is missing.
    init(_ settings: CameraSettings.V4L2, _ bound: BoundCameras) throws(CaptureError) {
        let color = try settings.hasColor ? settings.colorCamera(Self.node(.color, bound)) : nil
        let layout: Layout
        switch settings.layout {
        case .pair:
            layout = .pair(
                left: settings.camera(try Self.node(.left, bound)), right: settings.camera(try Self.node(.right, bound)))
        case .color:
            layout = .single(settings.camera(try Self.node(.only, bound)), .color)
        case .mono:
            layout = .single(settings.camera(try Self.node(.only, bound)), settings.lens.instance)
        case .sideBySide:
            layout = .sideBySide(settings.camera(try Self.node(.only, bound)), rightFirst: settings.rightFirst)
        case .auto:
            let camera = settings.camera(try Self.node(.only, bound))
            switch bound[.only]?.traits.role {
            case .mono: layout = .single(camera, settings.lens.instance)
            case .sideBySide: layout = .sideBySide(camera, rightFirst: settings.rightFirst)
            case .color, nil: layout = .single(camera, .color)
            }
        }
        self.init(layout: layout, color: color, stallSeconds: settings.stallSeconds, startSeconds: settings.startSeconds)
    }

    private static func node(_ position: CameraRequirement.Position, _ bound: BoundCameras) throws(CaptureError) -> String {
        guard let camera = bound[position] else { throw .lost("no camera is assigned to the slot as \(position.rawValue)") }
        return camera.device.node
    }
}

extension CameraSettings.V4L2 {
    fileprivate func camera(_ node: String) -> V4L2Camera {
        V4L2Camera(
            node: node, width: width, height: height, framesPerSecond: framesPerSecond, formats: formats.map(\.capture),
            significantBits: significantBits, controls: controls)
    }

    /// The colour camera beside the others: of the requests for the stereo cameras only the rate concerns it.
    fileprivate func colorCamera(_ node: String) -> V4L2Camera {
        V4L2Camera(node: node, width: colorWidth, height: colorHeight, framesPerSecond: framesPerSecond)
    }
}

extension CameraSettings.Format {
    /// The same format in the Capture target.
    var capture: V4L2Format {
        switch self {
        case .grey: .grey
        case .y16: .y16
        case .yuyv: .yuyv
        case .nv12: .nv12
        case .mjpeg: .mjpeg
        }
    }
}

extension CameraSettings.Lens {
    fileprivate var instance: CameraInstance { self == .left ? .left : .right }
}

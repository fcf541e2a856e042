// SPDX-License-Identifier: Apache-2.0
import Core

/// The hub's `SensorControl`: what is in force at a lens. What no camera here can be told has its first value.
struct SensorControl: Encodable {
    private var force: CameraControlState

    private static let exposures = 1...33_000
    private static let speeds = 100...5000
    private static let compensations = -9...9
    private static let scale = -10...10
    private static let kelvins = 1000...12_000

    init(_ force: CameraControlState) { self.force = force }

    private enum Key: String, CodingKey {
        case exposure_time, sensitivity_iso, auto_exposure_enable, auto_exposure_compensation, auto_exposure_limit
        case auto_exposure_lock, contrast, brightness, saturation, chroma_denoise, luma_denoise, auto_whitebalance_lock
        case auto_whitebalance_mode, manual_whitebalance, focus
    }

    private struct Focus: Encodable {
        var auto_focus_mode: String
        var auto_focus_trigger = false
        var lens_position: Double
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        func inside(_ value: Int, _ range: ClosedRange<Int>) -> Int { min(range.upperBound, max(range.lowerBound, value)) }
        try fields.encode(inside(force.exposureMicroseconds, Self.exposures), forKey: .exposure_time)
        try fields.encode(inside(force.iso, Self.speeds), forKey: .sensitivity_iso)
        try fields.encode(force.autoExposure, forKey: .auto_exposure_enable)
        try fields.encode(inside(force.exposureCompensation, Self.compensations), forKey: .auto_exposure_compensation)
        try fields.encode(inside(force.contrast, Self.scale), forKey: .contrast)
        try fields.encode(inside(force.brightness, Self.scale), forKey: .brightness)
        try fields.encode(inside(force.saturation, Self.scale), forKey: .saturation)
        try fields.encode(force.whiteBalance.rawValue, forKey: .auto_whitebalance_mode)
        try fields.encode(inside(force.kelvin, Self.kelvins), forKey: .manual_whitebalance)
        for key in [Key.auto_exposure_limit, .chroma_denoise, .luma_denoise] { try fields.encode(0, forKey: key) }
        for key in [Key.auto_exposure_lock, .auto_whitebalance_lock] { try fields.encode(false, forKey: key) }
        let focus = force.focus.map { Focus(auto_focus_mode: $0.mode.rawValue, lens_position: $0.position) }
        try fields.encode(focus, forKey: .focus)
    }

    /// Reads what a request asks for and notes what is impossible.
    static func wish(_ body: inout HubBody) -> CameraControlRequest {
        var wish = CameraControlRequest()
        wish.exposureMicroseconds = body.whole("exposure_time", in: exposures)
        wish.iso = body.whole("sensitivity_iso", in: speeds)
        wish.autoExposure = body.flag("auto_exposure_enable")
        wish.exposureCompensation = body.whole("auto_exposure_compensation", in: compensations)
        wish.contrast = body.whole("contrast", in: scale)
        wish.brightness = body.whole("brightness", in: scale)
        wish.saturation = body.whole("saturation", in: scale)
        wish.whiteBalance = body.choice("auto_whitebalance_mode", WhiteBalance.allCases.map(\.rawValue))
            .flatMap { WhiteBalance(rawValue: $0) }
        wish.kelvin = body.whole("manual_whitebalance", in: kelvins)
        // Nothing here can be told these; they are checked all the same.
        for name in ["auto_exposure_lock", "auto_whitebalance_lock"] { _ = body.flag(name) }
        _ = body.whole("auto_exposure_limit")
        for name in ["chroma_denoise", "luma_denoise"] { _ = body.whole(name, in: 0...4) }
        if var focus = body.part("focus") {
            wish.focusMode = focus.choice("auto_focus_mode", FocusMode.allCases.map(\.rawValue))
                .flatMap { FocusMode(rawValue: $0) }
            wish.lensPosition = focus.number("lens_position", in: 0...1)
            _ = focus.flag("auto_focus_trigger")
            body.add(focus)
        }
        return wish
    }
}

// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Core
import Foundation
import V4L2

/// One device as a lens that can be told how to see: carries out requests in the device's own units, automatics first, and
/// reads back what came of it. Lives on the thread that has the device open.
final class V4L2ControlAdapter {
    private let port: V4L2Device
    private let node: String
    /// The owner's values by name: where scales have their middle.
    private let own: [String: Int]
    private var request = CameraControlRequest()
    private lazy var known = Result { () throws(V4L2CallError) in
        Dictionary(try V4L2Controls(port).all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static let manual = Int(V4L2_EXPOSURE_MANUAL.rawValue)
    /// The kernel counts exposure in 100 µs.
    private static let exposureUnit = 100
    private static let isoRange = 100.0...5000.0
    private let scales:
        [(name: String, request: WritableKeyPath<CameraControlRequest, Int?>, force: WritableKeyPath<CameraControlState, Int>)] =
            [
                ("brightness", \.brightness, \.brightness), ("contrast", \.contrast, \.contrast),
                ("saturation", \.saturation, \.saturation), ("sharpness", \.sharpness, \.sharpness),
                ("exposure_bias", \.exposureCompensation, \.exposureCompensation),
            ]

    init(_ port: V4L2Device, node: String, own: [String: Int]) {
        (self.port, self.node, self.own) = (port, node, own)
    }

    /// Carries out a request as far as the device can; what it refuses stays as it is.
    /// - Returns: what is in force.
    /// - Throws: `lost` when the device is gone.
    func apply(_ request: CameraControlRequest) throws(CaptureError) -> CameraControlState {
        self.request = self.request.merged(with: request)
        do {
            // Somebody who only asks changes nothing.
            if !request.isEmpty { try set(self.request) }
            return try inForce()
        } catch {
            throw .lost("\(node): \(error)")
        }
    }

    // MARK: Setting

    private func set(_ request: CameraControlRequest) throws(V4L2CallError) {
        if let automatic = request.autoExposure { try setAutomatic(automatic) }
        if try !isExposingByItself() {
            if let microseconds = request.exposureMicroseconds {
                try set("exposure") { $0.nearest(Double(microseconds) / Double(Self.exposureUnit)) }
            }
            if let iso = request.iso { try set("gain") { $0.value(of: Double(iso), in: Self.isoRange) } }
        }
        for (name, field, _) in scales {
            if let tenths = request[keyPath: field] { try set(name) { $0.value(ofTenths: scaled(tenths, name)) } }
        }
        if let balance = request.whiteBalance { try setBalance(balance, request.kelvin) }
        if let mode = request.focusMode { try set("auto_focus") { _ in mode == .off ? 0 : 1 } }
        if let position = request.lensPosition, try value("auto_focus") ?? 0 == 0 {
            try set("focus") { $0.value(of: position, in: 0...1) }
        }
    }

    private func setAutomatic(_ automatic: Bool) throws(V4L2CallError) {
        try set("auto_gain") { _ in automatic ? 1 : 0 }
        guard let control = try control("auto_exposure") else { return }
        guard automatic else { return _ = try send(control, Self.manual) }
        // Which of the automatics a camera has it does not say; its own comes first.
        for choice in [control.standard, 3, 0] where choice != Self.manual {
            if try send(control, choice) { return }
        }
    }

    private func setBalance(_ balance: WhiteBalance, _ kelvin: Int?) throws(V4L2CallError) {
        try set("auto_white_balance") { _ in balance == .automatic ? 1 : 0 }
        guard let kelvin = balance == .off ? kelvin : balance.kelvin else { return }
        try set("white_balance") { $0.nearest(Double(kelvin)) }
    }

    private func set(_ name: String, _ value: (V4L2ControlScale) -> Int) throws(V4L2CallError) {
        guard let control = try control(name), !control.isReadOnly else { return }
        try send(control, value(V4L2ControlScale(control, own: own[name])))
    }

    /// Returns whether the device took it. Only one that is gone is an error.
    @discardableResult
    private func send(_ control: V4L2Control, _ value: Int) throws(V4L2CallError) -> Bool {
        do {
            try port.set(control: control.id, to: value)
            return true
        } catch {
            if error.errno == ENODEV { throw error }
            return false
        }
    }

    // MARK: Reading back

    private func inForce() throws(V4L2CallError) -> CameraControlState {
        var force = CameraControlState.first
        force.autoExposure = try isExposingByItself()
        if let exposure = try value("exposure") { force.exposureMicroseconds = max(1, exposure * Self.exposureUnit) }
        if let control = try control("gain"), let gain = try value("gain") {
            let scale = V4L2ControlScale(control)
            // Of all speeds that are this gain, the one that was asked for.
            let asked = request.iso.flatMap { scale.value(of: Double($0), in: Self.isoRange) == gain ? $0 : nil }
            force.iso = asked ?? Int(scale.share(of: gain, in: Self.isoRange).rounded())
        }
        for (name, field, target) in scales {
            guard let control = try control(name), let value = try value(name) else { continue }
            let scale = V4L2ControlScale(control, own: own[name])
            let asked = request[keyPath: field].flatMap { scale.value(ofTenths: scaled($0, name)) == value ? $0 : nil }
            force[keyPath: target] = asked ?? unscaled(scale.tenths(of: value), name)
        }
        try readBalance(&force)
        force.focus = try focus()
        return force
    }

    private func readBalance(_ force: inout CameraControlState) throws(V4L2CallError) {
        let control = try control("white_balance")
        let kelvin = try value("white_balance")
        if let kelvin { force.kelvin = kelvin }
        let automatic = try value("auto_white_balance")
        guard automatic.map({ $0 == 0 }) ?? (control != nil) else { return }
        let named = request.whiteBalance.flatMap { balance -> WhiteBalance? in
            guard let control, let wanted = balance.kelvin, V4L2ControlScale(control).nearest(Double(wanted)) == kelvin else {
                return nil
            }
            return balance
        }
        force.whiteBalance = named ?? .off
    }

    private func focus() throws(V4L2CallError) -> CameraControlState.Focus? {
        let (automatic, place, control) = (try value("auto_focus"), try value("focus"), try control("focus"))
        guard automatic != nil || place != nil else { return nil }
        let position = place.flatMap { place in control.map { V4L2ControlScale($0).share(of: place, in: 0...1) } } ?? 0
        guard let automatic, automatic != 0 else { return .init(mode: .off, position: position) }
        // A camera of the kernel focuses all the time or not at all.
        let mode: FocusMode = request.focusMode == .continuousPicture ? .continuousPicture : .continuousVideo
        return .init(mode: mode, position: position)
    }

    /// Without an automatic a camera that has an exposure to set never does.
    private func isExposingByItself() throws(V4L2CallError) -> Bool {
        if let mode = try value("auto_exposure") {
            return mode != Self.manual && mode != Int(V4L2_EXPOSURE_SHUTTER_PRIORITY.rawValue)
        }
        if let automatic = try value("auto_gain") { return automatic != 0 }
        return try control("exposure") == nil
    }

    private func control(_ name: String) throws(V4L2CallError) -> V4L2Control? { try known.get()[name] }

    /// As the device has it now; nil when it does not say.
    private func value(_ name: String) throws(V4L2CallError) -> Int? {
        guard let control = try control(name) else { return nil }
        do {
            return try port.value(ofControl: control.id)
        } catch {
            if error.errno == ENODEV { throw error }
            return nil
        }
    }

    /// Compensation goes to ±9, the other scales to ±10.
    private func scaled(_ value: Int, _ name: String) -> Int {
        name == "exposure_bias" ? Int((Double(value) * 10 / 9).rounded()) : value
    }

    private func unscaled(_ value: Int, _ name: String) -> Int {
        name == "exposure_bias" ? Int((Double(value) * 9 / 10).rounded()) : value
    }
}

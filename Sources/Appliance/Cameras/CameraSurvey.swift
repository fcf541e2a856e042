// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import OAK
public import Pipeline
import USB
import V4L2

/// What is plugged in now, and what these settings make of it: one look, nothing kept open.
struct CameraSurvey {
    let roster: DeviceRoster
    /// What each camera says, in the order of the nodes.
    let reports: [(camera: PluggedCamera, report: V4L2DeviceReport)]
    let bindings: CameraBindings
    let requirements: [CameraRequirement]
    let fleet: FleetState

    /// - Throws: `USBError` when udev cannot be asked; `SettingsError` for a device that cannot be read.
    init(_ settings: ApplianceSettings) throws {
        let firmware = FirmwareStore(StateStorage(StateDirectory(settings.state)))
        try self.init(
            settings, roster: DeviceWatcher.list(), hasFirmware: firmware.isImported, probe: V4L2DeviceReport.of)
    }

    init(
        _ settings: ApplianceSettings, roster: DeviceRoster, hasFirmware: Bool, probe: (String) -> V4L2DeviceReport
    ) throws {
        self.roster = roster
        reports = roster.cameras.compactMap { device in
            let report = probe(device.node)
            if case .ok = report.access, !report.isCapture { return nil }
            return (PluggedCamera(device: device, traits: CameraTraits(report)), report)
        }
        let requirements = settings.cameras.compactMap(CameraRequirement.init)
        self.requirements = requirements
        var fleet = FleetState(hasFirmware: hasFirmware)
        fleet.set(requirements.compactMap(\.oak), at: .now())
        let accelerator = settings.runtime.accelerator
        if accelerator.mode != .none { fleet.set(accelerator: accelerator.device, at: .now()) }
        fleet.take(roster.movidius, mayOpen: OAKFleet.mayOpen, at: .now())
        self.fleet = fleet
        var bindings = CameraBindings()
        bindings.set(CameraAllocator.unserved(requirements, fleet))
        bindings.set(reports.map(\.camera))
        self.bindings = bindings
    }

    /// What a slot would open now.
    func supply(for slot: CameraID) -> CameraSupply {
        guard requirements.contains(where: { $0.slot == slot }) else { return .settings }
        return CameraAllocator.supply(for: slot, requirements, bindings, fleet)
    }
}

/// The cameras that are plugged in, as `depthd cameras` shows them.
public struct CameraListing: Sendable, Codable {
    public struct Camera: Sendable, Codable {
        public var name: String
        public var node: String
        /// Vendor and product number: `1d6b:0102`; empty for cameras that are not on USB.
        public var usb: String
        /// Megabits a second of its USB link; 0 when unknown.
        public var megabits: Double
        /// What settings may call it, the best first.
        public var selectors: [String]
        /// What it looks like: `color`, `mono` or `side_by_side`.
        public var role: String
        /// What it would be used for with these settings: `camera`, `front as left`; empty for nothing.
        public var use: String
        /// What keeps it from being used; empty when nothing does.
        public var obstacle: String
        /// As `GREY 640x400 (30, 15)`.
        public var formats: [String]
        /// As `gain 0…255, now 16`.
        public var controls: [String]
        public var notes: [String]
    }

    public var cameras: [Camera]
    /// Devices that are known and of no use as they are.
    public var devices: [DeviceStatus]
    /// What the settings ask for but is missing, and cameras that cannot be told apart.
    public var problems: [String]

    /// Surveys what is plugged in.
    /// - Throws: when udev cannot be asked, in words for the owner; `SettingsError` for a device that cannot be read.
    public static func now(_ settings: ApplianceSettings) throws -> CameraListing {
        CameraListing(try CameraSurvey(settings))
    }

    init(_ survey: CameraSurvey) {
        cameras = survey.reports.map { Camera($0.camera, $0.report, survey.bindings) }
        devices = survey.fleet.reports(at: .now()).map(DeviceStatus.init)
        problems = survey.roster.twins.map(\.description)
        for requirement in survey.requirements {
            switch survey.supply(for: requirement.slot) {
            case .none(let why): problems.append("\(requirement.slot): \(why)")
            case .demo(let why) where !why.isEmpty: problems.append("\(requirement.slot): \(why)")
            default: break
            }
        }
    }
}

extension CameraListing.Camera {
    init(_ camera: PluggedCamera, _ report: V4L2DeviceReport, _ bindings: CameraBindings) {
        let identity = camera.device.identity
        name = camera.device.name.isEmpty ? report.card : camera.device.name
        node = camera.device.node
        usb = identity.port == nil ? "" : identity.numbers
        megabits = camera.device.speedMegabits
        selectors = [
            identity.serial.isEmpty ? nil : "serial:\(identity.serial)", identity.port.map { "port:\($0.socket)" },
            identity.port == nil ? nil : "id:\(identity.numbers)", camera.device.node,
        ].compactMap { $0 }
        role = camera.traits.role.rawValue
        use =
            bindings.owner(of: camera.device).map { owner in
                owner.position == .only ? owner.slot.name : "\(owner.slot) as \(owner.position.rawValue)"
            } ?? ""
        obstacle = camera.traits.obstacle
        formats = report.offers.map { offer in
            let rates = offer.rates.map(\.short).joined(separator: ", ")
            return "\(offer.code) \(offer.width)x\(offer.height)\(rates.isEmpty ? "" : " (\(rates))")"
        }
        controls = report.controls.map { control in
            "\(control.name) \(control.minimum)…\(control.maximum)" + (control.value.map { ", now \($0)" } ?? "")
        }
        notes = report.notes
    }
}

extension Double {
    /// Whole numbers are written without a fraction.
    fileprivate var short: String { self == rounded() ? "\(Int(self))" : "\((self * 10).rounded() / 10)" }
}

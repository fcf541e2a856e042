// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import OAK
import Settings
import USB
import V4L2

/// The part of the checkup about devices: rules, permissions, what is plugged in, and whether the cables carry it.
struct DeviceDiagnostics {
    private(set) var findings: [Finding] = []
    private var survey: CameraSurvey?

    /// - Parameter opensCameras: whether each camera is opened to learn what its cable carries.
    init(_ settings: ApplianceSettings, opensCameras: Bool = true) {
        do {
            let survey = try CameraSurvey(settings)
            self.survey = survey
            findings = survey.reports.map(Self.permission) + survey.fleet.all.compactMap { Self.oak($0, survey.fleet) }
            findings += Self.accelerator(settings.runtime.accelerator, survey.fleet)
            findings += survey.roster.twins.map { Finding(subject: "twins", verdict: .warning, text: $0.description) }
            if opensCameras { findings += Self.links(settings, survey) }
        } catch {
            findings = [Finding(subject: "devices", verdict: .bad, text: "\(error)")]
        }
    }

    /// What a slot would open now.
    func supply(for camera: CameraSettings) -> CameraSupply {
        survey?.supply(for: camera.id) ?? .settings
    }

    /// Whether the udev rules are installed.
    static func rules() -> [Finding] {
        RulesInstaller().look().map { file, outcome in
            let text =
                switch outcome {
                case .same: "installed"
                case .different:
                    "installed, but different from depthd's own; fine if you changed it, otherwise: sudo depthd install-rules"
                case .missing: "not installed; only root may be able to open cameras: sudo depthd install-rules"
                }
            return Finding(subject: file.name, verdict: outcome == .missing ? .warning : .good, text: text)
        }
    }

    private static func permission(_ camera: PluggedCamera, _ report: V4L2DeviceReport) -> Finding {
        let subject = camera.device.node
        guard camera.traits.obstacle.isEmpty else {
            return Finding(subject: subject, verdict: .bad, text: "\(camera.device.label) \(camera.traits.obstacle)")
        }
        if case .busy = report.access {
            return Finding(
                subject: subject, verdict: .warning,
                text: "\(camera.device.label) is in use by another program; fine if that is depthd")
        }
        let formats = Set(report.offers.compactMap { $0.format?.rawValue }).sorted().joined(separator: ", ")
        return Finding(subject: subject, verdict: .good, text: "\(camera.device.label) offers \(formats)")
    }

    private static func oak(_ camera: FleetCamera, _ fleet: FleetState) -> Finding? {
        guard let device = camera.device else { return nil }
        let subject = device.identity.numbers
        guard let trouble = fleet.obstacle(of: camera) else {
            let use = fleet.owner(of: camera).map { "for \($0)" } ?? "no camera slot uses it: set source: oak (docs/oak.md)"
            return Finding(subject: subject, verdict: .good, text: "\(camera.label) can be booted, \(use)")
        }
        return Finding(subject: subject, verdict: trouble.isDenial ? .bad : .warning, text: "\(camera.label) \(trouble.words)")
    }

    /// Whether the accelerator that the settings ask for is there, as far as that can be seen without disturbing one.
    private static func accelerator(_ settings: AcceleratorSettings, _ fleet: FleetState) -> [Finding] {
        guard settings.mode == .oak, fleet.offer(for: .accelerator) == nil else { return [] }
        return [
            Finding(
                subject: "accelerator", verdict: .warning,
                text: "the box runs all networks itself: \(fleet.explanation(for: .accelerator))")
        ]
    }

    // MARK: Bandwidth

    /// Whether each USB bus carries what the slots ask of its cameras.
    private static func links(_ settings: ApplianceSettings, _ survey: CameraSurvey) -> [Finding] {
        var loads: [LinkLoad] = []
        for camera in settings.cameras {
            guard case .cameras(let bound) = survey.supply(for: camera.id),
                let source = try? SourceFactory(settings).open(camera, .cameras(bound)) as? V4L2Source
            else { continue }
            for agreement in source.agreements {
                guard let device = bound.values.first(where: { $0.device.node == agreement.node })?.device,
                    let port = device.identity.port
                else { continue }
                loads.append(
                    LinkLoad(
                        bus: "\(port.controller) bus \(port.bus)", node: agreement.node, speed: device.speedMegabits,
                        megabits: agreement.megabits))
            }
        }
        return LinkLoad.findings(loads)
    }
}

/// What one camera asks of its USB bus.
package struct LinkLoad: Hashable {
    package var bus: String
    package var node: String
    /// Megabits a second of the link; 0 when unknown.
    package var speed: Double
    /// Megabits a second the camera sends.
    package var megabits: Double

    package init(bus: String, node: String, speed: Double, megabits: Double) {
        (self.bus, self.node, self.speed, self.megabits) = (bus, node, speed, megabits)
    }

    /// Of a USB 2 bus isochronous streams get 80 % at most (USB 2.0, 5.6.4), and bulk no more in practice.
    private static let share = 0.8

    /// One finding for each bus that cameras share or fill.
    package static func findings(_ loads: [LinkLoad]) -> [Finding] {
        Dictionary(grouping: loads, by: \.bus).sorted { $0.key < $1.key }.compactMap { bus, loads in
            guard let speed = loads.map(\.speed).filter({ $0 > 0 }).max() else { return nil }
            let sum = loads.reduce(0) { $0 + $1.megabits }
            let cameras = loads.map { "\($0.node) \(Int($0.megabits.rounded())) Mbit/s" }.joined(separator: ", ")
            let fits = sum <= speed * share
            let text = "\(cameras): \(Int(sum.rounded())) of the \(Int(speed * share)) Mbit/s that a bus of \(Int(speed)) carries"
            return Finding(
                subject: "USB \(bus)", verdict: fits ? .good : .warning,
                text: fits ? text : text + "; lower v4l2.fps or the size, use MJPEG, or plug a camera into a port on another bus")
        }
    }
}

extension V4L2Agreement {
    /// Megabits a second on the cable. An MJPEG picture is taken for a sixth of its size in YUYV, as cameras make them.
    fileprivate var megabits: Double {
        let bits: Double =
            switch format {
            case .grey: 8
            case .y16, .yuyv: 16
            case .nv12: 12
            case .mjpeg: 16.0 / 6
            }
        return Double(width * height) * framesPerSecond * bits / 1e6
    }
}

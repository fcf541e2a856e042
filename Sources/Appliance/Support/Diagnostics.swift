// SPDX-License-Identifier: Apache-2.0
import API
import Capture
import Core
import Foundation
import Inference
import OAK
import Pipeline
import Settings

/// One thing `depthd doctor` looked at.
public struct Finding: Sendable, Codable, Hashable {
    public enum Verdict: String, Sendable, Codable {
        case good, warning, bad
    }

    public var subject: String
    public var verdict: Verdict
    /// What was found, and what to do where it is not good.
    public var text: String
}

/// Checks everything the daemon needs, without starting it.
public enum Diagnostics {
    /// Of the machine and what is plugged into it; for a daemon that runs, which tells in its status how its servers, cameras
    /// and networks are.
    static func inside(_ settings: ApplianceSettings) -> [Finding] {
        machine(settings) + DeviceDiagnostics(settings, opensCameras: false).findings
    }

    private static func machine(_ settings: ApplianceSettings) -> [Finding] {
        [runtime(settings), ffmpeg(settings), memory()]
            + MachineDiagnostics().findings(state: StateDirectory(settings.state).path)
            + [state(StateDirectory(settings.state).path)] + DeviceDiagnostics.rules()
    }

    /// Whether the state directory can be written, and what was set aside in it. One that is not there yet is made by the daemon.
    private static func state(_ path: String) -> Finding {
        if FileManager.default.fileExists(atPath: path), let obstacle = DiskCondition.obstacle(path) {
            return Finding(subject: "state", verdict: .bad, text: "nothing can be kept in \(path): \(obstacle)")
        }
        let damaged = DamagedFile.all(below: path)
        guard !damaged.isEmpty else { return Finding(subject: "state", verdict: .good, text: path) }
        return Finding(
            subject: "state", verdict: .warning,
            text: "set aside as damaged in \(path): \(damaged.joined(separator: ", ")); look at them and remove them. If it "
                + "happens again, replace the card or disk")
    }

    /// Blocks while models and cameras are tried.
    public static func run(_ settings: ApplianceSettings) -> [Finding] {
        var findings = machine(settings)
        findings.append(PortProbe.connections("http.port", settings.http.port))
        findings += PublisherKind.all.flatMap { $0.findings(settings) }
        let devices = DeviceDiagnostics(settings)
        findings += devices.findings
        for camera in settings.cameras {
            findings.append(self.camera(camera, devices.supply(for: camera), SourceFactory(settings)))
            findings.append(network(camera, settings))
        }
        return findings
    }

    private static func finding(_ subject: String, _ check: () throws -> String) -> Finding {
        do {
            return Finding(subject: subject, verdict: .good, text: try check())
        } catch {
            return Finding(subject: subject, verdict: .bad, text: "\(error)")
        }
    }

    private static func runtime(_ settings: ApplianceSettings) -> Finding {
        finding("ONNX Runtime") {
            let runtime = try ONNXRuntime.load(path: settings.runtime.onnxRuntime)
            return "\(runtime.version) at \(runtime.path)"
        }
    }

    private static func ffmpeg(_ settings: ApplianceSettings) -> Finding {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        let found = folders.map { "\($0)/ffmpeg" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        if let found { return Finding(subject: "ffmpeg", verdict: .good, text: found) }
        let isNeeded = settings.cameras.contains { $0.source.kind == .media }
        return Finding(
            subject: "ffmpeg", verdict: isNeeded ? .bad : .warning,
            text: "not found; media cameras (recordings, RTSP) need it: apt install ffmpeg")
    }

    private static func memory() -> Finding {
        let available = SystemMonitor.sample().memoryAvailableBytes >> 20
        return Finding(
            subject: "memory", verdict: available >= 200 ? .good : .warning,
            text: "\(available) MiB available\(available >= 200 ? "" : "; a camera with depth and network needs about 120 MiB")")
    }

    private static func camera(_ settings: CameraSettings, _ supply: CameraSupply, _ sources: SourceFactory) -> Finding {
        let subject = "camera \(settings.id)"
        if case .none(let why) = supply { return Finding(subject: subject, verdict: .bad, text: why) }
        // Opened, it would be taken from a daemon that has it.
        switch (settings.source, supply) {
        case (.oak(let oak), .oak(.network)), (.auto(_, _, let oak), .oak(.network)):
            return finding(subject) { try OAKFleet.look(for: oak.device) }
        case (_, .oak(.camera)):
            return Finding(subject: subject, verdict: .good, text: "an OAK camera on USB, which is booted when the daemon starts")
        default: break
        }
        return finding(subject) {
            let source = try sources.open(settings, supply)
            let lenses = source.format.lenses.map { "\($0.key.gen1Name) \($0.value.width)x\($0.value.height)" }.sorted()
            let calibration = source.format.calibration == nil ? ", not calibrated: no depth" : ", calibrated"
            let agreements = (source as? V4L2Source)?.agreements.map(\.description) ?? []
            let kind = agreements.isEmpty ? settings.source.kind.rawValue : agreements.joined(separator: "; ")
            let standIn = if case .demo = supply { " (the demo: no camera that fits is plugged in)" } else { "" }
            return "\(kind)\(standIn): \(lenses.joined(separator: ", "))\(calibration)"
        }
    }

    private static func network(_ camera: CameraSettings, _ settings: ApplianceSettings) -> Finding {
        finding("network of \(camera.id)") {
            let loader = ModelLoader(settings)
            guard let network = try loader.network(for: camera.pipeline.ai) else { return "none wanted" }
            return
                "\(loader.name(for: camera.pipeline.ai)): \(network.manifest.family.rawValue), \(network.inputWidth)x\(network.inputHeight)"
        }
    }
}

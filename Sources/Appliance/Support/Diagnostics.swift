// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation
import Glibc
import Inference
import Pipeline
public import Settings

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
    static func inside(_ settings: Settings) -> [Finding] {
        machine(settings) + DeviceDiagnostics(settings, opensCameras: false).findings
    }

    private static func machine(_ settings: Settings) -> [Finding] {
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
    public static func run(_ settings: Settings) -> [Finding] {
        var findings = machine(settings)
        findings.append(port("http.port", settings.http.port, SOCK_STREAM))
        findings += DaemonPublishers.ports(settings).map { port($0.key, $0.port, $0.type) }
        let devices = DeviceDiagnostics(settings)
        findings += devices.findings
        for (index, camera) in settings.cameras.enumerated() {
            findings.append(self.camera(camera, path: "cameras.\(index)", devices.supply(for: camera)))
            findings.append(network(camera, path: "cameras.\(index)", settings))
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

    private static func runtime(_ settings: Settings) -> Finding {
        finding("ONNX Runtime") {
            let runtime = try ONNXRuntime.load(path: settings.runtime.onnxRuntime.isEmpty ? nil : settings.runtime.onnxRuntime)
            return "\(runtime.version) at \(runtime.path)"
        }
    }

    private static func ffmpeg(_ settings: Settings) -> Finding {
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

    private static func camera(_ settings: CameraSettings, path: String, _ supply: CameraSupply) -> Finding {
        let subject = "camera \(settings.id)"
        if case .none(let why) = supply { return Finding(subject: subject, verdict: .bad, text: why) }
        return finding(subject) {
            _ = try PipelineConfiguration(settings.pipeline, path: "\(path).pipeline")
            let source = try SourceFactory.open(settings, supply)
            let lenses = source.format.lenses.map { "\($0.key.gen1Name) \($0.value.width)x\($0.value.height)" }.sorted()
            let calibration = source.format.calibration == nil ? ", not calibrated: no depth" : ", calibrated"
            let agreements = (source as? V4L2Source)?.agreements.map(\.description) ?? []
            let kind = agreements.isEmpty ? settings.source.kind.rawValue : agreements.joined(separator: "; ")
            let standIn = if case .demo = supply { " (the demo: no camera that fits is plugged in)" } else { "" }
            return "\(kind)\(standIn): \(lenses.joined(separator: ", "))\(calibration)"
        }
    }

    private static func network(_ camera: CameraSettings, path: String, _ settings: Settings) -> Finding {
        finding("network of \(camera.id)") {
            let configuration = try PipelineConfiguration(camera.pipeline, path: "\(path).pipeline")
            let loader = ModelLoader(settings)
            guard let network = try loader.network(for: configuration.ai) else { return "none wanted" }
            return
                "\(loader.name(for: configuration.ai)): \(network.manifest.family.rawValue), \(network.inputWidth)x\(network.inputHeight)"
        }
    }

    /// Whether the port can be opened now; a running daemon holds its own.
    private static func port(_ key: String, _ port: Int, _ type: __socket_type) -> Finding {
        guard port != 0 else { return Finding(subject: key, verdict: .good, text: "any free port") }
        let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        defer { close(descriptor) }
        var reuse: Int32 = 1
        if type == SOCK_STREAM { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if bound == 0 { return Finding(subject: key, verdict: .good, text: "\(port) is free") }
        return Finding(
            subject: key, verdict: .warning,
            text:
                "\(port): \(String(cString: strerror(errno))); fine if depthd is already running, otherwise choose another \(key)"
        )
    }
}

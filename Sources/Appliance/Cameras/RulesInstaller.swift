// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// Puts the udev rules where udev reads them, and has them applied to what is plugged in already.
public struct RulesInstaller: Sendable {
    /// Where the system begins; anything but `/` is somebody's image, whose udev does not run here.
    private let root: String

    /// What became of one file.
    public enum Outcome: String, Sendable, Codable {
        case missing, different, same
    }

    /// Why rules were not installed.
    public enum Failure: Error, CustomStringConvertible, Hashable {
        case notRoot
        case noFolder(String)
        case unwritable(String, reason: String)
        case udev(String)

        public var description: String {
            switch self {
            case .notRoot: "installing rules needs root: sudo depthd install-rules"
            case .noFolder(let folder): "\(folder) does not exist; is this the root folder of a system?"
            case .unwritable(let path, let reason): "\(path) could not be written: \(reason)"
            case .udev(let reason): "the rules are installed, but \(reason); plug the cameras in again, or restart udev"
            }
        }
    }

    public init(root: String = "/") {
        self.root = root
    }

    private var isOwnSystem: Bool { URL(fileURLWithPath: root).standardizedFileURL.path == "/" }

    private var folder: URL { URL(fileURLWithPath: root).appendingPathComponent("etc/udev/rules.d") }

    private func url(_ file: UdevRules.File) -> URL { folder.appendingPathComponent(file.name) }

    /// Where udev reads rules, the most important place first: a file hides those of its name in later ones. The owner's
    /// are in `/etc`, a package's in `/usr/lib`.
    private static let places = ["etc/udev/rules.d", "run/udev/rules.d", "usr/local/lib/udev/rules.d", "usr/lib/udev/rules.d"]

    /// The file of that name that udev reads.
    private func installed(_ file: UdevRules.File) -> URL? {
        Self.places.map { URL(fileURLWithPath: root).appendingPathComponent("\($0)/\(file.name)") }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// How each file stands, without changing anything.
    public func look() -> [(file: UdevRules.File, outcome: Outcome)] {
        UdevRules.all.map { file in
            guard let path = installed(file)?.path, let text = FileManager.default.contents(atPath: path) else {
                return (file, .missing)
            }
            return (file, text == Data(file.text.utf8) ? .same : .different)
        }
    }

    /// Writes what is missing or different; does nothing when all is there.
    /// - Parameters:
    ///   - keepsOthers: leaves a file alone that somebody changed.
    ///   - udevadm: the program that tells udev; found on PATH.
    /// - Returns: what was done, one sentence each.
    /// - Throws: `Failure`.
    public func install(keepsOthers: Bool = false, udevadm: String = "udevadm") throws(Failure) -> [String] {
        guard !isOwnSystem || geteuid() == 0 else { throw .notRoot }
        let parent = folder.deletingLastPathComponent().deletingLastPathComponent()
        guard FileManager.default.fileExists(atPath: parent.path) else { throw .noFolder(parent.path) }
        var report: [String] = []
        var isChanged = false
        for (file, outcome) in look() {
            let path = (installed(file) ?? url(file)).path
            switch outcome {
            case .same: report.append("\(path) is there already")
            case .different where keepsOthers: report.append("\(path) differs from depthd's own; left as it is")
            case .missing, .different:
                try write(file)
                let target = url(file).path
                report.append(outcome == .different && path == target ? "\(path) replaced" : "\(target) installed")
                isChanged = true
            }
        }
        if isChanged, isOwnSystem {
            try apply(udevadm)
            report.append("udev reloads its rules and applies them to the connected devices")
        }
        return report
    }

    /// A file is there whole or not at all, whatever happens meanwhile.
    private func write(_ file: UdevRules.File) throws(Failure) {
        let target = url(file)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(file.text.utf8).write(to: target, options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: target.path)
        } catch {
            throw .unwritable(target.path, reason: error.localizedDescription)
        }
    }

    private func apply(_ udevadm: String) throws(Failure) {
        for arguments in [
            ["control", "--reload"],
            ["trigger", "--action=change", "--subsystem-match=usb", "--subsystem-match=video4linux"],
            ["settle", "--timeout=10"],
        ] {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [udevadm] + arguments
            process.standardError = FileHandle.nullDevice
            do { try process.run() } catch { throw .udev("udevadm cannot be run (\(error.localizedDescription))") }
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw .udev("'udevadm \(arguments.joined(separator: " "))' failed with status \(process.terminationStatus)")
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Where ONNX Runtime's shared library may be. It is looked for when the daemon runs and never linked, because the
/// library of PyPI's wheel and that of Debian have different names.
package struct ONNXLibrarySearch: Sendable {
    /// From the settings: a file, or a folder that holds the library. When it is given nothing else is tried.
    package var configuredPath: String?
    /// The value of `DEPTHD_ONNXRUNTIME`: like `configuredPath`, one step weaker.
    package var environmentPath: String?
    /// The folder of the running executable.
    package var executableFolder: String?

    package init(configuredPath: String?, environmentPath: String?, executableFolder: String?) {
        self.configuredPath = configuredPath
        self.environmentPath = environmentPath
        self.executableFolder = executableFolder
    }

    /// The search as this process does it.
    package init(configuredPath: String?) {
        let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        self.init(
            configuredPath: configuredPath,
            environmentPath: ProcessInfo.processInfo.environment["DEPTHD_ONNXRUNTIME"],
            executableFolder: executable.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path })
    }

    /// The library's folder in an installed system.
    static let installedFolder = "/usr/lib/depthd"

    /// The names to try, best first. A bare name is looked up by the dynamic linker.
    package var candidates: [String] {
        for path in [configuredPath, environmentPath] {
            if let path, !path.isEmpty { return Self.isFolder(path) ? Self.libraries(in: path, orElse: true) : [path] }
        }
        let folders = [executableFolder, Self.installedFolder].compactMap(\.self)
        return folders.flatMap { Self.libraries(in: $0, orElse: false) } + ["libonnxruntime.so.1"]
            + Self.minorVersions.map { "libonnxruntime.so.1.\($0)" }
    }

    /// Debian names the library by its minor version: trixie has 1.21, forky 1.23.
    private static let minorVersions = 21...40

    /// The candidates for people: the system's many names are one.
    package var described: [String] {
        let named = candidates.filter { $0.contains("/") }
        guard named.count < candidates.count else { return named }
        return named + [
            "libonnxruntime.so.1 and .so.1.\(Self.minorVersions.lowerBound)...\(Self.minorVersions.upperBound) of the system"
        ]
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// The libraries in a folder, newest first; a missing one is named when somebody asked for this very folder.
    private static func libraries(in folder: String, orElse nameOne: Bool) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let found = names.filter { $0.hasPrefix("libonnxruntime.so") }
            .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
        return (found.isEmpty && nameOne ? ["libonnxruntime.so"] : found).map { "\(folder)/\($0)" }
    }
}

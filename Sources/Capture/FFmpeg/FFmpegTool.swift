// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Finds the programs of the ffmpeg package.
enum FFmpegTool {
    /// The path of a program: `name` itself when it holds a slash, else the first found in `PATH`.
    static func path(_ name: String) throws(CaptureError) -> String {
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let candidates = name.contains("/") ? [name] : search.split(separator: ":").map { "\($0)/\(name)" }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw .unusable(what: "\(name) is not installed", remedy: "apt install ffmpeg")
        }
        return found
    }

    /// The environment a child gets: what programs and TLS need to work, none of the daemon's secrets.
    static var environment: [String] {
        let kept = [
            "PATH", "HOME", "LANG", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy",
            "no_proxy",
        ]
        let all = ProcessInfo.processInfo.environment
        return kept.compactMap { name in all[name].map { "\(name)=\($0)" } }
    }
}

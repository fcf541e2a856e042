// SPDX-License-Identifier: Apache-2.0
import CSpawn
import Foundation

/// Starts a program of the ffmpeg package, without a shell.
enum FFmpegSpawn {
    /// - Parameter arguments: without the program's name.
    static func start(_ path: String, _ arguments: [String]) throws(CaptureError) -> cs_child {
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = FFmpegTool.environment.map { strdup($0) } + [nil]
        defer { (argv + environment).forEach { free($0) } }
        var child = cs_child()
        let result = cs_spawn(path, &argv, &environment, &child)
        guard result == 0 else { throw .lost("\(path) does not start: \(String(cString: strerror(result)))") }
        return child
    }
}

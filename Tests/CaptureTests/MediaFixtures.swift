// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Clips and stand-ins the media tests make for themselves.
enum MediaFixtures {
    /// Whether the tests can make clips here.
    static let hasFFmpeg = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        access("\($0)/ffmpeg", X_OK) == 0
    }

    /// A clip of one grey level at 25 pictures a second; without loss, unless another codec is named.
    static func clip(_ path: String, gray level: Int, pictures: Int, size: String = "64x48", codec: String = "ffv1") throws {
        let color = String(format: "0x%02x%02x%02x", level, level, level)
        try run(
            "ffmpeg",
            [
                "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "color=c=\(color):s=\(size):r=25", "-frames:v",
                String(pictures), "-c:v", codec, "-pix_fmt", codec == "ffv1" ? "bgr0" : "yuvj444p", path,
            ])
    }

    private static func run(_ tool: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// A program that behaves as the shell text says, in place of ffmpeg.
    static func standIn(_ folder: TemporaryFolder, _ text: String) throws -> String {
        try folder.write("stand-in", Array("#!/bin/sh\n\(text)\n".utf8))
        chmod("\(folder.path)/stand-in", 0o755)
        return "\(folder.path)/stand-in"
    }

    /// Pipes this process has open.
    static func openPipes() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.count { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            return target?.hasPrefix("pipe:") ?? false
        }
    }

    /// What a media source starts; other suites in this process have children of other names.
    private static let mediaPrograms: Set<String> = ["ffmpeg", "ffprobe", "stand-in", "sh", "sleep"]

    /// Media children of this process, zombies included.
    static func children() -> [String] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.flatMap { task in
            let list = (try? String(contentsOfFile: "/proc/self/task/\(task)/children", encoding: .utf8)) ?? ""
            return list.split(separator: " ").map(String.init).filter { child in
                let name = (try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)) ?? ""
                return mediaPrograms.contains(name.trimmingCharacters(in: .newlines))
            }
        }
    }
}

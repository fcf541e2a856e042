// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// One light of the board, as the kernel shows it.
package final class LightFile {
    /// Why a light cannot be used, with what to do.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let descriptor: Int32
    private let brightest: String

    /// - Parameters:
    ///   - name: of the light.
    ///   - folder: where the lights are.
    /// - Throws: `Failure` when there is no light of that name, or it is not writable.
    package init(_ name: String, folder: String = "/sys/class/leds") throws(Failure) {
        let path = "\(folder)/\(name)/brightness"
        descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            let known = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            guard known.contains(name) else {
                throw Failure(
                    description: "this board has no light called \(name); set status_light to "
                        + (known.isEmpty ? "none: it has no lights" : "one of \(known.joined(separator: ", "))"))
            }
            throw Failure(
                description: "\(path) is not writable (\(reason)): it needs depthd's udev rules, and the service may "
                    + "write to ACT and PWR only; docs/headless.md explains how to allow another light")
        }
        let highest = FileManager.default.contents(atPath: "\(folder)/\(name)/max_brightness")
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
        brightest = highest.flatMap { Int($0) }.map { String(max(1, $0)) } ?? "1"
    }

    deinit { close(descriptor) }

    /// Lights it or not; the kernel's own use of the light ends with the first dark.
    package func set(_ isLit: Bool) throws(Failure) {
        let text = Array((isLit ? brightest : "0").utf8)
        guard pwrite(descriptor, text, text.count, 0) == text.count else {
            throw Failure(description: "the light is gone: \(String(cString: strerror(errno)))")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Foundation
import Pipeline
import Settings

struct Cameras: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the cameras that are plugged in, what they offer, and what they would be used for.",
        discussion: "Needs no running daemon. You can use the names it shows in the settings.")

    @OptionGroup var options: SettingsOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let listing: CameraListing
        do {
            listing = try CameraListing.now(try options.loadOrExit())
        } catch let error as SettingsError {
            Output.complaint("depthd: bad configuration: \(error)")
            throw ExitCode(78)
        }
        if json {
            try Output.json(listing)
        } else {
            Output.line(text(of: listing))
        }
    }

    private func text(of listing: CameraListing) -> String {
        var lines: [String] = []
        for camera in listing.cameras {
            let speed = camera.megabits > 0 ? ", \(Int(camera.megabits)) Mbit/s" : ""
            lines.append("\(camera.node): \(camera.name)\(camera.usb.isEmpty ? "" : " (\(camera.usb)\(speed))")")
            lines.append("  name it    \(camera.selectors.joined(separator: "  "))")
            let use = camera.use.isEmpty ? "nothing with these settings" : "camera \(camera.use)"
            lines.append(
                "  used for   " + (camera.obstacle.isEmpty ? "\(use), looks \(camera.role)" : "nothing: it \(camera.obstacle)"))
            lines += camera.formats.map { "  offers     \($0)" }
            if !camera.controls.isEmpty { lines.append("  controls   \(camera.controls.joined(separator: "; "))") }
            lines += camera.notes.map { "  note       \($0)" }
        }
        for device in listing.devices {
            lines.append("\(device.usb) at port:\(device.port): \(device.name)")
            lines.append("  \(device.why); \(device.remedy)")
        }
        if listing.cameras.isEmpty { lines.append("no camera is plugged in") }
        lines += listing.problems.map { "! \($0)" }
        return lines.joined(separator: "\n")
    }
}

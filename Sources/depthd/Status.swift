// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Core
import Foundation
import Pipeline

/// `--url`, for commands that ask a running daemon.
struct DaemonOptions: ParsableArguments {
    @Option(help: "The daemon's address.")
    var url = "http://127.0.0.1:8080"

    func address() throws -> DaemonAddress {
        try DaemonAddress(url: url)
    }
}

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the status of a running daemon.")

    @OptionGroup var daemon: DaemonOptions
    @Flag(help: "Print the daemon's JSON unchanged.")
    var json = false

    func run() async throws {
        let answer = try await HTTPFetch.get("/api/v1/status", from: daemon.address())
        guard answer.status == 200 else { throw Failure(description: "the daemon answered \(answer.status)") }
        if json {
            Output.line(String(decoding: answer.body, as: UTF8.self))
        } else {
            Output.line(StatusReport.text(try JSONDecoder().decode(ApplianceStatus.self, from: Data(answer.body))))
        }
    }
}

/// A status in words and columns.
enum StatusReport {
    static func text(_ box: ApplianceStatus) -> String {
        var lines = ["depthd \(box.version) on \(box.host), up \(Int(box.uptimeSeconds)) s, \(box.health)"]
        lines += box.why.map { "  ! \($0)" }
        for camera in box.cameras {
            let lenses = camera.lenses.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            lines.append("camera \(camera.id): \(camera.state.rawValue), \(camera.source)\(lenses.isEmpty ? "" : ", \(lenses)")")
            lines += camera.devices.map { "  \($0)" }
            if let network = camera.network {
                lines.append("  network \(network.model) (\(network.family), \(network.width)x\(network.height))")
            }
            for (task, place) in (camera.placements ?? [:]).sorted(by: { $0.key < $1.key }) where place != "host" {
                lines.append("  \(task) in the \(place == "device" ? "camera" : place)")
            }
            for stage in camera.stages where stage.name != "capture" {
                let figures = stage.figures
                lines.append(
                    "  " + stage.name.padded(12)
                        + String(
                            format: "%6.2f ms p50 %6.2f p99 %6.2f cpu", figures.p50Milliseconds, figures.p99Milliseconds,
                            figures.cpuMilliseconds))
            }
            for stream in camera.streams where stream.published > 0 {
                lines.append(
                    "  " + stream.name.padded(16)
                        + String(format: "%5.1f fps %6.2f ms", stream.framesPerSecond, stream.latencyP50Milliseconds))
            }
            if let rows = camera.verticalMisalignmentPixels {
                lines.append(String(format: "  rows of left and right meet to %.2f px", rows))
            }
            let drops = camera.counters.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            if !drops.isEmpty { lines.append("  dropped: \(drops.joined(separator: ", "))") }
        }
        lines += box.devices.map { "device \($0.usb) at \($0.port): \($0.name)" }
        lines += box.publishers.map(line)
        return lines.joined(separator: "\n")
    }

    /// One publisher: name, port and subscriptions, or why it does not run.
    private static func line(_ publisher: PublisherStatus) -> String {
        let place = publisher.port.map { " \($0)" } ?? ""
        var facts = publisher.subscriptions.map { ["\($0) subscriptions"] } ?? []
        if publisher.state != .running { facts.append(publisher.why.isEmpty ? publisher.state.rawValue : publisher.why) }
        return "\(publisher.name)\(place): \(facts.isEmpty ? publisher.state.rawValue : facts.joined(separator: ", "))"
    }
}

extension String {
    /// Filled with blanks to `width` columns.
    func padded(_ width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Core
import Foundation
import Publish

struct Subscribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the results a daemon sends by UDP.",
        discussion:
            "Reconnects when the daemon restarts. docs/udp.md describes the protocol; examples/ has the same client in Python and C."
    )

    @Option(help: "The daemon's host.")
    var host = "127.0.0.1"
    @Option(help: "The daemon's UDP port.")
    var port = UDPSettings.standardPort
    @Option(
        name: .customLong("stream"),
        help: ArgumentHelp("A stream such as camera/object_tracker; may be repeated. Default: all.", valueName: "camera/stream"))
    var streams: [String] = []
    @Option(help: "Maximum number of datagrams per second and stream.")
    var rate: Int?
    @Option(help: ArgumentHelp("File with the daemon's shared key (udp.key_file).", valueName: "file"))
    var keyFile = ""
    @Option(help: "Exit after this many results; 0 never exits.")
    var count = 0
    @Flag(help: "Print one JSON object per line.")
    var json = false

    func validate() throws {
        guard (1...65535).contains(port) else { throw ValidationError("--port must be 1 to 65535") }
        guard (rate ?? 1) > 0 else { throw ValidationError("--rate must be at least 1") }
        guard count >= 0 else { throw ValidationError("--count must not be negative") }
    }

    func run() async throws {
        let subscriber = ResultSubscriber(
            host: host, port: port, streams: streams.isEmpty ? nil : streams, rate: rate, json: false,
            key: try SharedKeyFile.read(keyFile))
        let printer = ResultPrinter(asJSON: json)
        let limit = count
        try await withThrowingTaskGroup(of: Void.self) { group in
            let enough = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
            group.addTask {
                try await subscriber.run { message in
                    if printer.print(message), limit > 0, printer.printed.current >= limit { enough.close() }
                }
                enough.close()
            }
            group.addTask { _ = await enough.receive() }
            try await group.next()
            group.cancelAll()
        }
    }
}

/// Writes results as lines.
private struct ResultPrinter: Sendable {
    let asJSON: Bool
    let printed = Counter()

    init(asJSON: Bool) {
        self.asJSON = asJSON
    }

    /// - Returns: whether the message was a result.
    func print(_ message: SubscriberMessage) -> Bool {
        switch message {
        case .result(let result): Output.line(asJSON ? result.jsonLine : line(result))
        // Readings of a motion sensor come in no other form.
        case .json(let text): Output.line(text)
        case .connected, .described, .refused, .lost:
            if !asJSON { Output.complaint("\(message)") }
            return false
        }
        printed.add()
        return true
    }

    private func line(_ result: ResultMessage) -> String {
        let objects = result.objects.map { object -> String in
            let name = object.labelName ?? "label \(object.label)"
            if object.state == .removed { return "\(name) #\(object.track) gone" }
            let distance = object.position.map { String(format: "%.2f m", $0.z / 1000) } ?? "distance unknown"
            let track = object.track > 0 ? " #\(object.track)" : ""
            return "\(name)\(track) \(Int((object.confidence * 100).rounded())) % \(distance)"
        }
        let age = String(format: "%.1f ms", Double(result.ageMicroseconds) / 1000)
        return "\(result.stream) frame \(result.frame) (\(age)): \(objects.isEmpty ? "nothing" : objects.joined(separator: ", "))"
    }
}

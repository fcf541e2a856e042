// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

struct Support: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Save a support bundle: status, findings, settings and log of a running daemon, without secrets.",
        discussion:
            "Without --output, the file is saved in this folder under the name the daemon suggests. An existing file is replaced."
    )

    @OptionGroup var daemon: DaemonOptions
    @Option(name: .shortAndLong, help: "Where to write.")
    var output: String?

    private static let advice = """
        without a daemon there is no bundle; these say why it does not run:
          systemctl status depthd
          journalctl -u depthd -n 200
          depthd doctor
        """

    func run() async throws {
        let answer: HTTPFetch.Answer
        do {
            answer = try await HTTPFetch.get("/api/v1/support", from: daemon.address())
        } catch {
            throw Failure(description: "\(error)\n\(Self.advice)")
        }
        guard answer.status == 200 else {
            throw Failure(description: "the daemon answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        let path = output ?? Self.name(in: answer.headers["content-disposition"] ?? "")
        try Data(answer.body).write(to: URL(fileURLWithPath: path), options: .atomic)
        Output.line("\(path): \(answer.body.count) bytes")
    }

    /// The name that the daemon gave; only a plain one is taken.
    private static func name(in disposition: String) -> String {
        let parts = disposition.split(separator: "\"")
        let name = parts.count > 1 ? String(parts[1]) : ""
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
        return isPlain && name.hasPrefix("depthd-support-") ? name : "depthd-support.tar.gz"
    }
}

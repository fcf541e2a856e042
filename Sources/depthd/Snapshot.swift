// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

struct Snapshot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Save one picture of a stream.")

    @OptionGroup var daemon: DaemonOptions
    @Argument(help: "The camera.")
    var camera = "demo"
    @Argument(help: "The stream, such as color, left, depth or disparity_color.")
    var stream = "color"
    @Option(name: .shortAndLong, help: "File to write; .jpg or .png selects the format. Depth as .png is 16-bit millimetres.")
    var output: String

    func validate() throws {
        guard output.hasSuffix(".jpg") || output.hasSuffix(".png") else {
            throw ValidationError("--output must end in .jpg or .png")
        }
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyz0123456789_-")
        guard (camera + stream).unicodeScalars.allSatisfy(allowed.contains) else {
            throw ValidationError("camera and stream are names of small letters, digits, - and _")
        }
    }

    func run() async throws {
        let form = output.hasSuffix(".png") ? "png" : "jpg"
        let path = "/api/v1/cameras/\(camera)/streams/\(stream)/snapshot.\(form)"
        let answer = try await HTTPFetch.get(path, from: daemon.address())
        guard answer.status == 200 else {
            throw Failure(description: "the daemon answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        try Data(answer.body).write(to: URL(fileURLWithPath: output), options: .atomic)
        Output.line("\(output): \(answer.body.count) bytes")
    }
}

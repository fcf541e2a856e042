// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Capture
import Foundation

struct RenderDataset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render-dataset",
        abstract: "Render labelled pictures of the demo scene's objects, to train the demo detector.",
        discussion: "Writes PPM pictures and labels.jsonl; training/MODEL_CARD.md shows how they are used.")

    @Option(help: "Folder to write to.")
    var output: String
    @Option(help: "How many pictures.")
    var count = 1000
    @Option(help: "The same seed renders the same pictures.")
    var seed: UInt64 = 1
    @Option(help: "Picture size as WIDTHxHEIGHT, 64x40 to 1280x800.")
    var size = "640x400"

    @Option(help: "Share of pictures that look like the demo scene, 0 to 1; the others are random rooms.")
    var demoShare = 0.3

    func validate() throws {
        guard dimensions != nil else { throw ValidationError("--size must be WIDTHxHEIGHT, such as 640x400") }
        guard (0...1).contains(demoShare) else { throw ValidationError("--demo-share must be 0 to 1") }
        guard (1...1_000_000).contains(count) else { throw ValidationError("--count must be 1 to 1000000") }
    }

    private var dimensions: (width: Int, height: Int)? {
        let numbers = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let width = numbers[0], let height = numbers[1] else { return nil }
        return (width, height)
    }

    func run() throws {
        guard let (width, height) = dimensions else { return }
        let dataset = try SceneDataset(seed: seed, width: width, height: height, demoShare: demoShare)
        try dataset.write(count: count, to: URL(fileURLWithPath: output))
        Output.line("\(count) pictures in \(output)")
    }
}

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
    @Option(help: "640x400 or 1280x800.")
    var size = "640x400"

    @Option(help: "Share of pictures that look like the demo scene, 0 to 1; the others are random rooms.")
    var demoShare = 0.3

    func validate() throws {
        guard ["640x400", "1280x800"].contains(size) else { throw ValidationError("--size must be 640x400 or 1280x800") }
        guard (0...1).contains(demoShare) else { throw ValidationError("--demo-share must be 0 to 1") }
        guard (1...1_000_000).contains(count) else { throw ValidationError("--count must be 1 to 1000000") }
    }

    func run() throws {
        let (width, height) = size == "640x400" ? (640, 400) : (1280, 800)
        let dataset = try SceneDataset(seed: seed, width: width, height: height, demoShare: demoShare)
        try dataset.write(count: count, to: URL(fileURLWithPath: output))
        Output.line("\(count) pictures in \(output)")
    }
}

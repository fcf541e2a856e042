// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Inference

/// `depthd blob`: networks compiled for Intel's MyriadX.
struct BlobCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blob", abstract: "Inspect networks compiled for MyriadX cameras and run them on this machine.",
        subcommands: [Inspect.self, Run.self])

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a blob's contents and which of its stages cannot run on this machine.")

        @Argument(help: "The blob.")
        var file: String
        @Flag(help: "As JSON.")
        var json = false

        func run() throws {
            let report = BlobReport(try BlobTrial.blob(file))
            guard json else { return Output.line(report.text) }
            try Output.json(report)
        }
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a blob on NumPy arrays and save its outputs as NumPy arrays.")

        @Argument(help: "The blob.")
        var file: String
        @Option(help: ArgumentHelp("An input; repeat for each input.", valueName: "name=file.npy"))
        var input: [String] = []
        @Option(help: ArgumentHelp("Folder to write NAME.npy to, one file for each output.", valueName: "folder"))
        var output: String?
        @Option(name: .customLong("repeat"), help: "Run the blob this many times and report how long it takes.")
        var repetitions = 1
        @Option(help: "Number of threads.")
        var threads = 1
        @Option(name: .customLong("onnxruntime"), help: "ONNX Runtime's library or its folder.")
        var runtime: String?

        func validate() throws {
            guard (1...1_000_000).contains(repetitions) else { throw ValidationError("--repeat must be 1 to 1000000") }
            guard (1...64).contains(threads) else { throw ValidationError("--threads must be 1 to 64") }
        }

        func run() throws {
            let figures = try runs()
            for (name, array) in figures.outputs { try save(name, array) }
            let peak = BlobTrial.peakMegabytes().map { String(format: ", peak %.1f MB", $0) } ?? ""
            Output.line(
                String(
                    format: "load %.1f ms, run %.3f ms minimum, %.3f ms median of processor time", figures.loadTime,
                    figures.times[0], figures.times[figures.times.count / 2])
                    + peak)
        }

        /// The last run's outputs, the time to load in milliseconds, and that of each run, shortest first. The network is let
        /// go with its memory.
        private func runs() throws -> (outputs: [(name: String, array: NumPyFile)], loadTime: Double, times: [Double]) {
            let trial = try BlobTrial(path: file, runtimePath: runtime, threads: threads)
            let inputs = try trial.inputs(input)
            var (outputs, first) = try trial.run(inputs)
            var times = [first]
            for _ in 1..<repetitions {
                (outputs, first) = try trial.run(inputs)
                times.append(first)
            }
            return (outputs, trial.loadTime, times.sorted())
        }

        private func save(_ name: String, _ array: NumPyFile) throws {
            let shape = "\(name): \(array.element) \(array.shape)"
            guard let output else { return Output.line(shape) }
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            let path = "\(output)/\(Self.fileName(name)).npy"
            try Data(array.file).write(to: URL(fileURLWithPath: path))
            Output.line("\(shape) -> \(path)")
        }

        /// An output's name without what does not belong into a file's name.
        static func fileName(_ name: String) -> String {
            String(name.map { $0.isLetter || $0.isNumber || "-_.@".contains($0) ? $0 : "_" })
        }
    }
}

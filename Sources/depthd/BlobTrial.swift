// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference

/// Runs a blob on arrays from files, for `depthd blob run`.
struct BlobTrial {
    private let engine: any Engine
    private let ports: [BlobPort]
    /// Milliseconds from the file to the first possible run.
    let loadTime: Double

    init(path: String, runtimePath: String?, threads: Int) throws {
        let start = ContinuousClock.now
        ports = try Self.blob(path).inputs
        engine = try Blob.engine(
            Self.contents(path), name: path, runtime: ONNXRuntime.load(path: runtimePath), threads: threads)
        loadTime = (ContinuousClock.now - start) / .milliseconds(1)
    }

    /// Reads a blob.
    static func blob(_ path: String) throws -> Blob {
        let bytes = try contents(path)
        do { return try Blob(bytes) } catch { throw Failure(description: "\(path): \(error)") }
    }

    private static func array(_ path: String, for input: TensorDescription, order: BlobTensor) throws -> [UInt8] {
        let bytes = try contents(path)
        do {
            return try BlobArray.bytes(of: NumPyFile(bytes), for: input, order: order)
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        guard let file = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "\(path) does not exist or cannot be read")
        }
        return Array(file)
    }

    /// The input arrays, by name, as the engine wants them.
    /// - Parameter files: NAME=PATH; the name may be left out for a blob with one input.
    func inputs(_ files: [String]) throws -> [String: [UInt8]] {
        var arrays: [String: [UInt8]] = [:]
        for file in files {
            let parts = file.split(separator: "=", maxSplits: 1).map(String.init)
            let (name, path) = parts.count == 2 ? (parts[0], parts[1]) : (engine.inputs.first?.name ?? "", file)
            guard let index = engine.inputs.firstIndex(where: { $0.name == name }) else {
                let known = engine.inputs.map(\.name).joined(separator: ", ")
                throw Failure(description: "the blob has no input \(name) (it has \(known))")
            }
            arrays[name] = try Self.array(path, for: engine.inputs[index], order: ports[index].tensor)
        }
        let missing = engine.inputs.map(\.name).filter { arrays[$0] == nil }
        guard missing.isEmpty else {
            throw Failure(
                description: "inputs \(missing.joined(separator: ", ")) are missing; give --input NAME=FILE.npy for each")
        }
        return arrays
    }

    /// One run; the outputs, and the processor time it took in milliseconds.
    func run(_ inputs: [String: [UInt8]]) throws -> (outputs: [(name: String, array: NumPyFile)], time: Double) {
        var start = 0.0
        return try engine.run(
            fill: { (name, buffer) throws(InferenceError) in
                if let bytes = inputs[name] { buffer.copyBytes(from: bytes) }
                start = Self.processorTime()
            },
            { (views) throws(InferenceError) in
                let time = Self.processorTime() - start
                let outputs = views.map { view in
                    (name: view.name, array: NumPyFile(shape: view.shape, element: .init(view.element), bytes: Array(view.bytes)))
                }
                return (outputs, time)
            })
    }

    /// Milliseconds this process has used.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    /// The most memory this process has had, in megabytes of 2^20 bytes; nil when the system does not say.
    static func peakMegabytes() -> Double? {
        let status = FileManager.default.contents(atPath: "/proc/self/status").map { String(decoding: $0, as: UTF8.self) }
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// `depthd blob`, run as its users run it.
@Suite struct BlobCommandTests {
    private static func seed(_ name: String) -> String {
        SharedData.checkout.appendingPathComponent("fuzz/corpus/blob/\(name).blob").path
    }

    private static func vector(_ path: String) -> String { SharedData.url("blobs/\(path)").path }

    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("blob-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test("inspect lists inputs, outputs and stages, and says that all run")
    func inspect() async throws {
        let command = try await Command.depthd(["blob", "inspect", Self.seed("v2022_1_convolution")])
        #expect(command.status == 0)
        #expect(command.output.contains("version 2022.1"))
        #expect(command.output.contains("input  x: float16 NCHW [1x2x3x4]"))
        #expect(command.output.contains("stage 0: MyriadXHwOp (type 38)"))
        #expect(command.output.contains("all 1 stages run here"))
    }

    @Test("inspect as JSON names the stage that cannot run")
    func json() async throws {
        let command = try await Command.depthd(["blob", "inspect", Self.seed("stage999"), "--json"])
        #expect(command.status == 0)
        let report = try #require(JSONSerialization.jsonObject(with: command.data) as? [String: Any])
        #expect(report["runs"] as? Bool == false && report["version"] as? String == "6.0")
        let stages = try #require(report["stages"] as? [[String: Any]])
        #expect(stages.count == 1 && stages[0]["type"] as? Int == 999 && stages[0]["refusal"] != nil)
    }

    @Test("run computes a vector's output from NumPy files", .enabled(if: SharedData.isRequired))
    func run() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let command = try await Command.depthd([
            "blob", "run", Self.vector("act_relu/model.blob"), "--input", "x=\(Self.vector("act_relu/in_x.npy"))",
            "--output", folder.path, "--repeat", "3",
        ])
        #expect(command.status == 0, "\(command.complaint)")
        #expect(command.output.contains("minimum") && command.output.contains("peak"))
        let output = try Data(contentsOf: folder.appendingPathComponent("y.npy"))
        // ReLU is exact: half floats in the file, the golden's floats rounded to half.
        func numbers(_ file: Data) -> [UInt8] { Array(file[(10 + Int(file[8]) + Int(file[9]) << 8)...]) }
        let golden = numbers(try Data(contentsOf: URL(fileURLWithPath: Self.vector("act_relu/out_y.npy"))))
        let expected = golden.withUnsafeBytes { $0.bindMemory(to: Float.self).map { Float16($0) } }
        #expect(numbers(output).withUnsafeBytes { $0.bindMemory(to: Float16.self).map { $0 } } == expected)
        #expect(String(decoding: output.prefix(128), as: UTF8.self).contains("'descr': '<f2'"))
    }

    @Test("run refuses a blob whose stage cannot run, by number, type and name, before it reads inputs")
    func refused() async throws {
        let command = try await Command.depthd(["blob", "run", Self.seed("stage999")])
        #expect(command.status == 1)
        #expect(command.complaint.contains("stage 0 (type 999"))
    }

    @Test(
        "a missing input, an unknown name and a file that is no array are errors that say so", .enabled(if: SharedData.isRequired)
    )
    func inputs() async throws {
        let blob = Self.vector("act_relu/model.blob")
        let missing = try await Command.depthd(["blob", "run", blob])
        #expect(missing.status == 1 && missing.complaint.contains("--input NAME=FILE.npy"))
        let unknown = try await Command.depthd(["blob", "run", blob, "--input", "z=\(Self.vector("act_relu/in_x.npy"))"])
        #expect(unknown.status == 1 && unknown.complaint.contains("no input z"))
        let noArray = try await Command.depthd(["blob", "run", blob, "--input", "x=\(blob)"])
        #expect(noArray.status == 1 && noArray.complaint.contains("no .npy file"))
    }

    @Test("a file that is no blob is refused", arguments: ["inspect", "run"])
    func noBlob(command: String) async throws {
        let result = try await Command.depthd(["blob", command, #filePath])
        #expect(result.status == 1 && result.complaint.contains("not a MyriadX blob"))
    }
}

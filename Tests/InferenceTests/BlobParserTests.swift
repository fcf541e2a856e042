// SPDX-License-Identifier: Apache-2.0
import Foundation
import Inference
import TestSupport
import Testing

/// The seeds of the fuzzer: small blobs of our own making.
enum BlobSeeds {
    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: SharedData.checkout.appendingPathComponent("fuzz/corpus/blob/\(name).blob")))
    }

    static func names() throws -> [String] {
        let folder = SharedData.checkout.appendingPathComponent("fuzz/corpus/blob")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".blob") }
            .map { String($0.dropLast(5)) }.sorted()
    }
}

@Suite("Reading blobs")
struct BlobParserTests {
    @Test("all four header versions are read", arguments: ["v5_0", "v6_0", "v2021_4", "v2022_1"])
    func versions(version: String) throws {
        let blob = try Blob(BlobSeeds.bytes("\(version)_convolution"))
        #expect("v\(blob.header.major)_\(blob.header.minor)" == version)
        #expect(blob.inputs.map(\.name) == ["x"] && blob.outputs.map(\.name) == ["y"])
        #expect(blob.inputs[0].tensor.shape?.dimensions == [1, 2, 3, 4] && blob.inputs[0].tensor.order == "NCHW")
        #expect(blob.inputs[0].tensor.shape?.strides == [48, 24, 8, 2] && blob.inputs[0].tensor.element == .float16)
        #expect(blob.stages.map(\.name) == ["MyriadXHwOp"] && blob.stages[0].buffers.count == 4)
        #expect(blob.refusals == [])
    }

    @Test("an injected stage is found inside its host")
    func injected() throws {
        let blob = try Blob(BlobSeeds.bytes("v6_0_injected"))
        #expect(blob.stages[0].injected.map(\.name) == ["Copy"])
        #expect(BlobReport(blob).stages.map(\.injected) == [true, false])
    }

    @Test("a blob cut off anywhere is refused", arguments: ["v5_0_copy", "v6_0_copy", "v2022_1_convolution", "v6_0_injected"])
    func truncated(name: String) throws {
        let bytes = try BlobSeeds.bytes(name)
        for length in 0..<bytes.count {
            #expect(throws: BlobFormatError.self, "\(length)") { try Blob(Array(bytes[..<length])) }
        }
    }

    @Test(
        "every truncation of a vector's header and sections is refused", .enabled(if: SharedData.isRequired),
        arguments: BlobVector.all)
    func truncatedVectors(vector: BlobVector) throws {
        let bytes = try SharedData.bytes("blobs/\(vector.name)/model.blob")
        // The header says how long the file is, so every shorter file is cut off; the first bytes count one by one.
        let lengths = Array(0..<min(bytes.count, 512)) + stride(from: 512, to: min(bytes.count, 65_536), by: 257)
        for length in lengths { #expect(throws: BlobFormatError.self) { try Blob(Array(bytes[..<length])) } }
    }

    @Test(
        "damaged numbers of the header and the sections never crash, whatever they do",
        arguments: ["v5_0_injected", "v6_0_injected"])
    func damaged(name: String) throws {
        let bytes = try BlobSeeds.bytes(name)
        for place in stride(from: 52, to: bytes.count - 3, by: 4) {
            for number: UInt32 in [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] {
                var broken = bytes
                for byte in 0..<4 { broken[place + byte] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(byte))) }
                if let blob = try? Blob(broken) { _ = blob.refusals }
            }
        }
    }

    @Test("an unknown stage is skipped, listed and refused by number, type and name")
    func unknown() throws {
        let blob = try Blob(BlobSeeds.bytes("stage999"))
        #expect(blob.stages[0].buffers.count == 4)
        #expect(
            blob.refusals.map(\.description) == [
                "stage 0 (type 999, type 999) cannot run here: this type of stage is not supported"
            ])
        #expect(BlobReport(blob).text.contains("CANNOT RUN HERE") && !BlobReport(blob).runs)
    }

    @Test("what is no blob is refused at its first byte")
    func noBlob() {
        for bytes in [[], Array("\u{7F}ELF".utf8), [UInt8](repeating: 0, count: 400)] as [[UInt8]] {
            let error = #expect(throws: BlobFormatError.self) { try Blob(bytes) }
            #expect(error?.offset == 0)
        }
    }

    @Test("the seeds of the fuzzer are blobs")
    func seeds() throws {
        #expect(try BlobSeeds.names().count > 80)
        for name in try BlobSeeds.names() { _ = BlobReport(try Blob(BlobSeeds.bytes(name))) }
    }
}

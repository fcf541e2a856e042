// SPDX-License-Identifier: Apache-2.0

/// A compiled network for Intel's MyriadX, as its file says. Reading checks every number it uses: lengths, places,
/// shapes and that each operand lies inside its memory. The layouts of 2019 R3 to 2022.1 are read.
public struct Blob: Sendable {
    public let header: BlobHeader
    public let inputs: [BlobPort]
    public let outputs: [BlobPort]
    /// In the order they run.
    public let stages: [BlobStage]
    package let bytes: [UInt8]
    /// Where the constants lie in the file.
    package let constants: Range<Int>

    /// Whether a file starts like a blob.
    public static func isBlob(_ bytes: some Sequence<UInt8>) -> Bool { bytes.starts(with: BlobHeader.identification) }

    /// Reads a whole file.
    public init(_ bytes: [UInt8]) throws(BlobFormatError) {
        let header = try BlobHeader(bytes)
        let constants = header.sections.constants..<header.fileSize
        let reader = BlobReader(bytes: bytes, header: header, constants: constants)
        inputs = try reader.ports(
            at: header.sections.inputs, count: header.inputCount, total: header.inputBytes, what: "input")
        outputs = try reader.ports(
            at: header.sections.outputs, count: header.outputCount, total: header.outputBytes, what: "output")
        stages = try reader.stages(inputs: inputs, outputs: outputs)
        self.header = header
        self.bytes = bytes
        self.constants = constants
    }

    /// A cursor over a stage's parameters.
    package func parameters(of stage: BlobStage) -> BlobCursor? { try? BlobCursor(bytes, stage.parameters) }
}

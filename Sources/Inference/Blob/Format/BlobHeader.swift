// SPDX-License-Identifier: Apache-2.0

/// The numbers at the start of a blob.
public struct BlobHeader: Sendable, Hashable {
    /// 5 and 6 in Intel's own builds, the OpenVINO release (2021.4) in the camera vendor's.
    public let major: Int
    public let minor: Int
    /// Bytes up to the end of the constants; a trailer may follow.
    public let fileSize: Int
    public let inputCount: Int
    public let outputCount: Int
    public let stageCount: Int
    /// Bytes of all inputs, whole batch.
    public let inputBytes: Int
    /// Bytes of all outputs, whole batch.
    public let outputBytes: Int
    /// Samples per run; the shapes of stages describe one of them.
    public let batch: Int
    /// Bytes of main memory the stages share.
    public let sharedBytes: Int
    /// Slices of 128 KiB of on-chip memory the stages share.
    public let slices: Int
    /// Vector processors the blob was compiled for; of no meaning on an ordinary processor.
    public let shaves: Int
    let sections: Sections

    struct Sections: Sendable, Hashable {
        var inputs: Int
        var outputs: Int
        var stages: Int
        var constants: Int
    }

    /// From 2020.4 on, shapes lie in the constant section.
    var hasSharedShapes: Bool { major >= 6 }
    /// Bytes of on-chip memory.
    public var sliceBytes: Int { slices * 131_072 }

    static let identification: [UInt8] = [0x7F, 0x65, 0x6C, 0x66]
    static let magic = 9709
    static let identificationSize = 52
    static let end = 132
    /// The chip has 512 MiB of memory and 2.5 MiB on chip; more cannot have been compiled for it.
    static let largestMemory = 512 << 20
    static let largestBatch = 1024

    init(_ bytes: [UInt8]) throws(BlobFormatError) {
        guard bytes.starts(with: Self.identification) else {
            throw BlobFormatError(offset: 0, reason: "not a MyriadX blob: the first four bytes are not 7F 65 6C 66")
        }
        var cursor = try BlobCursor(bytes, Self.identificationSize..<Self.end)
        guard try cursor.count() == Self.magic else {
            throw BlobFormatError(offset: 52, reason: "not a MyriadX blob: the number after the identification is not 9709")
        }
        fileSize = try cursor.count()
        major = try cursor.count()
        minor = try cursor.count()
        guard major == 5 || major == 6 || (2020...2023).contains(major) else {
            throw BlobFormatError(
                offset: 60, reason: "blob version \(major).\(minor) is not known here (5, 6 and 2020 to 2023 are)")
        }
        inputCount = try cursor.count()
        outputCount = try cursor.count()
        stageCount = try cursor.count()
        inputBytes = try cursor.count()
        outputBytes = try cursor.count()
        batch = max(1, try cursor.count())
        sharedBytes = try cursor.count()
        slices = try cursor.count()
        shaves = try cursor.count()
        for _ in 0..<3 { _ = try cursor.unsigned() }
        sections = Sections(
            inputs: try cursor.count(), outputs: try cursor.count(), stages: try cursor.count(),
            constants: try cursor.count())
        try check(bytes.count)
    }

    private func check(_ size: Int) throws(BlobFormatError) {
        guard fileSize <= size else {
            throw BlobFormatError(offset: size, reason: "the file should have \(fileSize) bytes and has \(size); it is cut off")
        }
        let offsets = [(116, sections.inputs), (120, sections.outputs), (124, sections.stages), (128, sections.constants)]
        for (field, offset) in offsets where offset < Self.end || offset > fileSize {
            throw BlobFormatError(offset: field, reason: "a section starts at byte \(offset) of \(fileSize)")
        }
        let sizes = [(80, inputBytes), (84, outputBytes), (92, sharedBytes), (96, sliceBytes)]
        for (field, bytes) in sizes where bytes > Self.largestMemory {
            throw BlobFormatError(offset: field, reason: "\(bytes) bytes of memory; a MyriadX has \(Self.largestMemory)")
        }
        guard batch <= Self.largestBatch else {
            throw BlobFormatError(offset: 88, reason: "a batch of \(batch); at most \(Self.largestBatch) are possible")
        }
    }
}

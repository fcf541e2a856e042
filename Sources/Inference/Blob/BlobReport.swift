// SPDX-License-Identifier: Apache-2.0

/// What a blob holds, for people and programs. Nothing of it needs ONNX Runtime.
public struct BlobReport: Sendable, Codable, Hashable {
    public struct Tensor: Sendable, Codable, Hashable {
        /// Of inputs and outputs.
        public var name: String?
        /// "float16", "uint8", "int32", "float32" or "int8".
        public var type: String
        /// Axes from the outermost in memory, e.g. "NCHW".
        public var order: String
        /// In that order; nil when known at run time only.
        public var shape: [Int]?
        /// Of operands: the memory and the bytes from its start.
        public var location: String?
        public var offset: Int?
    }

    public struct Stage: Sendable, Codable, Hashable {
        public var number: Int
        public var type: Int
        public var name: String
        public var shaves: Int
        /// Run at the same time by the vector processors.
        public var injected: Bool
        public var operands: [Tensor]
        /// Bytes of its constants.
        public var constantBytes: Int
        /// Why it could not run here; nil when it runs.
        public var refusal: String?
    }

    /// As in the header, e.g. "6.0" or "2021.4".
    public var version: String
    public var fileBytes: Int
    public var constantBytes: Int
    public var batch: Int
    public var shaves: Int
    public var slices: Int
    public var sharedMemoryBytes: Int
    public var inputs: [Tensor]
    public var outputs: [Tensor]
    public var stages: [Stage]
    /// Whether every stage runs here.
    public var runs: Bool
    /// Reasons that belong to no stage.
    public var refusals: [String]

    public init(_ blob: Blob) {
        let refusals = blob.refusals
        version = "\(blob.header.major).\(blob.header.minor)"
        fileBytes = blob.header.fileSize
        constantBytes = blob.constants.count
        batch = blob.header.batch
        shaves = blob.header.shaves
        slices = blob.header.slices
        sharedMemoryBytes = blob.header.sharedBytes
        inputs = blob.inputs.map { Tensor($0.tensor, name: $0.name) }
        outputs = blob.outputs.map { Tensor($0.tensor, name: $0.name) }
        stages = blob.stages.enumerated().flatMap { number, stage in
            stage.injected.map { Stage($0, number, isInjected: true, refusals) } + [
                Stage(stage, number, isInjected: false, refusals)
            ]
        }
        runs = refusals.isEmpty
        self.refusals = refusals.filter { $0.stage == nil }.map(\.description)
    }
}

extension BlobReport.Tensor {
    fileprivate init(_ tensor: BlobTensor, name: String? = nil, location: String? = nil, offset: Int? = nil) {
        self.init(
            name: name, type: tensor.element.name, order: tensor.order, shape: tensor.shape?.dimensions, location: location,
            offset: offset)
    }

    fileprivate var text: String {
        let shape = shape.map { $0.map(String.init).joined(separator: "x") } ?? "known at run time"
        let place = location.map { " in \($0) at \(offset ?? 0)" } ?? ""
        return "\(type) \(order) [\(shape)]\(place)"
    }
}

extension BlobReport.Stage {
    fileprivate init(_ stage: BlobStage, _ number: Int, isInjected: Bool, _ refusals: [BlobRefusal]) {
        let present = stage.buffers.filter(\.isPresent)
        self.init(
            number: number, type: stage.type, name: stage.name, shaves: stage.shaves, injected: isInjected,
            operands: present.map { .init($0.tensor, location: $0.location.name, offset: $0.offset) },
            constantBytes: present.filter { $0.location == .constants }.reduce(0) { $0 + ($1.tensor.extent ?? 0) },
            refusal: refusals.first { $0.stage == number && $0.type == stage.type }?.reason)
    }
}

extension BlobReport {
    /// Some lines per stage.
    public var text: String {
        var lines = [
            "MyriadX blob, version \(version), \(fileBytes) bytes, \(constantBytes) of them constants; batch \(batch)",
            "compiled for \(shaves) shaves, \(slices) slices of on-chip memory, \(sharedMemoryBytes) bytes of shared memory",
        ]
        lines += inputs.map { "input  \($0.name ?? ""): \($0.text)" }
        lines += outputs.map { "output \($0.name ?? ""): \($0.text)" }
        for stage in stages {
            let injected = stage.injected ? " beside it" : ""
            lines.append(
                "stage \(stage.number)\(injected): \(stage.name) (type \(stage.type)), \(stage.shaves) shaves, "
                    + "\(stage.constantBytes) bytes of constants")
            lines += stage.operands.map { "    \($0.text)" }
            if let refusal = stage.refusal { lines.append("    CANNOT RUN HERE: \(refusal)") }
        }
        let refused = stages.filter { $0.refusal != nil }
        lines += refusals
        lines.append(
            runs
                ? "all \(stages.count) stages run here"
                : "\(refused.count) of \(stages.count) stages cannot run here: "
                    + refused.map { "\($0.number) \($0.name)" }.joined(separator: ", "))
        return lines.joined(separator: "\n")
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The memory a tensor lies in.
public enum BlobLocation: Sendable, Hashable {
    /// An operand that is not there.
    case absent
    case input(Int)
    case output(Int)
    case constants
    /// Main memory the stages share.
    case shared
    /// On-chip memory the stages share.
    case onChip

    public var name: String {
        switch self {
        case .absent: "absent"
        case .input(let index): "input \(index)"
        case .output(let index): "output \(index)"
        case .constants: "constants"
        case .shared: "shared memory"
        case .onChip: "on-chip memory"
        }
    }
}

/// An operand of a stage: a tensor and where it lies.
public struct BlobBuffer: Sendable, Hashable {
    public let tensor: BlobTensor
    public let location: BlobLocation
    /// Bytes from the start of the location.
    public let offset: Int
    /// For inputs and outputs: bytes of one sample of the batch.
    public let sampleBytes: Int

    public var isPresent: Bool { location != .absent }
}

/// An input or output of the whole network.
public struct BlobPort: Sendable, Hashable {
    public let name: String
    public let tensor: BlobTensor
    /// Bytes from the start of the joint buffer of all inputs (or outputs).
    public let offset: Int
}

// SPDX-License-Identifier: Apache-2.0

/// One step of a blob's program.
public struct BlobStage: Sendable {
    /// Its number as the format counts.
    public let type: Int
    public let shaves: Int
    public let buffers: [BlobBuffer]
    /// The stage that runs on the vector processors while this one runs on the convolution hardware.
    public let injected: [BlobStage]
    /// Where its parameters lie in the file.
    package let parameters: Range<Int>
    /// The record of a `MyriadXHwOp`.
    package let hardware: [BlobHardwareOperation]

    /// Its name in the compiler, or the number when it is not known.
    public var name: String { BlobStageNames.name(type) }
}

/// The hardware stage's number.
enum BlobStageType {
    static let hardware = 38
}

/// One operation of the convolution hardware.
package struct BlobHardwareOperation: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case convolution
        /// Followed by a 2×2 maximum.
        case convolutionWithPooling(width: Int, height: Int)
        case fullyConnected(firstInput: Int, inputs: Int, accumulates: Bool)
        case maximumPooling
        case averagePooling
    }

    package var kind: Kind
    package var isPadded: Bool
    /// Maximum pooling: 1 right, 2 bottom, 4 top, 8 left.
    package var paddedEdges: Int
    /// Positions among the stage's buffers, -1 for absent.
    package var input: Int
    package var output: Int
    package var coefficients: Int
    package var biases: Int
    package var scales: Int
    package var firstChannel: Int
    package var channels: Int
    /// 1 for `fullyConnected`.
    package var kernelWidth: Int
    package var kernelHeight: Int
    package var stride: Int
    /// v < threshold ? v · below : v · above; nil without.
    package var relu: Relu?
    /// min(max(v, 0), clamp); nil without.
    package var clamp: Float?

    package struct Relu: Sendable, Hashable {
        package var threshold: Int
        package var below: Int
        package var above: Int
    }
}

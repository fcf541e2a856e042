// SPDX-License-Identifier: Apache-2.0
public import Core

/// The outputs of a network that ran on the camera, in memory of a pool.
public struct CaptureTensors: Sendable {
    /// Of the picture that the network was shown, as the camera delivers it.
    public private(set) var header: FrameHeader
    private let layout: TensorLayout
    private let memory: Frame

    /// - Parameter memory: as long as `layout` says, of tensors that lie as it says.
    public init(header: FrameHeader, layout: TensorLayout, memory: Frame) {
        precondition(memory.header.byteCount >= layout.byteCount)
        (self.header, self.layout, self.memory) = (header, layout, memory)
    }

    /// Lends the tensors, in the order of `DeviceNetwork.outputs`.
    public func withViews<Result>(_ body: ([TensorView]) throws -> Result) rethrows -> Result {
        try memory.withUnsafeBytes { bytes in
            try body(
                zip(layout.outputs, layout.places).map { output, place in
                    TensorView(
                        name: output.name, shape: output.shape, element: output.element,
                        bytes: UnsafeRawBufferPointer(rebasing: bytes[place]))
                })
        }
    }

    /// The same of an exposure with another number.
    public func numbered(_ sequence: Int) -> CaptureTensors {
        var renamed = self
        renamed.header.sequence = sequence
        return renamed
    }
}

/// Where the outputs of a network lie one after the other, each where a processor likes to begin.
public struct TensorLayout: Sendable, Hashable {
    public let outputs: [TensorDescription]
    /// Of each output, in bytes.
    public let places: [Range<Int>]
    /// Of all of them.
    public let byteCount: Int

    private static let alignment = 64

    /// - Parameter outputs: every dimension is known.
    public init(_ outputs: [TensorDescription]) {
        var places: [Range<Int>] = []
        var end = 0
        for output in outputs {
            let start = (end + Self.alignment - 1) & -Self.alignment
            end = start + (output.byteCount ?? 0)
            places.append(start..<end)
        }
        (self.outputs, self.places, byteCount) = (outputs, places, end)
    }

    /// Of memory for one set of outputs: a row of bytes.
    public func memoryHeader(_ picture: FrameHeader) -> FrameHeader {
        picture.reshaped(width: max(1, byteCount), height: 1, format: .gray8)
    }
}

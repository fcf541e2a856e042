// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
import XLink

/// Reads what the camera's network gives. The session's reading thread alone uses it.
package final class TensorReader: Sendable {
    private let layout: TensorLayout
    private let picture: FrameHeader
    private let pool: FramePool
    private let counters: CaptureCounters
    private let messages: MessageReader

    /// Sets of outputs under way: one being copied, one waiting, one being decoded, one to spare.
    private static let buffers = 4

    /// - Parameters:
    ///   - outputs: those of the network, which the camera must give in name, size and type.
    ///   - picture: a header of the pictures that the network is shown; its times and number do not matter.
    package init(_ outputs: [TensorDescription], of picture: FrameHeader, counters: CaptureCounters) {
        (layout, self.picture, self.counters) = (TensorLayout(outputs), picture, counters)
        (pool, messages) = (FramePool(capacity: Self.buffers), MessageReader(counters))
    }

    /// Whether nothing that can be read comes any more.
    package var isHopeless: Bool { messages.isHopeless }

    /// The outputs in a message; nil for others than the network's, or when there is no room. Both are counted.
    package func read(_ packet: UnsafeRawBufferPointer, at now: Timestamp) -> CaptureTensors? {
        guard let message = messages.message(packet) else { return nil }
        guard case .tensors(let set) = message.content, let sources = matched(set.tensors, message.data) else {
            counters.undecodable.add()
            return nil
        }
        var header = picture
        header.captured = set.stamp.time.asToldByCamera(at: now)
        header.deviceNanoseconds = set.stamp.deviceTime.nanoseconds
        header.sequence = Int(clamping: set.stamp.sequence)
        guard let draft = pool.draft(layout.memoryHeader(header)) else {
            counters.dropped.add()
            return nil
        }
        draft.withUnsafeMutableBytes { memory in
            for (source, place) in zip(sources, layout.places) {
                source.copy(from: packet, to: UnsafeMutableRawBufferPointer(rebasing: memory[place]))
            }
        }
        return CaptureTensors(header: header, layout: layout, memory: draft.seal())
    }

    /// Each output's tensor; nil when one is missing or is another.
    private func matched(_ tensors: [DeviceTensor], _ data: Range<Int>) -> [TensorSource]? {
        var sources: [TensorSource] = []
        for output in layout.outputs {
            guard let tensor = tensors.first(where: { $0.name == output.name }),
                let source = TensorSource(tensor, of: output, in: data)
            else { return nil }
            sources.append(source)
        }
        return sources
    }
}

/// Where a tensor lies in a message: its elements may be padded.
private struct TensorSource {
    private let start: Int
    private let elementBytes: Int
    /// From the outermost in memory on, in bytes; without those of one element.
    private let axes: [(count: Int, stride: Int)]

    /// nil when it is another tensor than the output, or lies outside of the message.
    init?(_ tensor: DeviceTensor, of output: TensorDescription, in data: Range<Int>) {
        guard let range = tensor.range(in: data), tensor.element.bytes == output.element.byteCount,
            TensorElement(tensor.element) == output.element
        else { return nil }
        let axes = zip(tensor.dimensions, tensor.strides).filter { $0.0 > 1 }.map { (count: Int($0), stride: Int($1)) }
        var bytes = output.element.byteCount
        for axis in axes {
            let (product, isHuge) = bytes.multipliedReportingOverflow(by: axis.count)
            guard !isHuge else { return nil }
            bytes = product
        }
        guard bytes == output.byteCount else { return nil }
        (start, elementBytes) = (range.lowerBound, output.element.byteCount)
        // Outputs are described in the order of memory.
        self.axes = axes.sorted { $0.stride > $1.stride }
    }

    /// The bytes that lie without gaps, and the axes around them.
    private var runs: (bytes: Int, axes: ArraySlice<(count: Int, stride: Int)>) {
        var (bytes, outer) = (elementBytes, axes[...])
        while let inner = outer.last, inner.stride == bytes {
            bytes *= inner.count
            outer.removeLast()
        }
        return (bytes, outer)
    }

    func copy(from packet: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        let (bytes, outer) = runs
        var written = 0
        func walk(_ axes: ArraySlice<(count: Int, stride: Int)>, _ position: Int) {
            guard let axis = axes.first else {
                UnsafeMutableRawBufferPointer(rebasing: target[written..<written + bytes])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: packet[position..<position + bytes]))
                written += bytes
                return
            }
            for index in 0..<axis.count { walk(axes.dropFirst(), position + index * axis.stride) }
        }
        walk(outer, start)
    }
}

extension TensorElement {
    /// nil for types that networks here do not have.
    fileprivate init?(_ element: DeviceTensor.Element) {
        switch element {
        case .float16: self = .float16
        case .uint8: self = .uint8
        case .int32: self = .int32
        case .float32: self = .float32
        case .int8: self = .int8
        default: return nil
        }
    }
}

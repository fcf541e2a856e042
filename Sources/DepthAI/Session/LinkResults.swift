// SPDX-License-Identifier: Apache-2.0
package import Core
package import Inference
import Pipeline

/// What the bytes of `metaout` are for one pipeline: laid out once, filled for each picture.
package struct LinkResults: Sendable {
    /// Each stage's inputs and outputs as the client is told of them.
    package let inputs: [[LinkTensor]]
    package let outputs: [[LinkTensor]]
    private let isDecoded: Bool
    /// Whether rows of detections get positions.
    private let widensRows: Bool
    private let byteCount: Int

    /// - Parameter stages: one or two networks; the second has no decoder.
    package init(_ stages: [Network], _ choice: LinkNetworkChoice, _ generation: LinkConfiguration.Generation) {
        isDecoded = choice.output == .detection
        inputs = stages.map { LinkTensor.layout($0.inputs) }
        var (outputs, end) = ([[LinkTensor]](), isDecoded ? ResultRecords.detectionsByteCount : 0)
        var widens = false
        for (index, stage) in stages.enumerated() {
            var described = stage.outputs
            if index == 0, !isDecoded, generation == .rows, choice.measuresDistance,
                described.first?.shape.last == DetectionRows.width
            {
                widens = true
                described[0].shape[described[0].shape.count - 1] = DetectionRows.widthWithPosition
                described[0].element = .float16
            }
            let layout = LinkTensor.layout(described, from: index == 0 && isDecoded ? 0 : (end + 63) / 64 * 64)
            outputs.append(layout)
            if index > 0 || !isDecoded { end = layout.map { $0.offset + $0.byteCount }.max() ?? end }
        }
        self.outputs = outputs
        widensRows = widens
        byteCount = end
    }

    /// One payload.
    /// - Parameters:
    ///   - detections: in fractions of the picture the network saw, with their positions; those of the rows, or decoded.
    ///   - first, second: the tensors of the stages; none for a stage that did not run.
    package func payload(_ detections: [Detection], _ rows: DetectionRows?, first: [Tensor], second: [Tensor]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        func put(_ source: [UInt8], at offset: Int) {
            let count = min(source.count, byteCount - offset)
            if count > 0 { bytes.replaceSubrange(offset..<(offset + count), with: source.prefix(count)) }
        }
        if isDecoded {
            put(ResultRecords.detections(detections), at: 0)
        } else {
            for (tensor, place) in zip(first, outputs[0]) { put(tensor.bytes, at: place.offset) }
            if widensRows, let rows, let place = outputs[0].first {
                put(rows.withPositions(detections.map(\.position)), at: place.offset)
            }
        }
        if outputs.count > 1 {
            for (tensor, place) in zip(second, outputs[1]) { put(tensor.bytes, at: place.offset) }
        }
        return bytes
    }
}

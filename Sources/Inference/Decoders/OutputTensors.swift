// SPDX-License-Identifier: Apache-2.0
internal import CKernels
package import Core

/// A network's outputs as floats, whatever their element type; conversions use memory that is kept between frames.
/// Not for more than one thread at a time.
package final class OutputTensors {
    private var converted: [[Float]]

    package init(count: Int) {
        converted = Array(repeating: [], count: count)
    }

    /// Lends output number `index` of `views`.
    package func withFloats<Result>(
        _ views: [TensorView], _ index: Int, _ body: (UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        let view = views[index]
        if let floats = view.floats { return body(floats) }
        let count = view.bytes.count / view.element.byteCount
        if converted[index].count != count { converted[index] = Array(repeating: 0, count: count) }
        return converted[index].withUnsafeMutableBufferPointer { floats in
            Self.convert(view, to: floats)
            return body(UnsafeBufferPointer(floats))
        }
    }

    private static func convert(_ view: TensorView, to floats: UnsafeMutableBufferPointer<Float>) {
        func widen<Number: BinaryInteger>(_: Number.Type) {
            let numbers = view.bytes.assumingMemoryBound(to: Number.self)
            for index in floats.indices { floats[index] = Float(numbers[index]) }
        }
        switch view.element {
        case .float16:
            guard let target = floats.baseAddress, let source = view.bytes.baseAddress else { return }
            dk_pixel_f16_to_f32(source.assumingMemoryBound(to: UInt16.self), floats.count, target)
        case .float32: _ = floats.update(from: view.bytes.assumingMemoryBound(to: Float.self))
        case .uint8: widen(UInt8.self)
        case .int8: widen(Int8.self)
        case .int32: widen(Int32.self)
        case .int64: widen(Int64.self)
        }
    }
}

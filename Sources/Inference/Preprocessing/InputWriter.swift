// SPDX-License-Identifier: Apache-2.0
internal import CKernels
internal import Core

/// Turns a network's picture into its input tensor: (byte − mean) · scale, in the wanted channel order and layout.
/// Not for more than one thread at a time.
final class InputWriter {
    private let color: ModelManifest.Color
    private let layout: ModelManifest.Layout
    private let scale: [Float]
    /// −mean · scale, so that a byte costs one multiplication and one addition.
    private let bias: [Float]
    private let element: TensorElement
    /// Floats on the way to an input of another type.
    private var floats: [Float]

    /// - Parameter element: of the input tensor: float32, float16 or uint8.
    init(input: ModelManifest.Input, element: TensorElement) {
        color = input.color
        layout = input.layout
        scale = input.scale
        bias = zip(input.mean, input.scale).map { -$0 * $1 }
        self.element = element
        let count = input.width * input.height * (input.color == .gray ? 1 : 3)
        floats = element == .float32 ? [] : Array(repeating: 0, count: count)
    }

    /// Writes the whole tensor; `buffer` has exactly its size (checked when the network was made).
    func write(_ picture: InputPreprocessor, to buffer: UnsafeMutableRawBufferPointer) {
        picture.withCanvas { pixels in
            guard let base = pixels.baseAddress, let target = buffer.baseAddress else { return }
            let count = picture.width * picture.height
            guard element != .float32 else {
                return writeFloats(base, count, target.assumingMemoryBound(to: Float.self))
            }
            floats.withUnsafeMutableBufferPointer { floats in
                guard let values = floats.baseAddress else { return }
                writeFloats(base, count, values)
                if element == .float16 {
                    dk_pixel_f32_to_f16(values, floats.count, target.assumingMemoryBound(to: UInt16.self))
                } else {
                    let bytes = target.assumingMemoryBound(to: UInt8.self)
                    for index in floats.indices { bytes[index] = UInt8(min(255, max(0, floats[index].rounded()))) }
                }
            }
        }
    }

    private func writeFloats(_ pixels: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<Float>) {
        switch (color, layout) {
        case (.gray, _): dk_pixel_gray_f32(pixels, count, scale[0], bias[0], target)
        case (.bgr, .planar):
            dk_pixel_planes_f32(pixels, count, scale, bias, target, target + count, target + 2 * count)
        case (.rgb, .planar):
            // The kernel walks blue, green, red; the planes and their constants are handed over in that order.
            dk_pixel_planes_f32(
                pixels, count, scale.reversed(), bias.reversed(), target + 2 * count, target + count, target)
        case (.bgr, .interleaved): dk_pixel_interleaved_f32(pixels, count, 0, scale, bias, target)
        case (.rgb, .interleaved): dk_pixel_interleaved_f32(pixels, count, 1, scale, bias, target)
        }
    }
}

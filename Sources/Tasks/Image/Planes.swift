// SPDX-License-Identifier: Apache-2.0
internal import Codec
internal import Core

/// A colour picture as planes of numbers.
struct Planes {
    let width: Int
    let height: Int
    /// Three planes of `width` × `height` numbers.
    var planes: [[Float]]

    init(width: Int, height: Int, planes: [[Float]]) {
        self.width = width
        self.height = height
        self.planes = planes
    }

    /// Blue, green and red of a `bgr24` frame, 0...255.
    init(_ frame: Frame) {
        (width, height) = (frame.header.width, frame.header.height)
        let count = width * height
        planes = frame.withUnsafeBytes { bytes in
            (0..<3).map { color in (0..<count).map { Float(bytes[$0 * 3 + color]) } }
        }
    }

    /// The frame of blue, green and red; numbers are rounded and kept within 0...255.
    func frame(like header: FrameHeader) -> Frame {
        let draft = FramePool.standalone(header.reshaped(width: width, height: height, format: .bgr24))
        draft.withUnsafeMutableBytes { bytes in
            for color in 0..<3 {
                for index in planes[color].indices { bytes[index * 3 + color] = Self.byte(planes[color][index]) }
            }
        }
        return draft.seal()
    }

    func scaled(_ kernel: PlaneScaler.Kernel, width toWidth: Int, height toHeight: Int) -> Planes {
        let scaler = PlaneScaler(kernel)
        return Planes(
            width: toWidth, height: toHeight,
            planes: planes.map { scaler.scale($0, width: width, height: height, toWidth: toWidth, toHeight: toHeight) })
    }

    static func byte(_ value: Float) -> UInt8 { value.isNaN ? 0 : UInt8(min(255, max(0, value.rounded()))) }
}

extension TaskError {
    /// What an encoder's refusal is to a client.
    static func encoding(_ body: () throws(CodecError) -> [UInt8]) throws(TaskError) -> String {
        do {
            return Base64.encode(try body())
        } catch {
            throw .unreadable("the picture could not be encoded: \(error)")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Core

/// z = focal · baseline / d, and d = focal · baseline / z: one curve, read either way, with an entry for every `UInt16`.
struct ReciprocalTable: Sendable {
    private let values: [UInt16]

    init(_ value: (UInt16) -> UInt16) {
        values = (0...UInt16.max).map(value)
    }

    subscript(index: UInt16) -> UInt16 { values[Int(index)] }

    /// Converts a whole picture of 16-bit values.
    func convert(_ picture: Frame, into target: borrowing FrameDraft) {
        picture.withUnsafeUInt16 { source in
            target.withUnsafeMutableUInt16 { target in
                values.withUnsafeBufferPointer { values in
                    for index in 0..<min(source.count, target.count) { target[index] = values[Int(source[index])] }
                }
            }
        }
    }
}

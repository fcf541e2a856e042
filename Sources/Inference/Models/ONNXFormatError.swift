// SPDX-License-Identifier: Apache-2.0

/// Why bytes cannot be looked through as an ONNX model. What cannot be looked through is not run.
package enum ONNXFormatError: Error, Hashable, CustomStringConvertible {
    /// At this byte the bytes are no ONNX model.
    case malformed(at: Int, String)
    /// The file cannot be read.
    case unreadable(String)

    package var description: String {
        switch self {
        case .malformed(let index, let problem): "no ONNX model: \(problem) (byte \(index)); export it again, or copy it anew"
        case .unreadable(let problem): "the file cannot be read: \(problem)"
        }
    }
}

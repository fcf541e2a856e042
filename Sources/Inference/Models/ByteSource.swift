// SPDX-License-Identifier: Apache-2.0

/// Bytes that can be read at any place without being in memory together.
package protocol ByteSource {
    var count: Int { get }
    /// - Parameter index: within 0..<count.
    mutating func byte(at index: Int) throws(ONNXFormatError) -> UInt8
}

extension [UInt8]: ByteSource {
    package func byte(at index: Int) throws(ONNXFormatError) -> UInt8 { self[index] }
}

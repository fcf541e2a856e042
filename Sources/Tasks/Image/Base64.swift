// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Pictures inside JSON (RFC 4648, with padding, without line breaks).
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}

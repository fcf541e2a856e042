// SPDX-License-Identifier: Apache-2.0

/// Bytes as text.
public enum HexDigits {
    /// Two lower-case digits for each byte, as digests are written.
    public static func of(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }
}

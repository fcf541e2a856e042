// SPDX-License-Identifier: Apache-2.0
import CCrypto

/// HMAC-SHA256 (RFC 2104) under one key.
public struct HMAC: Sendable {
    private let key: [UInt8]

    public init(key: [UInt8]) {
        self.key = key
    }

    /// The 32 bytes that only who has the key can make of a message.
    public func code(for message: some Collection<UInt8>) -> [UInt8] {
        message.withBytes { message in
            key.withUnsafeBufferPointer { key in
                // A key without bytes is one, and must not be nil, which means the key of the call before.
                withUnsafePointer(to: UInt8(0)) { nothing in
                    OpenSSL.digest {
                        CCrypto.HMAC(
                            EVP_sha256(), key.baseAddress ?? nothing, Int32(key.count), message.baseAddress, message.count, $0,
                            &$1)
                            != nil
                    }
                }
            }
        }
    }
}

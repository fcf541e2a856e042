// SPDX-License-Identifier: Apache-2.0
import CCrypto

/// Hash functions of FIPS 180-4.
public enum Digest: Sendable {
    /// For protocols that ask for it, such as WebSocket's handshake; protects nothing.
    case sha1
    case sha256

    /// The digest of some bytes: 20 bytes of SHA-1, 32 of SHA-256.
    public func of(_ bytes: some Collection<UInt8>) -> [UInt8] {
        bytes.withBytes { bytes in
            OpenSSL.digest {
                EVP_Digest(bytes.baseAddress, bytes.count, $0, &$1, self == .sha1 ? EVP_sha1() : EVP_sha256(), nil) == 1
            }
        }
    }
}

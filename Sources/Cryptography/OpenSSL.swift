// SPDX-License-Identifier: Apache-2.0
import CCrypto

/// OpenSSL's libcrypto, as this process uses it.
enum OpenSSL {
    private static let isReady: Bool = {
        // The machine's openssl.cnf is for other programs: it could take algorithms away, and reading it costs a file descriptor.
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1
    }()

    /// Runs a call that can only fail where there is no memory left, and returns what it wrote: at most `EVP_MAX_MD_SIZE` bytes.
    static func digest(_ body: (UnsafeMutablePointer<UInt8>, inout UInt32) -> Bool) -> [UInt8] {
        precondition(isReady, "libcrypto cannot be initialised")
        return Array(unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            var written: UInt32 = 0
            precondition(buffer.baseAddress.map { body($0, &written) } ?? false, "libcrypto has no memory")
            count = Int(written)
        }
    }
}

extension Collection<UInt8> {
    /// The bytes where they lie, or a copy where they do not lie in one piece.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withContiguousStorageIfAvailable(body) ?? Array(self).withUnsafeBufferPointer(body)
    }
}

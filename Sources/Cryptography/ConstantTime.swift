// SPDX-License-Identifier: Apache-2.0
import CCrypto

/// Comparison in a time that does not tell where the difference is.
public enum ConstantTime {
    public static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return left.withBytes { left in right.withBytes { CRYPTO_memcmp(left.baseAddress, $0.baseAddress, left.count) == 0 } }
    }
}

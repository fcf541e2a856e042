// SPDX-License-Identifier: Apache-2.0
package import Core
import Cryptography

/// Makes and checks the cookies that prove a subscriber receives at the address it writes from, without remembering
/// anyone: a cookie is the address, the port and the subscriber's nonce under a secret.
package struct CookieSigner {
    /// How long cookies are made with one secret; they are accepted for as long again.
    package static let rotationNanoseconds: Int64 = 60_000_000_000

    private let newSecret: @Sendable () -> [UInt8]
    private var current: HMAC
    private var previous: HMAC?
    private var rotated: Timestamp

    /// - Parameter newSecret: 32 bytes nobody can guess.
    package init(at now: Timestamp, newSecret: @escaping @Sendable () -> [UInt8]) {
        self.newSecret = newSecret
        current = HMAC(key: newSecret())
        rotated = now
    }

    private mutating func rotate(at now: Timestamp) {
        let age = now.nanoseconds(since: rotated)
        guard age >= CookieSigner.rotationNanoseconds else { return }
        previous = age < 2 * CookieSigner.rotationNanoseconds ? current : nil
        current = HMAC(key: newSecret())
        rotated = now
    }

    private static func code(_ key: HMAC, _ endpoint: Endpoint, _ nonce: [UInt8]) -> [UInt8] {
        var text = endpoint.address.bytes
        text.append(bigEndian: endpoint.port)
        text += nonce
        return Array(key.code(for: text).prefix(ClientMessage.cookieLength))
    }

    package mutating func cookie(for endpoint: Endpoint, nonce: [UInt8], at now: Timestamp) -> [UInt8] {
        rotate(at: now)
        return CookieSigner.code(current, endpoint, nonce)
    }

    package mutating func accepts(_ cookie: [UInt8], from endpoint: Endpoint, nonce: [UInt8], at now: Timestamp) -> Bool {
        rotate(at: now)
        return [current, previous].contains { key in
            key.map { ConstantTime.areEqual(CookieSigner.code($0, endpoint, nonce), cookie) } ?? false
        }
    }
}

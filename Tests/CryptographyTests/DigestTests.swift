// SPDX-License-Identifier: Apache-2.0
import Core
import Cryptography
import Testing

/// The examples NIST gives for FIPS 180-4 (FIPS 180-2, appendices A and B, and its "long message" of a million letters).
struct DigestTests {
    @Test(arguments: [
        (Digest.sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            .sha1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            .sha256, String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func digestsAreThoseOfTheStandard(digest: Digest, message: String, expected: String) {
        #expect(HexDigits.of(digest.of(Array(message.utf8))) == expected)
    }

    @Test func bytesThatDoNotLieInOnePieceAreTakenToo() {
        let message = Array("xabcx".utf8)
        #expect(Digest.sha256.of(message.dropFirst().dropLast()) == Digest.sha256.of(Array("abc".utf8)))
        #expect(Digest.sha256.of(message[1..<4].reversed().reversed().lazy.map { $0 }) == Digest.sha256.of(Array("abc".utf8)))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation

/// The handshake's proof that the server understood it (RFC 6455 §4.2.2): base64 of SHA-1 of the key and a fixed text.
enum WebSocketAcceptKey {
    private static let text = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    static func answer(to key: String) -> String {
        Data(Digest.sha1.of(Array((key + text).utf8))).base64EncodedString()
    }
}

// SPDX-License-Identifier: Apache-2.0
import Core
import Cryptography
import Pipeline

/// How gen1's clients tell one camera from another.
enum CameraIdentity {
    /// As many digits as a MyriadX chip's own number has.
    private static let digits = 18

    /// What stands in the place of a MyriadX id: for cameras that are plugged in, a number that follows from which they
    /// are; for others the slot's name.
    static func myriadX(of camera: any CameraService) -> String {
        let devices = camera.status().devices
        guard !devices.isEmpty else { return camera.id.name.uppercased() }
        let hash = Digest.sha256.of(Array(devices.joined(separator: "\n").utf8))
        return String(HexDigits.of(hash).uppercased().prefix(digits))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What the hub's API remembers between requests, and what its uploads may take.
final class HubState: Sendable {
    /// The largest model in bytes; the largest blobs and ONNX files of detectors have about 100 MB.
    static let largestModel = 128 << 20
    /// Room for the boundaries, headers and the configuration beside the model.
    static let formOverhead = 1 << 20

    /// Memory of all uploads together: two of the largest.
    let uploads = UploadBudget(total: 2 * (largestModel + formOverhead), perClient: 2 * (largestModel + formOverhead))
    private let stills = Mutex<[String: StillSize]>([:])

    /// Pixels.
    struct StillSize: Sendable {
        var width, height: Int
    }

    /// The size clients want a camera's stills to have; nil for the camera's own.
    func stillSize(of camera: String) -> StillSize? {
        stills.withLock { $0[camera] }
    }

    func setStillSize(_ size: StillSize?, of camera: String) {
        stills.withLock { $0[camera] = size }
    }
}

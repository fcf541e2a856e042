// SPDX-License-Identifier: Apache-2.0

/// A break in the streams of one camera, told to subscribers in the place of pictures and results.
public struct StreamGap: Sendable, Codable, Hashable {
    /// The slot's name.
    public var camera: String
    /// What the slot is doing about it.
    public var state: CameraState
    /// Why nothing comes, and what to do where somebody has to.
    public var why: String

    public init(camera: String, state: CameraState, why: String) {
        self.camera = camera
        self.state = state
        self.why = why
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Core

/// What viewers can share: everybody who asks for the same gets the same bytes, made once.
package struct BroadcastKey: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        /// Parts of a `multipart/x-mixed-replace` answer.
        case pictures(quality: Int)
        /// Server-sent events.
        case events
        /// The pictures of `video`, one after the other.
        case video
    }

    package var camera: CameraID
    package var stream: StreamName
    package var form: Form

    package init(camera: CameraID, stream: StreamName, form: Form) {
        self.camera = camera
        self.stream = stream
        self.form = form
    }
}

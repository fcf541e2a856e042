// SPDX-License-Identifier: Apache-2.0
package import Core
package import Pipeline

/// What subscribers can share: everybody who asks for the same gets the same bytes, made once.
package struct BroadcastKey: Hashable, Sendable, CustomStringConvertible {
    package enum Form: Hashable, Sendable {
        /// Parts of a `multipart/x-mixed-replace` answer.
        case pictures(StreamName, quality: Int)
        /// Server-sent events.
        case events(StreamName)
        /// The pictures of `video`, one after the other.
        case video
        /// Messages with the results of a hub network.
        case hubResults(NetworkTap)
        /// Messages with the fragments of an MP4.
        case hubVideo(NetworkTap)
    }

    /// Each has its own limits.
    enum Transport { case http, webSocket }

    package var camera: CameraID
    package var form: Form

    package init(camera: CameraID, form: Form) {
        self.camera = camera
        self.form = form
    }

    var transport: Transport {
        switch form {
        case .pictures, .events, .video: .http
        case .hubResults, .hubVideo: .webSocket
        }
    }

    /// Whether it counts against `maximumLiveEncodings`: the hub's results cost nearly nothing to write.
    var isLimitedEncoding: Bool {
        if case .hubResults = form { false } else { true }
    }

    /// For logs and thread names.
    package var description: String {
        switch form {
        case .pictures(let stream, let quality): "\(camera) \(stream.rawValue) pictures \(quality)"
        case .events(let stream): "\(camera) \(stream.rawValue) events"
        case .video: "\(camera) video"
        case .hubResults(let tap): "\(camera) \(tap.rawValue) hub results"
        case .hubVideo(let tap): "\(camera) \(tap.rawValue) hub video"
        }
    }
}

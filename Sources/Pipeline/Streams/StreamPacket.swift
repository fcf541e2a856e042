// SPDX-License-Identifier: Apache-2.0
public import Core

/// One element of a stream: what a subscriber receives.
public struct StreamPacket: Sendable {
    /// The stream's payload, by kind of stream.
    public enum Payload: Sendable {
        /// Pictures: `left`, `depth`, `previewout`…
        case frame(Frame)
        /// `metaout`.
        case detections(DetectionSet)
        /// `object_tracker`.
        case tracks(TrackSet)
        /// `jpegout`: a whole JPEG file.
        case jpeg([UInt8])
        /// `video`: one picture of the video.
        case video(VideoPacket)
        /// `imu`.
        case motion(MotionBatch)
        /// `meta_d2h`: JSON text.
        case json(String)
    }

    public var payload: Payload
    /// The exposure the packet comes from.
    public var sequence: Int
    public var captured: Timestamp
    /// When the packet entered the hub.
    public var published: Timestamp

    public init(_ payload: Payload, sequence: Int, captured: Timestamp, published: Timestamp = .now()) {
        self.payload = payload
        self.sequence = sequence
        self.captured = captured
        self.published = published
    }

    /// A picture, with the exposure named in its header.
    public init(_ frame: Frame) {
        self.init(.frame(frame), sequence: frame.header.sequence, captured: frame.header.captured)
    }
}

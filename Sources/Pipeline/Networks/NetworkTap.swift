// SPDX-License-Identifier: Apache-2.0
public import Core

/// The picture of a camera that a network can be attached to while the camera runs. The raw values stand in the state file.
public enum NetworkTap: String, Sendable, Hashable, Codable, CaseIterable {
    case color, left, right
    /// The disparity picture of the pair.
    case disparity

    /// The place of a lens's own pictures.
    init(_ lens: CameraInstance) {
        switch lens {
        case .color: self = .color
        case .left: self = .left
        case .right: self = .right
        }
    }

    /// The stream the pictures come from.
    public var stream: StreamName {
        switch self {
        case .color: .color
        case .left: .left
        case .right: .right
        case .disparity: .disparity
        }
    }

    /// The output of the graph that the stream is; nil for pictures that are seen from where depth is.
    var port: PipelinePort? {
        switch self {
        case .color: PipelinePort(.capture, "rgb")
        case .left: PipelinePort(.capture, "left")
        case .right: PipelinePort(.capture, "right")
        case .disparity: nil
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline

/// The hub's name of a picture of a camera.
enum HubStream: String, CaseIterable {
    case color = "CAM_A"
    case left = "CAM_B"
    case right = "CAM_C"
    case depth = "DEPTH_B_C"

    var tap: NetworkTap {
        switch self {
        case .color: .color
        case .left: .left
        case .right: .right
        case .depth: .disparity
        }
    }

    /// The lenses the picture is made of.
    var lenses: [CameraInstance] {
        switch self {
        case .color: [.color]
        case .left: [.left]
        case .right: [.right]
        case .depth: [.left, .right]
        }
    }

    /// Streams that cannot be active beside this one.
    var excluded: [HubStream] {
        switch self {
        case .color: []
        case .left, .right: [.depth]
        case .depth: [.left, .right]
        }
    }

    /// What opening a camera makes active.
    static let opened: [HubStream] = [.color, .left, .right]
}

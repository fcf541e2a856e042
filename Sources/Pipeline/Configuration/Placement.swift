// SPDX-License-Identifier: Apache-2.0
import Capture
import Core

/// Where a task is done that some cameras can do themselves.
public enum Placement: String, Sendable, CaseIterable {
    /// In the camera if it can, else on the box.
    case auto
    case device
    case host
}

extension PipelineConfiguration {
    /// Where the owner wants a task done.
    func placement(of task: DeviceTask) -> Placement {
        switch task {
        case .depth: depth.placement
        case .network: ai.placement
        case .video: videoPlacement
        }
    }

    /// Whether the streams on offer need the task done.
    func wants(_ task: DeviceTask) -> Bool {
        let streams: [StreamName] =
            switch task {
            case .depth: [.depth, .disparity, .disparityColor, .metaout, .objectTracker]
            case .network: [.metaout, .objectTracker, .previewout]
            case .video: [.video]
            }
        return streams.contains(where: wants)
    }
}

extension DeviceTask {
    /// The key that says where it is done.
    var placementKey: String {
        switch self {
        case .depth: "depth.placement"
        case .network: "ai.placement"
        case .video: "video.placement"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Every stream a camera can publish, by its gen1 name where gen1 has it (see `docs/streams.md` for units and bytes).
public enum StreamName: String, Sendable, CaseIterable, Hashable {
    case metaD2H = "meta_d2h"
    case color
    case left
    case right
    case rectifiedLeft = "rectified_left"
    case rectifiedRight = "rectified_right"
    case disparity
    case disparityColor = "disparity_color"
    case depth
    case metaout
    case previewout
    case jpegout
    case video
    case objectTracker = "object_tracker"
    case imu

    /// Reads a name as clients write it: gen1's `depth_raw` is an alias of `depth`.
    public init?(name: String) {
        if name == "depth_raw" {
            self = .depth
        } else {
            self.init(rawValue: name)
        }
    }

    /// Whether the stream carries pictures (frames) rather than results or JSON.
    public var isPicture: Bool {
        switch self {
        case .color, .left, .right, .rectifiedLeft, .rectifiedRight, .disparity, .disparityColor, .depth, .previewout: true
        case .metaout, .objectTracker, .metaD2H, .imu, .jpegout, .video: false
        }
    }

    /// Whether the stream carries results or JSON, of which the newest goes before all others.
    public var isResult: Bool {
        switch self {
        case .metaout, .objectTracker, .metaD2H, .imu: true
        default: false
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Which convention a network's outputs follow. The raw values stand in manifests.
public enum ModelFamily: String, Sendable, Codable, Hashable, CaseIterable {
    /// Three outputs: `loc` [1, 4N] offsets, `conf` [1, C·N] probabilities, `prior` [1, 2, 4N] boxes and variances.
    case ssd
    /// One output [1, 1, N, 7]: image id, label, confidence, left, top, right, bottom in fractions; id -1 ends it.
    case detectionOutput = "detection-output"
    /// One output [1, N, 5+2L+C]: centre x, centre y, width, height in pixels, objectness, L landmarks, C classes.
    case yolov5
    /// One output [1, N, 5+C]: offsets from the cells of each stride's grid, log sizes, objectness, C classes.
    case yolox
    /// One output [1, 5+C, rows, columns]: objectness, four regressions, C classes per cell.
    case fastestdet
    /// For each stride one output [1, N, C] of classes and one [1, N, 4·bins] of edge distance distributions.
    case nanodet
    /// For each stride outputs `cls_s`, `obj_s`, `bbox_s`, `kps_s`: faces with five landmarks.
    case yunet
    /// `scores` [1, N, 2] and `boxes` [1, N, 4] (left, top, right, bottom in fractions): faces.
    case ultraface
    /// YOLO v2 and v3 with the region layers inside the network: one output per grid, planes per anchor.
    case region
    /// No decoder: the output tensors are the result.
    case raw

    /// What a manifest may leave out.
    var defaultThresholds: ModelManifest.Thresholds {
        switch self {
        case .ssd: .init(confidence: 0.5, iou: 0.45)
        case .detectionOutput: .init(confidence: 0.5, iou: 1)
        case .yolov5, .yolox: .init(confidence: 0.3, iou: 0.45)
        case .fastestdet: .init(confidence: 0.65, iou: 0.45)
        case .nanodet: .init(confidence: 0.4, iou: 0.5)
        case .yunet: .init(confidence: 0.7, iou: 0.3)
        case .ultraface: .init(confidence: 0.7, iou: 0.3)
        case .region: .init(confidence: 0.5, iou: 0.5)
        case .raw: .init(confidence: 0, iou: 1)
        }
    }
}

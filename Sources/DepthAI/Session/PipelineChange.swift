// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Changes to the camera's own pipeline that clients of the link may make.
enum PipelineChange {
    /// The pipeline with another threshold below which disparities are unknown, 0...255.
    static func disparityConfidence(_ value: Int, in pipeline: String) throws(LinkRefusal) -> [UInt8] {
        guard var root = (try? JSONSerialization.jsonObject(with: Data(pipeline.utf8))) as? [String: Any] else {
            throw LinkRefusal("threshold", "the camera has no pipeline now")
        }
        var depth = root["depth"] as? [String: Any] ?? [:]
        depth["disparity_confidence"] = value
        root["depth"] = depth
        guard let json = try? JSONSerialization.data(withJSONObject: root) else {
            throw LinkRefusal("threshold", "the camera's pipeline cannot be changed now")
        }
        return Array(json)
    }
}

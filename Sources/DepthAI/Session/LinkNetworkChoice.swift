// SPDX-License-Identifier: Apache-2.0
package import Core
import Foundation
import Settings

/// The network of a client's pipeline (`ai` of CREATE): one stage, or two, where the second looks at what the first found.
package struct LinkNetworkChoice: Sendable, Hashable {
    /// Which pictures it sees.
    package enum Input: String, Sendable, CaseIterable {
        case rgb, left, right
        case leftRight = "left_right"
        case rectifiedLeft = "rectified_left"
        case rectifiedRight = "rectified_right"
        case rectifiedLeftRight = "rectified_left_right"

        /// The streams of those pictures, one after the other.
        package var streams: [StreamName] {
            switch self {
            case .rgb: [.color]
            case .left: [.left]
            case .right: [.right]
            case .leftRight: [.left, .right]
            case .rectifiedLeft: [.rectifiedLeft]
            case .rectifiedRight: [.rectifiedRight]
            case .rectifiedLeftRight: [.rectifiedLeft, .rectifiedRight]
            }
        }
    }

    package enum Output: String, Sendable, CaseIterable {
        /// The client reads the tensors.
        case raw
        /// The box reads them: what, how sure, where.
        case detection
    }

    /// gen1's families of networks the box reads.
    private enum Family: String, CaseIterable {
        case mobilenet
        case yolo = "YOLO"
    }

    /// SHA-256 of each stage's file, lower-case hexadecimal digits; one or two.
    package var stages: [String]
    package var input: Input
    /// Whether the network sees the largest middle part of the picture with its own shape, or all of it, squeezed.
    package var keepsAspect: Bool
    package var measuresDistance: Bool
    package var output: Output
    /// How the first stage's outputs are read, in the words of gen1's blob configuration (JSON).
    package var description: [UInt8]

    /// - Returns: nil when no network is named.
    init?(_ section: SettingsSection, _ generation: LinkConfiguration.Generation) throws(SettingsError) {
        stages = []
        for key in ["blob", "blob2"] {
            let digest = try section.text(key, default: "")
            guard !digest.isEmpty else { break }
            guard digest.utf8.count == 64, digest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
                throw section.refusal(key, "must be a SHA-256 in 64 lower-case hexadecimal digits")
            }
            stages.append(digest)
        }
        guard !stages.isEmpty else { return nil }
        input = try section.choice("camera_input", default: .rgb)
        keepsAspect = try section.flag("keep_aspect_ratio", default: true)
        measuresDistance = try section.flag("calc_dist_to_bb", default: false)
        let output = try section.choice("output", default: Output.raw)
        self.output = generation == .rows ? .raw : output
        if stages.count == 2, generation == .detections, self.output == .raw {
            throw section.refusal("output", "must be detection for the first of two networks: the second runs on what it finds")
        }
        description = []
        description = try describe(section)
    }

    private func describe(_ section: SettingsSection) throws(SettingsError) -> [UInt8] {
        guard output == .detection else { return Array(#"{"NN_config": {"output_format": "raw"}}"#.utf8) }
        var network: [String: Any] = ["output_format": "detection"]
        let family = try section.choice("family", default: Family.mobilenet)
        let confidence = try section.number("confidence_threshold", default: 0.5, in: 0...1)
        network["NN_family"] = family.rawValue
        switch family {
        case .mobilenet: network["confidence_threshold"] = confidence
        case .yolo: network["NN_specific_metadata"] = try yolo(section.section("yolo"), confidence)
        }
        guard let json = try? JSONSerialization.data(withJSONObject: ["NN_config": network]) else {
            throw section.refusal("yolo", "has impossible numbers")
        }
        return Array(json)
    }

    private func yolo(_ section: SettingsSection, _ confidence: Double) throws(SettingsError) -> [String: Any] {
        func numbers(_ section: SettingsSection, _ key: String) throws(SettingsError) -> [Double] {
            try section.texts(key).map { (text) throws(SettingsError) in
                guard let number = Double(text), number.isFinite else { throw section.refusal(key, "must be a list of numbers") }
                return number
            }
        }
        var masks: [String: [Double]] = [:]
        if case .mapping(let entries)? = section.raw("anchor_masks")?.content {
            for entry in entries { masks[entry.key] = try numbers(section.section("anchor_masks"), entry.key) }
        }
        return [
            "classes": try section.integer("classes", default: 80, in: 1...10_000),
            "coordinates": try section.integer("coordinates", default: 4, in: 1...100),
            "anchors": try numbers(section, "anchors"), "anchor_masks": masks,
            "iou_threshold": try section.number("iou_threshold", default: 0.5, in: 0...1), "confidence_threshold": confidence,
        ]
    }
}

// SPDX-License-Identifier: Apache-2.0
public import XLink

/// Follows what a detection network found.
public struct ObjectTracker: GraphNode {
    public enum Input: String, GraphPort {
        case detections = "inputDetections"
        case detectionFrame = "inputDetectionFrame"
        case trackerFrame = "inputTrackerFrame"
        /// Firmware 2.33 only.
        case configuration = "inputConfig"
    }
    public enum Output: String, GraphPort, CaseIterable {
        case passthroughDetections, passthroughDetectionFrame, passthroughTrackerFrame, out
    }
    public static let kind = "ObjectTracker"

    public enum Method: Int64, Sendable {
        /// Correlation of pixels.
        case kcf = 1
        case shortTermImageless = 3
        case zeroTermImageless = 5
        case zeroTermColorHistogram = 6
    }

    public enum NumberPolicy: Int64, Sendable {
        case unique = 0
        /// Numbers of things that are gone are used again.
        case smallest = 1
    }

    public var method: Method
    public var numbers: NumberPolicy
    /// Classes to follow; empty: all.
    public var labels: [UInt32]
    public var maximumObjects: Int
    /// 0...1: detections that are less certain are left out.
    public var threshold: Float
    /// Whether a thing keeps to its class.
    public var perClass = true
    /// Firmware 2.33 only, as is everything below. 0...1.
    public var occlusionRatio: Float = 0.4
    /// Frames that a thing may be unseen.
    public var lifespan: UInt32 = 120
    /// Frames that a thing must have been seen.
    public var birth: UInt32 = 3

    public init(
        method: Method = .zeroTermColorHistogram, numbers: NumberPolicy = .unique, labels: [UInt32] = [],
        maximumObjects: Int = 60, threshold: Float = 0
    ) {
        self.method = method
        self.numbers = numbers
        self.labels = labels
        self.maximumObjects = maximumObjects
        self.threshold = threshold
    }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        let waiting = ["inputDetections", "inputDetectionFrame", "inputTrackerFrame"].map {
            GraphInput($0, isBlocking: false, queueSize: 4, waitsForMessage: true)
        }
        return switch layout {
        case .release2_30: waiting
        case .release2_33: waiting + [.settings("inputConfig")]
        }
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let known: [NOPValue] = [
            .float(threshold), .signed(maximumObjects), .integers(labels), .signed(method.rawValue), .signed(numbers.rawValue),
            .bool(perClass),
        ]
        return switch layout {
        case .release2_30: .structure(known)
        case .release2_33:
            .structure(known + [.float(occlusionRatio), .unsigned(UInt64(lifespan)), .unsigned(UInt64(birth))])
        }
    }
}

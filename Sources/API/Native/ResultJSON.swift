// SPDX-License-Identifier: Apache-2.0
package import Core
import Foundation

/// The JSON of one result, the same for `metaout` and `object_tracker`. Its schema is `Result` of `openapi.json`.
package struct ResultJSON: Encodable {
    struct Timing: Encodable {
        var stereo: Double
        var inference: Double
        var fusion: Double
    }

    struct View: Encodable {
        var width: Int
        var height: Int
    }

    struct RawTensor: Encodable {
        var name: String
        var shape: [Int]
        var type: String
        var base64: String
    }

    var camera: String
    var stream: String
    var frame: Int
    var captureNanoseconds: Int64
    var utc: String
    var ageMilliseconds: Double
    var timing: Timing
    var depthSkewMilliseconds: Double?
    var view: View
    var objects: [ObjectJSON]
    var tensors: [RawTensor]?

    enum CodingKeys: String, CodingKey {
        case camera, stream, frame, utc, view, objects, tensors
        case captureNanoseconds = "capture_ns"
        case ageMilliseconds = "age_ms"
        case timing = "timing_ms"
        case depthSkewMilliseconds = "depth_skew_ms"
    }

    package init(_ set: DetectionSet, now: Timestamp) {
        self.init(stream: .metaout, origin: set.origin, now: now)
        objects = set.detections.map { ObjectJSON($0, labels: set.labels) }
        if !set.tensors.isEmpty {
            tensors = set.tensors.map {
                RawTensor(
                    name: $0.description.name, shape: $0.description.shape, type: $0.description.element.rawValue,
                    base64: Data($0.bytes).base64EncodedString())
            }
        }
    }

    package init(_ set: TrackSet, now: Timestamp) {
        self.init(stream: .objectTracker, origin: set.origin, now: now)
        // A removed track is an event for publishers, not an object that is there.
        objects = set.tracks.filter { $0.state != .removed }.map { ObjectJSON($0, labels: set.labels) }
    }

    private init(stream: StreamName, origin: ResultOrigin, now: Timestamp) {
        camera = origin.frame.camera.name
        self.stream = stream.rawValue
        frame = origin.frame.sequence
        captureNanoseconds = origin.frame.deviceNanoseconds
        utc = origin.frame.captured.utc.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        ageMilliseconds = milliseconds(now.nanoseconds(since: origin.frame.captured))
        timing = Timing(
            stereo: milliseconds(origin.timing.stereo), inference: milliseconds(origin.timing.inference),
            fusion: milliseconds(origin.timing.fusion))
        depthSkewMilliseconds = origin.depthSkewNanoseconds.map(milliseconds)
        view = View(width: origin.frame.width, height: origin.frame.height)
        objects = []
    }
}

/// Milliseconds with three decimals.
private func milliseconds(_ nanoseconds: Int64) -> Double {
    Double(nanoseconds / 1000) / 1000
}

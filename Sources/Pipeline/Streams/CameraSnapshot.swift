// SPDX-License-Identifier: Apache-2.0
public import Core
import Fusion
public import Inference

/// How single pictures of a camera are looked at: which stream shows what the network would see, and how boxes in it find
/// their distance.
public struct SnapshotSource: Sendable {
    /// The stream the pictures come from.
    public let stream: StreamName
    /// What the camera runs; nil when it runs nothing.
    public let network: Network?
    /// Makes the object that lays boxes on depth; nil for cameras without depth.
    let makeFusion: (@Sendable () -> DepthFusion?)?
}

/// One picture of a camera with the depth picture of the same moment.
public struct CameraSnapshot: Sendable {
    public let frame: Frame
    private let depth: Frame?
    private let makeFusion: (@Sendable () -> DepthFusion?)?

    /// A depth picture further away in time than this shows another scene.
    private static let maximumSkew: Int64 = 200_000_000

    /// Waits for the next picture, and for the depth picture that belongs to it. Blocks; never call from a Swift task.
    /// - Returns: nil when no picture came in time. A look without depth is still a look.
    public static func take(_ snapshotSource: SnapshotSource, from hub: StreamHub, until deadline: Timestamp) -> CameraSnapshot? {
        let pictures = hub.subscribe(snapshotSource.stream)
        let depths = snapshotSource.makeFusion == nil ? nil : hub.subscribe(.depth, capacity: 4)
        defer {
            pictures.cancel()
            depths?.cancel()
        }
        guard hub.offered.contains(snapshotSource.stream), let frame = pictures.mailbox.next(until: deadline)?.frame else {
            return nil
        }
        let depth = depths.flatMap { nearest($0, to: frame.header.captured, until: deadline) }
        return CameraSnapshot(frame: frame, depth: depth, makeFusion: snapshotSource.makeFusion)
    }

    /// The depth picture nearest in time: the first that is not older, or the one before it.
    private static func nearest(_ depths: Subscription, to moment: Timestamp, until deadline: Timestamp) -> Frame? {
        var best: Frame?
        while let next = depths.mailbox.next(until: deadline)?.frame {
            let skew = next.header.captured.nanoseconds(since: moment)
            if best == nil || abs(skew) < abs(best?.header.captured.nanoseconds(since: moment) ?? .max) { best = next }
            if skew >= 0 { break }
        }
        guard let best, abs(best.header.captured.nanoseconds(since: moment)) <= maximumSkew else { return nil }
        return best
    }

    /// Sets the position of what is found in the picture, in millimetres, where depth knows it.
    public func locate(_ detections: inout [Detection]) {
        guard let depth, var fusion = makeFusion?() else { return }
        fusion.locate(&detections, depth: depth)
    }
}

extension StreamPacket {
    fileprivate var frame: Frame? {
        if case .frame(let frame) = payload { frame } else { nil }
    }
}

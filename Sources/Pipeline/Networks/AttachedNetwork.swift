// SPDX-License-Identifier: Apache-2.0
import Core
import Fusion
import Inference

/// A network at work on one picture stream of a camera, beside the graph: it reads the hub as any subscriber does, so
/// that starting and ending it touches nobody else. One thread; the newest picture wins.
final class AttachedNetwork: Sendable {
    private let pictures: Subscription
    private let depth: Subscription?
    private let thread: StageThread
    let heartbeat: Heartbeat

    /// What a branch is made from.
    struct Wiring {
        var tap: NetworkTap
        var hub: StreamHub
        /// Where results and the pictures the network saw are published.
        var results: StreamHub
        /// nil without distances.
        var fusion: DepthFusion?
        var trouble: ThrottledLog
        /// Told what becomes of the first picture; nil when nobody waits for it.
        var start: FirstResult?
    }

    init(_ network: Network, _ wiring: Wiring) {
        let pictures = wiring.hub.subscribe(wiring.tap.stream)
        // The depth of the picture's own exposure may come before or after the network is done with it.
        let depth = wiring.fusion.map { _ in wiring.hub.subscribe(.depth, capacity: 3) }
        (self.pictures, self.depth) = (pictures, depth)
        let worker = BranchWorker(network, wiring)
        let heartbeat = Heartbeat("\(wiring.hub.camera) \(wiring.tap.rawValue) nn")
        self.heartbeat = heartbeat
        thread = StageThread(name: heartbeat.stage) {
            while let packet = pictures.mailbox.next() {
                guard case .frame(let frame) = packet.payload else { continue }
                heartbeat.during { worker.work(on: frame, depth: depth?.mailbox) }
            }
        }
    }

    /// Ends the branch and blocks until its thread has ended. Never call from a Swift task.
    func stop() {
        pictures.cancel()
        depth?.cancel()
        thread.join()
    }
}

/// What a branch does to each picture.
///
/// `@unchecked Sendable`: after `init` only the branch's thread calls `work`.
private final class BranchWorker: @unchecked Sendable {
    private let network: Network
    private let tap: NetworkTap
    private let results: StreamHub
    private let trouble: ThrottledLog
    private var fusion: DepthFusion?
    private var start: FirstResult?
    private var depths = RecentDepths()
    /// Pictures out at once: one with each of a few subscribers, one being written.
    private let previews = FramePool(capacity: 12)

    init(_ network: Network, _ wiring: AttachedNetwork.Wiring) {
        self.network = network
        tap = wiring.tap
        results = wiring.results
        trouble = wiring.trouble
        fusion = wiring.fusion
        start = wiring.start
    }

    func work(on picture: Frame, depth: Mailbox<StreamPacket>?) {
        let frame = tap == .disparity ? DisparityRendering.gray(picture) : picture
        let header = frame.header
        // The colour camera's picture is cut to the network's shape, the others are seen whole: as the hub's cameras do it.
        let isCut = tap == .color
        let wantsPicture = results.isWanted(.previewout, at: header.captured)
        start?.picture()
        defer { start = nil }
        do {
            let started = Timestamp.now()
            let result = try network.infer(
                frame, resize: isCut ? .crop : .stretch, preview: isCut && wantsPicture ? previews : nil)
            let inferred = Timestamp.now()
            var set = DetectionSet(
                origin: ResultOrigin(
                    frame: header, timing: ResultTiming(inference: inferred.nanoseconds(since: started))),
                labels: network.labels, detections: result.detections, tensors: result.tensors)
            if let depth { range(&set, depth) }
            set.origin.timing.fusion = Timestamp.now().nanoseconds(since: inferred)
            if isCut {
                let cut = CenterCrop(header, width: network.inputWidth, height: network.inputHeight)
                for index in set.detections.indices { set.detections[index].box = cut.inside(set.detections[index].box) }
            }
            if wantsPicture, let seen = isCut ? result.preview : frame { results.publish(StreamPacket(seen), on: .previewout) }
            results.publish(
                StreamPacket(.detections(set), sequence: header.sequence, captured: header.captured), on: .metaout)
            start?.end(.result)
        } catch {
            start?.end(.failure("\(error)"))
            trouble.report { "network on \(tap.rawValue): \(error)" }
        }
    }

    /// Reads the distance of every box off the depth picture nearest in capture time.
    private func range(_ set: inout DetectionSet, _ mailbox: Mailbox<StreamPacket>) {
        depths.take(from: mailbox)
        guard let nearest = depths.nearest(to: set.origin.frame.captured) else { return }
        fusion?.locate(&set.detections, depth: nearest.depth)
        set.origin.depthSkewNanoseconds = nearest.skew
    }
}

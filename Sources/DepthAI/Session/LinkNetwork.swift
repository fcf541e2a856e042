// SPDX-License-Identifier: Apache-2.0
import Core
import Fusion
import Inference
import Pipeline

/// A client's network at work: it reads the camera's pictures as any subscriber does, so that nobody else notices. One
/// thread; the newest picture wins.
final class LinkNetwork: Sendable {
    private let pictures: [Subscription]
    private let depth: Subscription?
    private let thread: StageThread

    /// What it is made from.
    struct Wiring {
        var hub: StreamHub
        var optics: CameraOptics?
        var choice: LinkNetworkChoice
        var configuration: LinkConfiguration
        var results: LinkResults
        /// Takes what comes out; called on the network's thread.
        var publish: @Sendable (StreamName, LinkPacket.Body, FrameHeader) -> Void
        /// Is told once what keeps it from working.
        var trouble: @Sendable (String) -> Void
    }

    init(_ stages: [Network], _ wiring: Wiring) {
        let streams = wiring.choice.input.streams
        let pictures = streams.map { wiring.hub.subscribe($0) }
        let worker = LinkNetworkWorker(stages, wiring)
        let depth = worker.measures ? wiring.hub.subscribe(.depth, capacity: 3) : nil
        (self.pictures, self.depth) = (pictures, depth)
        thread = StageThread(name: "\(wiring.hub.camera) client nn") {
            while let first = pictures[0].mailbox.next() {
                worker.work(on: first, of: streams[0], depth: depth?.mailbox)
                // The other lens of the same exposure comes right after.
                for (index, other) in pictures.enumerated().dropFirst() {
                    let deadline = Timestamp.now().advanced(byNanoseconds: Self.patience)
                    guard let packet = other.mailbox.next(until: deadline) else { continue }
                    worker.work(on: packet, of: streams[index], depth: depth?.mailbox)
                }
            }
        }
    }

    private static let patience: Int64 = 200_000_000

    /// Ends it and blocks until its thread has ended. For the house's own threads only.
    func stop() {
        for subscription in pictures { subscription.cancel() }
        depth?.cancel()
        thread.join()
    }
}

/// What a client's network does to each picture.
///
/// `@unchecked Sendable`: after `init` only the network's thread calls `work`.
private final class LinkNetworkWorker: @unchecked Sendable {
    private let stages: [Network]
    private let wiring: LinkNetwork.Wiring
    private var fusions: [StreamName: DepthFusion] = [:]
    private var tracker: Tracker?
    private var depths: [Frame] = []
    private var hasComplained = false
    /// Pictures out at once: two waiting for the client, one being written.
    private let previews = FramePool(capacity: 4)
    private let parts = FramePool(capacity: 1)
    private static let keptDepths = 3

    var measures: Bool { !fusions.isEmpty }

    init(_ stages: [Network], _ wiring: LinkNetwork.Wiring) {
        self.stages = stages
        self.wiring = wiring
        let configuration = wiring.configuration
        if wiring.choice.measuresDistance,
            let settings = try? FusionSettings(
                paddingFactor: Float(configuration.depth.paddingFactor),
                depthLimitMillimetres: Int(configuration.depth.limitMetres * 1000),
                confidenceThreshold: Float(configuration.depth.confidenceThreshold), statistic: .mean)
        {
            for stream in wiring.choice.input.streams {
                fusions[stream] = wiring.optics?.depthFusion(for: stream, settings)
            }
        }
        if configuration.wants(.objectTracker), configuration.tracking.maximumTracklets > 0 {
            tracker =
                (try? TrackerSettings(
                    maximumTracks: configuration.tracking.maximumTracklets,
                    confidenceThreshold: Float(configuration.tracking.confidenceThreshold))).map(Tracker.init)
        }
    }

    func work(on packet: StreamPacket, of stream: StreamName, depth: Mailbox<StreamPacket>?) {
        guard case .frame(let frame) = packet.payload else { return }
        do {
            try look(at: frame, of: stream, depth: depth)
        } catch {
            if !hasComplained { wiring.trouble("the network: \(error)") }
            hasComplained = true
        }
    }

    private func look(at frame: Frame, of stream: StreamName, depth: Mailbox<StreamPacket>?) throws {
        let (header, network) = (frame.header, stages[0])
        let keepsAspect = wiring.choice.keepsAspect
        let result = try network.infer(
            frame, resize: keepsAspect ? .crop : .stretch, preview: wiring.configuration.wants(.previewout) ? previews : nil)
        let cut = keepsAspect ? PictureCut(header, width: network.inputWidth, height: network.inputHeight) : nil
        // Rows speak of the picture the network saw; what is decoded, of the whole picture.
        let rows = wiring.choice.output == .raw ? result.tensors.first.flatMap(DetectionRows.init) : nil
        var detections = result.detections
        if let rows {
            detections = rows.detections
            if let cut { for index in detections.indices { detections[index].box = cut.outside(detections[index].box) } }
        }
        measure(&detections, stream, header, depth)
        let second = try secondStage(frame, detections)
        if let cut { for index in detections.indices { detections[index].box = cut.inside(detections[index].box) } }
        if let seen = result.preview { wiring.publish(.previewout, .picture(seen, PictureForm()), seen.header) }
        if wiring.configuration.wants(.metaout) {
            let payload = wiring.results.payload(detections, rows, first: result.tensors, second: second)
            wiring.publish(.metaout, .bytes(payload), header)
        }
        if let tracks = tracker?.update(detections, at: header.captured) {
            let bytes = ResultRecords.tracklets(tracks, width: network.inputWidth, height: network.inputHeight)
            wiring.publish(.objectTracker, .bytes(bytes), header)
        }
    }

    /// The second network sees the first thing the first one found.
    private func secondStage(_ frame: Frame, _ detections: [Detection]) throws -> [Tensor] {
        guard stages.count > 1, let first = detections.first,
            let part = LinkPicture.part(of: frame, below: first.box, from: parts)
        else { return [] }
        return try stages[1].infer(part, resize: .stretch).tensors
    }

    /// Reads the distance of every box off the depth picture nearest in capture time.
    private func measure(
        _ detections: inout [Detection], _ stream: StreamName, _ header: FrameHeader, _ mailbox: Mailbox<StreamPacket>?
    ) {
        guard let mailbox else { return }
        while let packet = mailbox.poll() {
            guard case .frame(let frame) = packet.payload else { continue }
            if depths.count == Self.keptDepths { depths.removeFirst() }
            depths.append(frame)
        }
        func skew(_ depth: Frame) -> Int64 { abs(depth.header.captured.nanoseconds(since: header.captured)) }
        guard let nearest = depths.min(by: { skew($0) < skew($1) }) else { return }
        fusions[stream]?.locate(&detections, depth: nearest)
    }
}

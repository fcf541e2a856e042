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
        var camera: any CameraService
        var configuration: LinkConfiguration
        /// nil without a network.
        var results: LinkResults?
        var flow: PacketFlow
        /// Takes what comes out; called on the network's thread.
        var publish: @Sendable (StreamName, LinkPacket.Body, FrameHeader) -> Void
    }

    init(_ stages: [Network], _ wiring: Wiring) {
        let (hub, streams) = (wiring.camera.hub, wiring.configuration.previewInput.streams)
        let pictures = streams.map { hub.subscribe($0) }
        wiring.flow.follow(pictures[0])
        let worker = LinkNetworkWorker(stages, wiring)
        let depth = wiring.configuration.network?.measuresDistance == true ? hub.subscribe(.depth, capacity: 3) : nil
        (self.pictures, self.depth) = (pictures, depth)
        thread = StageThread(name: "\(hub.camera) client nn") {
            while let first = pictures[0].mailbox.next() {
                wiring.flow.flows()
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

    /// Ends it and blocks until its thread has ended. Never call from a Swift task.
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
    private let distances: DistanceReader?
    private let plain: InputPreprocessor?
    private var limiters: [StreamName: RateLimiter]
    private var tracker: Tracker?
    private var hasComplained = false
    /// Pictures out at once: two waiting for the client, one being written.
    private let previews = FramePool(capacity: 4)
    private let parts = FramePool(capacity: 1)
    /// What gen1's first networks saw, for clients that have none.
    private static let plainSide = 300

    init(_ stages: [Network], _ wiring: LinkNetwork.Wiring) {
        self.stages = stages
        self.wiring = wiring
        let configuration = wiring.configuration
        distances = configuration.network?.measuresDistance == true ? DistanceReader(wiring.camera, configuration) : nil
        plain =
            stages.isEmpty ? InputPreprocessor(width: Self.plainSide, height: Self.plainSide, isGray: false, pad: 0) : nil
        limiters = Dictionary(
            uniqueKeysWithValues: configuration.previewInput.streams.compactMap { stream in
                configuration.lensRate(of: stream).map { (stream, RateLimiter(perSecond: $0)) }
            })
        if configuration.wants(.objectTracker), configuration.tracking.maximumTracklets > 0 {
            tracker =
                (try? TrackerSettings(
                    maximumTracks: configuration.tracking.maximumTracklets,
                    confidenceThreshold: Float(configuration.tracking.confidenceThreshold))).map(Tracker.init)
        }
    }

    func work(on packet: StreamPacket, of stream: StreamName, depth: Mailbox<StreamPacket>?) {
        guard case .frame(let frame) = packet.payload, limiters[stream]?.take(packet.captured) ?? true else { return }
        do {
            try look(at: frame, of: stream, depth: depth)
        } catch {
            if !hasComplained { wiring.flow.complain("the network: \(error)") }
            hasComplained = true
        }
    }

    private var resize: ModelManifest.Resize { wiring.configuration.keepsAspect ? .crop : .stretch }

    private func look(at frame: Frame, of stream: StreamName, depth: Mailbox<StreamPacket>?) throws {
        guard let network = stages.first, let results = wiring.results else { return try show(frame) }
        let header = frame.header
        let result = try network.infer(
            frame, resize: resize, preview: wiring.configuration.wants(.previewout) ? previews : nil)
        let cut =
            wiring.configuration.keepsAspect ? CenterCrop(header, width: network.inputWidth, height: network.inputHeight) : nil
        // Rows speak of the picture the network saw; what is decoded, of the whole picture.
        let isRaw = wiring.configuration.network?.output == .raw
        let rows = isRaw ? result.tensors.first.flatMap(DetectionRows.init) : nil
        var detections = result.detections
        if let rows {
            detections = rows.detections
            if let cut { for index in detections.indices { detections[index].box = cut.outside(detections[index].box) } }
        }
        if let depth { distances?.measure(&detections, stream, header, depth) }
        let second = try secondStage(frame, detections)
        if let cut { for index in detections.indices { detections[index].box = cut.inside(detections[index].box) } }
        if let seen = result.preview { wiring.publish(.previewout, .picture(seen, PictureForm()), seen.header) }
        if wiring.configuration.wants(.metaout) {
            let payload = results.payload(detections, rows, first: result.tensors, second: second)
            wiring.publish(.metaout, .bytes(payload), header)
        }
        if let tracks = tracker?.update(detections, at: header.captured) {
            let bytes = ResultRecords.tracklets(tracks, width: network.inputWidth, height: network.inputHeight)
            wiring.publish(.objectTracker, .bytes(bytes), header)
        }
    }

    /// What a network would see.
    private func show(_ frame: Frame) throws {
        _ = try plain?.draw(frame, resize: resize)
        guard let seen = plain?.preview(of: frame.header, from: previews) else { return }
        wiring.publish(.previewout, .picture(seen, PictureForm()), seen.header)
    }

    /// The second network sees the first thing the first one found.
    private func secondStage(_ frame: Frame, _ detections: [Detection]) throws -> [Tensor] {
        guard stages.count > 1, let first = detections.first,
            let part = LinkPicture.part(of: frame, below: first.box, from: parts)
        else { return [] }
        return try stages[1].infer(part, resize: .stretch).tensors
    }
}

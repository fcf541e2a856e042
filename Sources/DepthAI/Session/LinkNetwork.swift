// SPDX-License-Identifier: Apache-2.0
import Core
import Fusion
import Inference
import Pipeline

/// A client's network at work: it reads the camera's pictures as any subscriber does, so that nobody else notices.
final class LinkNetwork: Sendable {
    private let runner: NetworkRunner

    /// What it is made from.
    struct Wiring: Sendable {
        var camera: any CameraService
        var configuration: LinkConfiguration
        /// nil without a network.
        var results: LinkResults?
        var flow: PacketFlow
        /// Takes what comes out; called on the network's thread.
        var publish: @Sendable (StreamName, LinkPacket.Body, FrameHeader) -> Void
    }

    /// A client's network may be any: one that is slow is not one that hangs.
    private static let grace: Int64 = 60_000_000_000

    init(_ stages: [Network], _ wiring: Wiring) {
        let (camera, configuration) = (wiring.camera, wiring.configuration)
        let inputs = NetworkRunner.Inputs(
            camera.hub, configuration.previewInput.streams, readsDepth: configuration.network?.measuresDistance == true)
        if let first = inputs.subscriptions.first { wiring.flow.follow(first) }
        // Pictures out at once: two waiting for the client, one being written.
        runner = NetworkRunner(
            "\(camera.id) client nn", subject: "a script's network", inputs: inputs, previews: LinkNetworkWorker.previewCount,
            monitor: camera.stageMonitor, grace: Self.grace
        ) {
            LinkNetworkWorker(stages, wiring)
        }
    }

    /// Ends it and blocks until its thread has ended. Never call from a Swift task.
    func stop() {
        runner.stop()
    }
}

/// What a client's network does to each picture.
private final class LinkNetworkWorker: NetworkRunnerDelegate {
    private let stages: [Network]
    private let wiring: LinkNetwork.Wiring
    private let streams: [StreamName]
    private let resize: ModelManifest.Resize
    private let distances: DistanceReader?
    private lazy var plain = InputPreprocessor(
        width: LinkNetworkWorker.plainSide, height: LinkNetworkWorker.plainSide, isGray: false, pad: 0)
    private var limiters: [StreamName: RateLimiter]
    private var tracker: Tracker?
    private var hasComplained = false
    private let parts = FramePool(capacity: 1)
    /// What gen1's first networks saw, for clients that have none.
    private static let plainSide = 300
    static let previewCount = 4

    init(_ stages: [Network], _ wiring: LinkNetwork.Wiring) {
        self.stages = stages
        self.wiring = wiring
        let configuration = wiring.configuration
        streams = configuration.previewInput.streams
        resize = configuration.keepsAspect ? .crop : .stretch
        distances = configuration.network?.measuresDistance == true ? DistanceReader(wiring.camera, configuration) : nil
        limiters = Dictionary(
            uniqueKeysWithValues: streams.compactMap { stream in
                configuration.lensRate(of: stream).map { (stream, RateLimiter(perSecond: $0)) }
            })
        if configuration.wants(.objectTracker), configuration.tracking.maximumTracklets > 0 {
            tracker =
                (try? TrackerSettings(
                    maximumTracks: configuration.tracking.maximumTracklets,
                    confidenceThreshold: Float(configuration.tracking.confidenceThreshold))).map(Tracker.init)
        }
    }

    func view(of picture: Frame, from input: Int) -> NetworkRunner.View? {
        // A gap is told of the first lens alone: a picture of the other one may have waited since before it.
        if input == 0 { wiring.flow.flows() }
        guard limiters[streams[input]]?.take(picture.header.captured) ?? true else { return nil }
        return NetworkRunner.View(picture, resize: resize, wantsPreview: wiring.configuration.wants(.previewout))
    }

    /// Without a network: what one would see.
    func infer(_ view: NetworkRunner.View, preview: FramePool?) throws -> InferenceResult {
        if let network = stages.first { return try network.infer(view, preview: preview) }
        _ = try plain.draw(view.picture, resize: resize)
        return InferenceResult(
            detections: [], tensors: [], preview: preview.flatMap { plain.preview(of: view.picture.header, from: $0) })
    }

    func take(_ outcome: NetworkRunner.Outcome) throws {
        guard let network = stages.first, let results = wiring.results else { return show(outcome) }
        let (frame, result) = (outcome.view.picture, outcome.result)
        let header = frame.header
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
        if let depth = outcome.depth { distances?.measure(&detections, streams[outcome.input], depth) }
        let second = try secondStage(frame, detections)
        if let cut { for index in detections.indices { detections[index].box = cut.inside(detections[index].box) } }
        show(outcome)
        if wiring.configuration.wants(.metaout) {
            let payload = results.payload(detections, rows, first: result.tensors, second: second)
            wiring.publish(.metaout, .bytes(payload), header)
        }
        if let tracks = tracker?.update(detections, at: header.captured) {
            let bytes = ResultRecords.tracklets(tracks, width: network.inputWidth, height: network.inputHeight)
            wiring.publish(.objectTracker, .bytes(bytes), header)
        }
    }

    /// The client is told once.
    func fail(_ error: any Error) {
        if !hasComplained { wiring.flow.complain("the network: \(error)") }
        hasComplained = true
    }

    private func show(_ outcome: NetworkRunner.Outcome) {
        guard let seen = outcome.result.preview else { return }
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

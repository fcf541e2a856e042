// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import Synchronization

/// Steps 4 and 5 of the frame's walk: rectify, match, filter, turn into millimetres. One thread and, for the
/// matching, as many helpers as `depth.threads` asks for; the newest pair wins.
final class StereoStage: Sendable {
    private let mailbox = Mailbox<StereoPair>(capacity: 1, onFull: .dropOldest)
    private let progress: MatchingProgress
    private let loop: StageLoop<StereoPair>
    private let counters: GraphCounters
    /// What the matcher is to be from the next pair on.
    private let change = Mailbox<StereoSettings>(capacity: 1, onFull: .dropOldest)

    init(
        worker: StereoWorker, progress: MatchingProgress, camera: CameraID, counters: GraphCounters, monitor: StageMonitor
    ) {
        self.progress = progress
        self.counters = counters
        loop = StageLoop("\(camera) stereo", subject: "stereo", mailbox: mailbox, monitor: monitor) { [change] in
            return { pair in
                if let settings = change.poll() { try worker.apply(settings) }
                try worker.work(on: pair)
            }
        }
    }

    /// Matches the next pairs with other settings; of several changes between two pairs the last one counts.
    func apply(_ settings: StereoSettings) {
        change.offer(settings)
    }

    func offer(_ pair: StereoPair) {
        progress.offered(pair.right.header.sequence)
        if !mailbox.offer(pair) { counters.stereoSkipped.add() }
    }

    func stop() {
        loop.stop()
    }
}

/// Which exposure the matcher is at work on, for those who may want to wait for its depth.
final class MatchingProgress: Sendable {
    private let newestOffered = Atomic(-1)
    /// -1 while the matcher is idle.
    private let current = Atomic(-1)

    /// Whether depth of that exposure is being made right now, or will be as soon as the idle matcher wakes.
    func isMaking(_ sequence: Int) -> Bool {
        let current = current.load(ordering: .relaxed)
        return current == sequence || (current < 0 && newestOffered.load(ordering: .relaxed) == sequence)
    }

    func offered(_ sequence: Int) { newestOffered.store(sequence, ordering: .relaxed) }
    func began(_ sequence: Int) { current.store(sequence, ordering: .relaxed) }
    func ended() { current.store(-1, ordering: .relaxed) }
}

extension DepthConverter {
    /// For rectified pictures that are matched with some settings.
    init(_ rectifier: Rectifier, _ settings: StereoSettings) throws(StereoError) {
        try self.init(
            focalPixels: rectifier.rectifiedModel.fx, baselineMillimetres: rectifier.baselineMillimetres,
            unitsPerPixel: settings.unitsPerPixel)
    }
}

/// What a stereo stage does to each pair.
///
/// `@unchecked Sendable`: after `init` only the stage's thread calls `work`; its helpers see nothing but the matcher's bands.
final class StereoWorker: @unchecked Sendable {
    private let rectifier: Rectifier
    /// nil where pairs are only rectified.
    private var matching: GraphBuilder.Matching?
    private let threads: BandThreadPool
    private let pictures: DisparityPictures
    private let hub: StreamHub
    private let meters: GraphMeters
    private let counters: GraphCounters
    private let progress: MatchingProgress
    private let needsDepth: Bool
    private let onRectified: @Sendable (Frame) -> Void
    private let onDepth: @Sendable (DepthResult) -> Void

    /// Frames out at once: one with each of a few subscribers, one being written.
    private let rectifiedPool = FramePool(capacity: 12)
    private let disparityPool = FramePool(capacity: 2)
    private let depthPool = FramePool(capacity: 10)

    /// How far the rows are searched for what they share, where nothing is matched, pixels.
    private static let customaryDisparities = 96

    /// What the graph wants of the stage beside its streams.
    struct Wiring: Sendable {
        /// A node reads depth, so it is made for every pair.
        var needsDepth: Bool
        /// The network reads rectified pictures.
        var onRectified: @Sendable (Frame) -> Void
        var onDepth: @Sendable (DepthResult) -> Void
    }

    init(
        rectifier: Rectifier, matching: GraphBuilder.Matching?, camera: CameraID, hub: StreamHub, meters: GraphMeters,
        counters: GraphCounters, progress: MatchingProgress, wiring: Wiring
    ) {
        self.progress = progress
        self.rectifier = rectifier
        self.matching = matching
        threads = BandThreadPool(threads: matching?.threads ?? 1, name: "\(camera) bands")
        pictures = DisparityPictures(hub: hub, counters: counters)
        self.hub = hub
        self.meters = meters
        self.counters = counters
        needsDepth = wiring.needsDepth
        onRectified = wiring.onRectified
        onDepth = wiring.onDepth
    }

    func apply(_ settings: StereoSettings) throws {
        let converter = try DepthConverter(rectifier, settings)
        matching?.converter = converter
        matching?.matcher.apply(settings)
    }

    func work(on pair: StereoPair) throws {
        progress.began(pair.right.header.sequence)
        defer { progress.ended() }
        let started = Timestamp.now()
        guard let rectified = try rectify(pair) else { return counters.poolExhausted.add() }
        if let matching { try match(rectified, matching, started: started) }
        let disparities = matching?.matcher.settings.disparities ?? Self.customaryDisparities
        try meters.alignment.look(at: rectified, disparities: disparities)
    }

    /// Rectifies both pictures; pictures of an ideal camera pass as they are. nil when no buffer was free.
    private func rectify(_ pair: StereoPair) throws -> StereoPair? {
        var rectified = pair
        if !rectifier.isIdentity {
            let done = try meters.rectify.measure { () -> StereoPair? in
                guard let left = try rectify(pair.left, .left), let right = try rectify(pair.right, .right) else { return nil }
                return StereoPair(left: left, right: right)
            }
            guard let done else { return nil }
            rectified = done
        }
        onRectified(rectified.left)
        onRectified(rectified.right)
        publish(rectified.left, on: .rectifiedLeft)
        publish(rectified.right, on: .rectifiedRight)
        return rectified
    }

    private func rectify(_ frame: Frame, _ side: StereoSide) throws -> Frame? {
        guard let draft = rectifiedPool.draft(frame.header) else { return nil }
        try rectifier.rectify(frame, side: side, into: draft)
        return draft.seal()
    }

    private func match(_ pair: StereoPair, _ matching: GraphBuilder.Matching, started: Timestamp) throws {
        let captured = pair.right.header.captured
        let wanted = pictures.wanted(at: captured)
        let wantsDepth = needsDepth || hub.isWanted(.depth, at: captured)
        guard wantsDepth || !wanted.isEmpty else { return }

        guard let (disparity, depth) = try meters.stereo.measure({ try depth(of: pair, matching) }) else {
            return counters.poolExhausted.add()
        }
        onDepth(DepthResult(frame: depth, stereoNanoseconds: Timestamp.now().nanoseconds(since: started)))
        hub.publish(StreamPacket(depth), on: .depth)
        try pictures.publish(disparity, unitsPerPixel: matching.matcher.settings.unitsPerPixel, on: wanted)
    }

    /// Disparity and depth of a rectified pair; nil when no buffer was free.
    private func depth(of pair: StereoPair, _ matching: GraphBuilder.Matching) throws -> (disparity: Frame, depth: Frame)? {
        let header = pair.right.header
        let disparityHeader = header.reshaped(width: header.width, height: header.height, format: .disparity16)
        let depthHeader = header.reshaped(width: header.width, height: header.height, format: .depth16)
        guard let disparityDraft = disparityPool.draft(disparityHeader), let depthDraft = depthPool.draft(depthHeader) else {
            return nil
        }
        try matching.matcher.match(left: pair.left, right: pair.right, into: disparityDraft, concurrently: threads.work)
        let disparity = disparityDraft.seal()
        try matching.converter.convert(disparity: disparity, into: depthDraft)
        return (disparity, depthDraft.seal())
    }

    private func publish(_ frame: Frame, on stream: StreamName) {
        if hub.isWanted(stream, at: frame.header.captured) { hub.publish(StreamPacket(frame), on: stream) }
    }
}

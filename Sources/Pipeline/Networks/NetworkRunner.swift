// SPDX-License-Identifier: Apache-2.0
package import Core
package import Inference

/// A network at work on a camera's pictures: newest picture → network → nearest depth → results. One thread; the newest
/// picture wins.
///
/// The camera's own network, those that hub clients attach and those that scripts bring are all run by it; what each of
/// them does its own way is its `NetworkRunnerDelegate`.
package final class NetworkRunner: Sendable {
    private let inputs: Inputs
    private let loop: StageLoop<StreamPacket>

    /// Where pictures and depth come from.
    package struct Inputs: Sendable {
        fileprivate let pictures: [Mailbox<StreamPacket>]
        fileprivate let depth: Mailbox<StreamPacket>?
        /// Those of the pictures first, then that of depth.
        package let subscriptions: [Subscription]

        /// Pictures that the owner puts into a mailbox.
        init(_ pictures: Mailbox<StreamPacket>) {
            (self.pictures, depth, subscriptions) = ([pictures], nil, [])
        }

        /// Pictures of a camera's streams, read as any subscriber does: starting and ending that touches nobody else.
        /// - Parameters:
        ///   - streams: one, or those of several lenses that expose together.
        ///   - readsDepth: whether the distances of what is found are wanted.
        package init(_ hub: StreamHub, _ streams: [StreamName], readsDepth: Bool) {
            let pictures = streams.map { hub.subscribe($0) }
            // The depth of the picture's own exposure may come before or after the network is done with it.
            let depth = readsDepth ? hub.subscribe(.depth, capacity: 3) : nil
            self.pictures = pictures.map(\.mailbox)
            self.depth = depth?.mailbox
            subscriptions = pictures + (depth.map { [$0] } ?? [])
        }
    }

    /// What the network is shown of a picture, and how.
    package struct View: Sendable {
        package var picture: Frame
        /// nil does what the model's manifest says.
        package var resize: ModelManifest.Resize?
        /// nil takes the manifest's.
        package var confidence: Float?
        /// Whether somebody wants the picture as the network saw it.
        package var wantsPreview: Bool

        package init(
            _ picture: Frame, resize: ModelManifest.Resize? = nil, confidence: Float? = nil, wantsPreview: Bool = false
        ) {
            (self.picture, self.resize, self.confidence, self.wantsPreview) = (picture, resize, confidence, wantsPreview)
        }
    }

    /// What came of a picture.
    package struct Outcome: Sendable {
        package var view: View
        /// Which of the inputs the picture came from.
        package var input: Int
        package var result: InferenceResult
        /// How long the network took.
        package var inferenceNanoseconds: Int64
        /// When it was done.
        package var inferred: Timestamp
        /// The depth picture nearest in capture time, and how many nanoseconds later it was taken; nil where none is read.
        package var depth: (picture: Frame, skew: Int64)?
    }

    /// - Parameters:
    ///   - name: the thread's.
    ///   - subject: what the log says has failed.
    ///   - previews: pictures as the network saw them that may be out at once.
    ///   - meter: measures the network; nil where nobody asks.
    ///   - grace: what one picture may take beyond the time every stage is given, in nanoseconds.
    ///   - makeDelegate: called on the runner's thread.
    package init<Delegate: NetworkRunnerDelegate>(
        _ name: String, subject: String, inputs: Inputs, previews: Int, monitor: StageMonitor, meter: StageMeter? = nil,
        grace: Int64 = 0, makeDelegate: @escaping @Sendable () -> Delegate
    ) {
        self.inputs = inputs
        loop = StageLoop(name, subject: subject, mailbox: inputs.pictures[0], monitor: monitor, grace: grace) {
            let turn = NetworkTurn(makeDelegate(), inputs.pictures, depth: inputs.depth, previews: previews, meter: meter)
            return { first in try turn.work(on: first) }
        }
    }

    /// Ends it and blocks until its thread has ended. Never call from a Swift task.
    package func stop() {
        for subscription in inputs.subscriptions { subscription.cancel() }
        loop.stop()
    }
}

/// What one owner of a `NetworkRunner` does its own way. Only the runner's thread calls it.
package protocol NetworkRunnerDelegate: AnyObject, SendableMetatype {
    /// What the network is shown of a picture; nil leaves the picture out.
    /// - Parameter input: which of the runner's inputs it came from.
    func view(of picture: Frame, from input: Int) -> NetworkRunner.View?

    /// Runs the network.
    /// - Parameter preview: where to take a frame from for the picture the network saw; nil when nobody wants it.
    func infer(_ view: NetworkRunner.View, preview: FramePool?) throws -> InferenceResult

    /// Gives the results their distances and publishes them.
    func take(_ outcome: NetworkRunner.Outcome) throws

    /// Is told why nothing came of a picture; the runner has it logged and counted.
    func fail(_ error: any Error)
}

extension NetworkRunnerDelegate {
    /// Nobody but the log has to know.
    package func fail(_ error: any Error) {}
}

extension Network {
    package func infer(_ view: NetworkRunner.View, preview: FramePool?) throws(InferenceError) -> InferenceResult {
        try infer(view.picture, resize: view.resize, confidence: view.confidence, preview: preview)
    }
}

/// What a runner does with each exposure. Not `Sendable`: its thread alone uses it.
private final class NetworkTurn<Delegate: NetworkRunnerDelegate> {
    private let delegate: Delegate
    private let pictures: [Mailbox<StreamPacket>]
    private let depth: Mailbox<StreamPacket>?
    private let previews: FramePool
    private let meter: StageMeter?
    private var depths = RecentDepths()

    /// How much later the other lenses' pictures of an exposure may come, in nanoseconds.
    private static var patience: Int64 { 200_000_000 }

    init(
        _ delegate: Delegate, _ pictures: [Mailbox<StreamPacket>], depth: Mailbox<StreamPacket>?, previews: Int,
        meter: StageMeter?
    ) {
        (self.delegate, self.pictures, self.depth, self.meter) = (delegate, pictures, depth, meter)
        self.previews = FramePool(capacity: previews)
    }

    /// Works on the picture of the first input, and on those of the others, which come right after.
    func work(on first: StreamPacket) throws {
        // A lens whose picture fails must not leave the others' waiting: they would be taken for the next exposure's.
        var failure: (any Error)?
        for (input, mailbox) in pictures.enumerated() {
            let deadline = Timestamp.now().advanced(byNanoseconds: Self.patience)
            guard let packet = input == 0 ? first : mailbox.next(until: deadline) else { continue }
            do {
                try look(at: packet, from: input)
            } catch {
                delegate.fail(error)
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func look(at packet: StreamPacket, from input: Int) throws {
        guard case .frame(let picture) = packet.payload, let view = delegate.view(of: picture, from: input) else { return }
        let started = Timestamp.now()
        let result = try infer(view)
        let inferred = Timestamp.now()
        try delegate.take(
            NetworkRunner.Outcome(
                view: view, input: input, result: result, inferenceNanoseconds: inferred.nanoseconds(since: started),
                inferred: inferred, depth: nearestDepth(to: picture)))
    }

    private func infer(_ view: NetworkRunner.View) throws -> InferenceResult {
        let preview = view.wantsPreview ? previews : nil
        guard let meter else { return try delegate.infer(view, preview: preview) }
        return try meter.measure { try delegate.infer(view, preview: preview) }
    }

    private func nearestDepth(to picture: Frame) -> (picture: Frame, skew: Int64)? {
        guard let depth else { return nil }
        depths.take(from: depth)
        return depths.nearest(to: picture.header.captured)
    }
}

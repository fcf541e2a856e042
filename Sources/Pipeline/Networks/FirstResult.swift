// SPDX-License-Identifier: Apache-2.0
import Core

/// What becomes of the first picture that a newly attached network is shown. Who deployed it waits here.
///
/// A network on a slow box may look at one picture for a minute, and one without pictures waits for ever: so the wait for
/// the picture has an end, and the wait for the network, which has run before, has none.
public final class FirstResult: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// It is published.
        case result
        /// The network could not make anything of it.
        case failure(String)
        /// None came.
        case noPicture
    }

    private enum News: Sendable {
        case picture
        case end(Outcome)
    }

    private let news = Mailbox<News>(capacity: 2, onFull: .dropNewest)

    public init() {}

    /// Waits for the picture, then for what the network makes of it. blocks; never call from a Swift task.
    /// - Parameter nanoseconds: how long the picture may take to come.
    public func outcome(pictureWithin nanoseconds: Int64) -> Outcome {
        let deadline = Timestamp.now().advanced(byNanoseconds: nanoseconds)
        guard news.next(until: deadline) != nil, case .end(let outcome)? = news.next() else { return .noPicture }
        return outcome
    }

    /// The network has a picture before it.
    func picture() { news.offer(.picture) }

    /// The network is done with it.
    func end(_ outcome: Outcome) {
        news.offer(.end(outcome))
        news.close()
    }
}

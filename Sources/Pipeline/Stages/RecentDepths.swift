// SPDX-License-Identifier: Apache-2.0
package import Core

/// The newest depth pictures a network's thread has seen: that of an exposure may come before or after the network is done
/// with its picture.
package struct RecentDepths {
    private var depths: [Frame] = []
    private static let kept = 3

    package init() {}

    /// Takes what has come since.
    package mutating func take(from mailbox: Mailbox<StreamPacket>) {
        while let packet = mailbox.poll() {
            guard case .frame(let frame) = packet.payload else { continue }
            if depths.count == Self.kept { depths.removeFirst() }
            depths.append(frame)
        }
    }

    /// The one nearest in capture time, and how many nanoseconds later it was taken; nil while none has come.
    package func nearest(to captured: Timestamp) -> (picture: Frame, skew: Int64)? {
        var nearest: (picture: Frame, skew: Int64)?
        for depth in depths {
            let skew = depth.header.captured.nanoseconds(since: captured)
            if let known = nearest?.skew, abs(known) <= abs(skew) { continue }
            nearest = (depth, skew)
        }
        return nearest
    }
}

// SPDX-License-Identifier: Apache-2.0
import Capture
package import Core

/// Brings the pictures of a camera's lenses together: those of one exposure get one number and leave as left, right, colour; depth
/// follows when the camera has computed it. Pure.
package struct ExposureAssembler {
    private let lenses: Set<CameraInstance>
    private let tolerance: Int64
    private var pairing: ExposurePairing
    private var color: ColorSlot<Frame>
    private var left: [Frame] = []
    private var right: [Frame] = []
    /// The last exposures, for depth that is late.
    private var recent: [(sequence: Int, captured: Timestamp)] = []
    private var nextSequence = 0
    /// Pictures that found no partner.
    package private(set) var unpaired = 0

    /// So many exposures may be under way in the camera when depth of the first of them comes.
    private static let remembered = 8

    package init(lenses: Set<CameraInstance>, framesPerSecond: Double) {
        self.lenses = lenses
        pairing = ExposurePairing(framesPerSecond: framesPerSecond)
        color = ColorSlot(framesPerSecond: framesPerSecond)
        tolerance = pairing.toleranceNanoseconds
    }

    /// A picture has come.
    /// - Returns: the pictures that are complete now, in the order in which they are to be delivered.
    package mutating func add(_ picture: Frame) -> [Frame] {
        if picture.header.format == .depth16 { return depth(picture) }
        switch picture.header.instance {
        case .color where lenses.contains(.left) || lenses.contains(.right):
            if color.offer(picture, captured: picture.header.captured) != nil { unpaired += 1 }
            return colorOfExposure()
        case .left where lenses.contains(.right), .right where lenses.contains(.left):
            return pair(picture)
        default:
            return expose([picture])
        }
    }

    private mutating func pair(_ picture: Frame) -> [Frame] {
        let side: ExposurePairing.Side = picture.header.instance == .left ? .left : .right
        if side == .left { left.append(picture) } else { right.append(picture) }
        switch pairing.add(side, at: picture.header.captured) {
        case .wait: return []
        case .drop(let side):
            if side == .left { left.removeFirst() } else { right.removeFirst() }
            unpaired += 1
            return []
        case .pair(let extraLeft, let extraRight):
            left.removeFirst(extraLeft)
            right.removeFirst(extraRight)
            unpaired += extraLeft + extraRight
            return expose([left.removeFirst(), right.removeFirst()])
        }
    }

    /// Pictures of a new exposure, and the colour picture that waited for it.
    private mutating func expose(_ pictures: [Frame]) -> [Frame] {
        let (sequence, captured) = (nextSequence, pictures[0].header.captured)
        nextSequence += 1
        if recent.count == Self.remembered { recent.removeFirst() }
        recent.append((sequence, captured))
        color.expose(sequence, at: captured)
        return pictures.map { $0.numbered(sequence) } + colorOfExposure()
    }

    private mutating func colorOfExposure() -> [Frame] {
        switch color.decide() {
        case .wait: return []
        case .drop:
            unpaired += 1
            return []
        case .deliver(let picture, let sequence): return [picture.numbered(sequence)]
        }
    }

    private mutating func depth(_ picture: Frame) -> [Frame] {
        func gap(_ captured: Timestamp) -> Int64 { abs(captured.nanoseconds(since: picture.header.captured)) }
        guard let exposure = recent.min(by: { gap($0.captured) < gap($1.captured) }), gap(exposure.captured) <= tolerance else {
            unpaired += 1
            return []
        }
        return [picture.numbered(exposure.sequence)]
    }
}

extension Frame {
    fileprivate func numbered(_ sequence: Int) -> Frame {
        var header = self.header
        header.sequence = sequence
        return relabelled(header)
    }
}

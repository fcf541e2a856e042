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
    /// The last exposures, for depth and network results that are late, each with the camera's own number.
    private var recent: [(sequence: Int, captured: Timestamp, own: Int)] = []
    private var nextSequence = 0
    /// Pictures that found no partner.
    package private(set) var unpaired = 0

    /// So many exposures may be under way in the camera when what it makes of the first of them comes: a second at 100 a second,
    /// since a network may be slow.
    private static let remembered = 100

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
        let moment = moment(of: picture, among: side == .left ? right : left)
        if side == .left { left.append(picture) } else { right.append(picture) }
        switch pairing.add(side, at: moment) {
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

    /// By when a picture is paired. Lenses that expose together number their pictures alike, which tells a pair whose times are
    /// further apart than they should be.
    private func moment(of picture: Frame, among others: [Frame]) -> Timestamp {
        let twin = others.first { $0.header.sequence == picture.header.sequence && isNear($0.header.captured, picture) }
        return (twin ?? picture).header.captured
    }

    /// Within one and a half frame times: two that only happen to have the same number are seldom so near.
    private func isNear(_ instant: Timestamp, _ picture: Frame) -> Bool {
        abs(instant.nanoseconds(since: picture.header.captured)) <= 3 * tolerance
    }

    /// Pictures of a new exposure, and the colour picture that waited for it.
    private mutating func expose(_ pictures: [Frame]) -> [Frame] {
        let (sequence, captured) = (nextSequence, pictures[0].header.captured)
        nextSequence += 1
        if recent.count == Self.remembered { recent.removeFirst() }
        recent.append((sequence, captured, pictures[0].header.sequence))
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
        if case .exposure(let sequence) = place(of: picture.header.captured) { return [picture.numbered(sequence)] }
        if let twin = recent.last(where: { $0.own == picture.header.sequence && isNear($0.captured, picture) }) {
            return [picture.numbered(twin.sequence)]
        }
        unpaired += 1
        return []
    }

    /// Where a moment stands among the exposures.
    package enum Place: Hashable {
        case exposure(Int)
        /// None of the exposures that are known: it is long past, or was never delivered.
        case unknown
        /// After all of them: its pictures are still on their way.
        case ahead
    }

    /// The exposure that what the camera made at a moment belongs to.
    package func place(of captured: Timestamp) -> Place {
        guard let nearest = nearest(to: captured) else { return .ahead }
        let gap = captured.nanoseconds(since: nearest.captured)
        if abs(gap) <= tolerance { return .exposure(nearest.sequence) }
        return gap > 0 && nearest.sequence == nextSequence - 1 ? .ahead : .unknown
    }

    /// The exposure nearest in time, however far away it is; nil while there is none.
    package func nearest(to captured: Timestamp) -> (sequence: Int, captured: Timestamp)? {
        func gap(_ exposure: (sequence: Int, captured: Timestamp, own: Int)) -> Int64 {
            abs(exposure.captured.nanoseconds(since: captured))
        }
        return recent.min { gap($0) < gap($1) }.map { ($0.sequence, $0.captured) }
    }
}

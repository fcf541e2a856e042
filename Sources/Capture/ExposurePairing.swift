// SPDX-License-Identifier: Apache-2.0
package import Core

/// Pairs the pictures of two cameras by capture time and measures how far apart they are. Pure:
/// it knows times only; whoever asks keeps the pictures until it is clear that they are needed.
public struct ExposurePairing: Sendable {
    package enum Side: Sendable, Hashable {
        case left
        case right
    }

    /// What to do with the pictures that wait, oldest first.
    package enum Decision: Sendable, Hashable {
        case wait
        /// Drop this many of each side; the next of both are a pair.
        case pair(droppingLeft: Int, droppingRight: Int)
        /// Drop the oldest of a side: its partner will not come any more.
        case drop(Side)
    }

    /// How well the two cameras go together. Offsets are right − left.
    public struct Figures: Sendable, Hashable {
        public var pairs = 0
        public var unpairedLeft = 0
        public var unpairedRight = 0
        /// Of the last pair, microseconds.
        public var offsetMicroseconds = 0.0
        /// Over the window, microseconds.
        public var meanOffsetMicroseconds = 0.0
        /// Standard deviation of what a straight line through the window's offsets leaves, microseconds.
        public var jitterMicroseconds = 0.0
        /// Slope of that line: how much faster the right camera's offset grows than time, in parts per million.
        public var driftPartsPerMillion = 0.0
    }

    /// Pictures made at most so far apart belong together: half a frame time, as in the pipeline.
    package let toleranceNanoseconds: Int64
    private var left: [Timestamp] = []
    private var right: [Timestamp] = []
    private var counts = Figures()
    private var window = OffsetWindow()

    /// Pictures a side may keep waiting: buffers, of the four a driver has.
    package static let capacity = 2

    package init(framesPerSecond: Double) {
        toleranceNanoseconds = Int64(0.5e9 / max(0.1, framesPerSecond > 0 ? framesPerSecond : 30))
        left.reserveCapacity(Self.capacity + 1)
        right.reserveCapacity(Self.capacity + 1)
    }

    /// A picture has come and waits.
    package mutating func add(_ side: Side, at instant: Timestamp) -> Decision {
        if side == .left { left.append(instant) } else { right.append(instant) }
        let others = side == .left ? right : left
        func gap(_ other: Timestamp) -> Int64 { abs(other.nanoseconds(since: instant)) }
        let nearest = others.indices.min { gap(others[$0]) < gap(others[$1]) }
        guard let nearest, gap(others[nearest]) <= toleranceNanoseconds else { return overflow(side) }
        // Whatever is older than the pair can find no partner any more.
        let (skippedLeft, skippedRight) = side == .left ? (left.count - 1, nearest) : (nearest, right.count - 1)
        note(offset: right[skippedRight].nanoseconds(since: left[skippedLeft]), at: left[skippedLeft])
        counts.unpairedLeft += skippedLeft
        counts.unpairedRight += skippedRight
        left.removeFirst(skippedLeft + 1)
        right.removeFirst(skippedRight + 1)
        return .pair(droppingLeft: skippedLeft, droppingRight: skippedRight)
    }

    private mutating func overflow(_ side: Side) -> Decision {
        switch side {
        case .left where left.count > Self.capacity:
            left.removeFirst()
            counts.unpairedLeft += 1
            return .drop(.left)
        case .right where right.count > Self.capacity:
            right.removeFirst()
            counts.unpairedRight += 1
            return .drop(.right)
        default: return .wait
        }
    }

    private mutating func note(offset: Int64, at instant: Timestamp) {
        counts.pairs += 1
        let jump = offset - Int64(counts.offsetMicroseconds * 1000)
        // Cameras that run freely slip by a whole frame now and then; the line starts over there.
        if counts.pairs > 1, abs(jump) > toleranceNanoseconds { window.clear() }
        counts.offsetMicroseconds = Double(offset) / 1000
        window.add(offset: offset, at: instant)
    }

    /// What was measured so far.
    public var figures: Figures {
        var figures = counts
        (figures.meanOffsetMicroseconds, figures.driftPartsPerMillion, figures.jitterMicroseconds) = window.line
        return figures
    }
}

/// The last 256 offsets and the straight line through them.
struct OffsetWindow: Sendable {
    private var samples = [(at: Int64, offset: Int64)](repeating: (0, 0), count: 256)
    private var count = 0
    private var next = 0

    mutating func clear() {
        (count, next) = (0, 0)
    }

    mutating func add(offset: Int64, at instant: Timestamp) {
        samples[next] = (instant.nanoseconds, offset)
        next = (next + 1) % samples.count
        count = min(count + 1, samples.count)
    }

    /// Mean in µs, slope in parts per million, standard deviation around the line in µs, by least squares.
    var line: (mean: Double, slope: Double, deviation: Double) {
        guard count > 0 else { return (0, 0, 0) }
        let origin = samples[0].at
        // Seconds and microseconds: their ratio is parts per million.
        let points = samples[..<count].map { (x: Double($0.at - origin) / 1e9, y: Double($0.offset) / 1e3) }
        let n = Double(count)
        let meanX = points.reduce(0) { $0 + $1.x } / n
        let meanY = points.reduce(0) { $0 + $1.y } / n
        let spread = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        guard count > 2, spread > 0 else { return (meanY, 0, 0) }
        let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / spread
        let rest = points.reduce(0) { sum, point in
            let error = point.y - meanY - slope * (point.x - meanX)
            return sum + error * error
        }
        return (meanY, slope, (rest / (n - 2)).squareRoot())
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Core
import Stereo

/// A calibration and how far it may be trusted.
public struct CalibrationReport: Sendable {
    public let calibration: StereoCalibration
    public let uncertainty: CalibrationUncertainty
    /// The pairs it was made from.
    public let used: [PairFigures]
    /// Pairs that did not fit and were left out.
    public let unused: [PairFigures]
    /// Row errors of pairs under calibrations that were made without them; nil with four pairs.
    public let heldOut: EpipolarFigures?
    public let coverage: Coverage

    /// Row errors of all used pairs.
    public var epipolar: EpipolarFigures { EpipolarFigures(used.flatMap(\.rowErrors)) }

    /// Root of the mean squared distance between corners and where the calibration expects them, px.
    public var reprojection: Double {
        let squares = used.map { ($0.leftReprojection * $0.leftReprojection + $0.rightReprojection * $0.rightReprojection) / 2 }
        return (squares.reduce(0, +) / Double(max(1, squares.count))).squareRoot()
    }

    /// The pair that fits worst, left out or not.
    public var worst: PairFigures? { (used + unused).max { $0.epipolar.mean < $1.epipolar.mean } }
}

/// Standard deviations of the main values: from the scatter of the corners or from how the values change when pairs are
/// left out, whichever is larger.
public struct CalibrationUncertainty: Sendable, Hashable {
    /// Pixels.
    public let leftFocal: Double
    public let leftCentre: Double
    public let rightFocal: Double
    public let rightCentre: Double
    /// Of the right camera against the left one, about the least certain axis.
    public let turnDegrees: Double
    /// Random part only: a square measured wrong by 1 % makes the baseline, and every distance, wrong by 1 %.
    public let baselineMillimetres: Double
}

/// How far corresponding corners are from lying in the same row after rectification, px.
public struct EpipolarFigures: Sendable, Hashable {
    public let mean: Double
    public let percentile95: Double
    public let maximum: Double

    init(_ errors: [Double]) {
        let sorted = errors.map { abs($0) }.sorted()
        mean = sorted.reduce(0, +) / Double(max(1, sorted.count))
        percentile95 = sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
        maximum = sorted.last ?? 0
    }
}

/// How one pair fits.
public struct PairFigures: Sendable, Hashable {
    public let pair: BoardPair
    /// Root mean squared distance between corners and where they are expected, px; 0 for a pair that was left out.
    public let leftReprojection: Double
    public let rightReprojection: Double
    /// Left row minus right row of each corner after rectification, px.
    public let rowErrors: [Double]

    public var epipolar: EpipolarFigures { EpipolarFigures(rowErrors) }

    static func rms(_ residuals: [SIMD2<Double>]) -> Double {
        (residuals.reduce(0) { $0 + ($1 * $1).sum() } / Double(max(1, residuals.count))).squareRoot()
    }
}

/// Which part of the pictures the boards have covered: what no corner came near, the lens was not measured at.
public struct Coverage: Sendable, Hashable {
    /// Cells a side.
    static let cells = 6
    /// Part of the cells with a corner in them, 0...1, of the picture where it is less.
    public let share: Double

    init(pairs: [BoardPair], width: Int, height: Int) {
        func share(_ corners: [SIMD2<Double>]) -> Double {
            let cells = Double(Coverage.cells)
            let hit = Set(
                corners.map { corner in
                    Int(min(cells - 1, max(0, corner.y / Double(height) * cells))) * Coverage.cells
                        + Int(min(cells - 1, max(0, corner.x / Double(width) * cells)))
                })
            return Double(hit.count) / Double(Coverage.cells * Coverage.cells)
        }
        self.share = min(share(pairs.flatMap(\.left)), share(pairs.flatMap(\.right)))
    }
}

/// Judges pairs by a calibration, with the daemon's own rectification.
struct PairJudge {
    private let rectifier: Rectifier

    init(_ calibration: StereoCalibration) throws(BoardCalibrationError) {
        do {
            rectifier = try Rectifier(calibration: calibration, width: calibration.left.width, height: calibration.left.height)
        } catch {
            throw .undetermined("the result does not rectify (\(error)); are left and right swapped?")
        }
    }

    func rowErrors(_ pair: BoardPair) -> [Double] {
        zip(pair.left, pair.right).map { left, right in
            rectifier.rectifiedPoint(left, side: .left).y - rectifier.rectifiedPoint(right, side: .right).y
        }
    }

    func figures(_ pair: BoardPair) -> PairFigures {
        PairFigures(pair: pair, leftReprojection: 0, rightReprojection: 0, rowErrors: rowErrors(pair))
    }

    func figures(_ fit: StereoCalibrator.Fit, _ pairs: [BoardPair]) -> [PairFigures] {
        pairs.enumerated().map { view, pair in
            let residuals = fit.bundle.residuals(fit.result.state, view: view) ?? ([], [])
            return PairFigures(
                pair: pair, leftReprojection: PairFigures.rms(residuals.left),
                rightReprojection: PairFigures.rms(residuals.right), rowErrors: rowErrors(pair))
        }
    }
}

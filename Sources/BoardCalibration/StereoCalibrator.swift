// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo

/// Works out both cameras of a stereo pair from chessboards that both have seen.
///
/// Each camera alone first, then everything together, so that one board's position has to fit both pictures. Pairs that do
/// not fit the others (the board moved between the two exposures, a corner was missed) are left out once and reported.
public struct StereoCalibrator: Sendable {
    public let pattern: BoardPattern
    /// Size of the pictures, pixels.
    public let width: Int
    public let height: Int
    public let shape: LensShape

    /// Fewer pairs do not determine the lenses, however good they are.
    public static let leastPairs = 4
    /// A pair is left out when it fits worse than the others by this factor, and by more than this many pixels.
    private static let outlierFactor = 3.0
    private static let outlierPixels = 0.5
    /// A focal length that is less certain than this is not accepted.
    private static let leastFocalCertainty = 0.05

    /// - Parameters:
    ///   - width: 64...4096 pixels, as the rectifier.
    ///   - height: 64...4096 pixels.
    public init(pattern: BoardPattern, width: Int, height: Int, shape: LensShape = .standard) throws(BoardCalibrationError) {
        guard (64...4096).contains(width), (64...4096).contains(height) else {
            throw .picture("it is \(width)x\(height); each side must have 64 to 4096 pixels")
        }
        self.pattern = pattern
        self.width = width
        self.height = height
        self.shape = shape
    }

    /// Solves for both cameras.
    /// - Throws: `BoardCalibrationError.fewPairs`, `.mixedPairs` or `.undetermined`.
    public func solve(_ pairs: [BoardPair]) throws(BoardCalibrationError) -> CalibrationReport {
        for pair in pairs where pair.left.count != pattern.count {
            throw .mixedPairs("\(pair.name) has \(pair.left.count) corners, the board \(pattern.count)")
        }
        var kept = Array(pairs.indices)
        var fit = try fit(kept.map { pairs[$0] })
        let misfits = outliers(fit)
        if !misfits.isEmpty, kept.count - misfits.count >= StereoCalibrator.leastPairs {
            kept = kept.indices.filter { !misfits.contains($0) }
            fit = try self.fit(kept.map { pairs[$0] })
        }
        let deviations = fit.result.deviations
        guard deviations.count == fit.result.state.sharedCount else {
            throw .undetermined("the board was held the same way in all pairs: tilt it to every side, near and far")
        }
        let focal = max(deviations[0] / fit.result.state.left.values[0], deviations[1] / fit.result.state.left.values[1])
        guard focal < StereoCalibrator.leastFocalCertainty else {
            throw .undetermined(
                "the focal length is uncertain by \(Int(min(999, max(0, focal * 100)).rounded())) %: tilt the board to every side"
            )
        }
        let calibration = calibration(fit.result.state)
        let judge = try PairJudge(calibration)
        let unused = pairs.indices.filter { !kept.contains($0) }
        let check = crossCheck(kept.map { pairs[$0] })
        return CalibrationReport(
            calibration: calibration, uncertainty: uncertainty(fit.result, check.states),
            used: judge.figures(fit, kept.map { pairs[$0] }),
            unused: unused.map { judge.figures(pairs[$0]) }, heldOut: check.figures,
            coverage: Coverage(pairs: kept.map { pairs[$0] }, width: width, height: height))
    }

    /// A bundle and where its fit ended.
    struct Fit {
        let bundle: BundleAdjustment
        let result: BundleAdjustment.Result
    }

    private func fit(_ pairs: [BoardPair]) throws(BoardCalibrationError) -> Fit {
        guard pairs.count >= StereoCalibrator.leastPairs else {
            throw .fewPairs(count: pairs.count, least: StereoCalibrator.leastPairs)
        }
        let left = try single(pairs.map(\.left)), right = try single(pairs.map(\.right))
        // Each board says how the cameras stand to each other; the one in the middle of all is the start.
        let relatives = zip(left.boards, right.boards).map { $0.inverse.followed(by: $1) }
        let bundle = BundleAdjustment(points: pattern.points, left: pairs.map(\.left), right: pairs.map(\.right))
        let start = BundleState(
            left: left.left, right: right.left, relative: StereoCalibrator.middle(relatives), boards: left.boards)
        return Fit(bundle: bundle, result: try bundle.solve(from: start))
    }

    private func single(_ views: [[SIMD2<Double>]]) throws(BoardCalibrationError) -> BundleState {
        let points = pattern.points
        let guess = try FirstGuess(points: points, views: views, width: width, height: height, shape: shape)
        let bundle = BundleAdjustment(points: points, left: views, right: [])
        return try bundle.solve(from: BundleState(left: guess.lens, right: nil, boards: guess.boards)).state
    }

    private static func middle(_ poses: [RigidPose]) -> RigidPose {
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        func middle(_ vectors: [SIMD3<Double>]) -> SIMD3<Double> {
            SIMD3(median(vectors.map(\.x)), median(vectors.map(\.y)), median(vectors.map(\.z)))
        }
        return RigidPose(
            rotation: Rotation.about(middle(poses.map { Rotation.vector($0.rotation) })),
            translation: middle(poses.map(\.translation)))
    }

    /// Positions of the pairs that do not fit the others.
    private func outliers(_ fit: Fit) -> Set<Int> {
        let errors = fit.bundle.left.indices.map { view -> Double in
            guard let residuals = fit.bundle.residuals(fit.result.state, view: view) else { return .infinity }
            return PairFigures.rms(residuals.left + residuals.right)
        }
        let usual = errors.sorted()[errors.count / 2]
        let limit = max(StereoCalibrator.outlierPixels, StereoCalibrator.outlierFactor * usual)
        return Set(errors.indices.filter { errors[$0] > limit })
    }

    private func calibration(_ state: BundleState) -> StereoCalibration {
        StereoCalibration(
            left: state.left.model(width: width, height: height),
            right: (state.right ?? state.left).model(width: width, height: height), rotation: state.relative.rotation,
            translationMillimetres: state.relative.translation)
    }

    /// The scatter of the corners says how sure a value is when lens model and board are perfect; how much the value changes
    /// when pairs are left out says how sure it is here. The larger counts.
    private func uncertainty(_ result: BundleAdjustment.Result, _ others: [BundleState]) -> CalibrationUncertainty {
        let n = result.state.left.values.count
        func left(_ index: Int) -> Double { StereoCalibrator.jackknife(others.map { $0.left.values[index] }) }
        func right(_ index: Int) -> Double { StereoCalibrator.jackknife(others.map { ($0.right ?? $0.left).values[index] }) }
        let d = result.deviations
        let turns = others.map { Rotation.vector($0.relative.rotation) }
        let turn = (0..<3).map { axis in max(d[2 * n + axis], StereoCalibrator.jackknife(turns.map { $0[axis] })) }
        let baseline = StereoCalibrator.jackknife(
            others.map { ($0.relative.translation * $0.relative.translation).sum().squareRoot() })
        return CalibrationUncertainty(
            leftFocal: max(d[0], d[1], left(0), left(1)), leftCentre: max(d[2], d[3], left(2), left(3)),
            rightFocal: max(d[n], d[n + 1], right(0), right(1)), rightCentre: max(d[n + 2], d[n + 3], right(2), right(3)),
            turnDegrees: (turn.max() ?? 0) * 180 / .pi, baselineMillimetres: max(d[2 * n + 3], baseline))
    }

    /// Standard deviation of a value by its change when each part of the data in turn is left out (Quenouille, Tukey).
    private static func jackknife(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        return ((count - 1) / count * values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    }

    /// Calibrations that have not seen some of the pairs, and how well they rectify those: each fifth of the pairs in turn.
    /// Nothing when there are too few pairs to do without some.
    private func crossCheck(_ pairs: [BoardPair]) -> (figures: EpipolarFigures?, states: [BundleState]) {
        let folds = min(5, pairs.count)
        var errors: [Double] = []
        var states: [BundleState] = []
        for fold in 0..<folds {
            let seen = pairs.indices.filter { $0 % folds != fold }.map { pairs[$0] }
            guard let state = try? fit(seen).result.state, let judge = try? PairJudge(calibration(state)) else {
                return (nil, [])
            }
            states.append(state)
            for index in pairs.indices where index % folds == fold { errors += judge.rowErrors(pairs[index]) }
        }
        return (EpipolarFigures(errors), states)
    }
}

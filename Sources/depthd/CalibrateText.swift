// SPDX-License-Identifier: Apache-2.0
import BoardCalibration
import Core
import Foundation

/// A calibration in words.
struct CalibrateText {
    private let result: CalibrationReport
    private let pattern: BoardPattern

    /// Row errors from which depth suffers: the matcher compares rows, and one pixel off costs a tenth of the picture.
    private static let goodRows = 0.3
    private static let goodCoverage = 0.6

    init(_ result: CalibrationReport, pattern: BoardPattern) {
        self.result = result
        self.pattern = pattern
    }

    /// What goes before the file's own lines.
    var heading: String {
        let rows = result.epipolar
        return String(
            format: "# Made by depthd calibrate from %d pairs of a %dx%d board, squares of %g mm.\n"
                + "# Reprojection %.3f px; rows differ by %.3f px on average, %.3f px at 95 %%.\n",
            result.used.count, pattern.columns, pattern.rows, pattern.squareMillimetres, result.reprojection, rows.mean,
            rows.percentile95)
    }

    var report: String {
        (table + summary + warnings).joined(separator: "\n")
    }

    private var table: [String] {
        var lines = ["pair".padded(24) + "  left px  right px  rows mean  rows max"]
        for figures in result.used {
            lines.append(
                figures.pair.name.padded(24)
                    + String(
                        format: "%9.3f %9.3f %10.3f %9.3f", figures.leftReprojection, figures.rightReprojection,
                        figures.epipolar.mean, figures.epipolar.maximum))
        }
        for figures in result.unused {
            lines.append(
                figures.pair.name.padded(24)
                    + String(
                        format: " left out: fits worse than the others (rows %.3f %.3f)", figures.epipolar.mean,
                        figures.epipolar.maximum))
        }
        return lines
    }

    private var summary: [String] {
        let (rows, u, c) = (result.epipolar, result.uncertainty, result.calibration)
        var lines = [
            String(
                format: "%d pairs used, %d left out; reprojection %.3f px", result.used.count, result.unused.count,
                result.reprojection),
            String(
                format: "rows of the same corner differ by %.3f px on average, %.3f px at 95 %%, %.3f px at most", rows.mean,
                rows.percentile95, rows.maximum),
        ]
        if let heldOut = result.heldOut {
            lines.append(
                String(
                    format: "on pairs the fit has not seen: %.3f px, %.3f px at 95 %%", heldOut.mean, heldOut.percentile95))
        }
        lines.append(lens("left", c.left, u.leftFocal, u.leftCentre))
        lines.append(lens("right", c.right, u.rightFocal, u.rightCentre))
        lines.append(
            String(
                format: "baseline %.2f mm ± %.2f mm, if a square really has %g mm; right camera turned ± %.3f°",
                c.baselineMillimetres, u.baselineMillimetres, pattern.squareMillimetres, u.turnDegrees))
        lines.append(String(format: "corners lie in %.0f %% of the picture", result.coverage.share * 100))
        return lines
    }

    private func lens(_ name: String, _ model: CameraModel, _ focal: Double, _ centre: Double) -> String {
        String(
            format: "%@ fx %.2f fy %.2f ± %.2f, centre %.2f %.2f ± %.2f px", name.padded(5), model.fx, model.fy, focal, model.cx,
            model.cy, centre)
    }

    /// What makes a calibration worth repeating.
    private var warnings: [String] {
        var lines: [String] = []
        let judged = result.heldOut ?? result.epipolar
        if result.heldOut == nil {
            lines.append("warning: too few pairs to check the result on pairs left out of the fit: take at least ten")
        }
        if judged.mean > Self.goodRows {
            lines.append(
                "warning: rows do not meet well enough for good depth: is the board flat, the focus fixed, every pair sharp?")
        }
        if result.coverage.share < Self.goodCoverage {
            lines.append("warning: parts of the picture had no corners: add pairs with the board near every edge and corner")
        }
        if result.uncertainty.leftFocal > 0.01 * result.calibration.left.fx {
            lines.append("warning: the focal length, and so every distance, is uncertain by more than 1 %: add tilted boards")
        }
        if result.used.count < 10 {
            lines.append("warning: fewer than ten pairs: more pairs make the lens parameters more certain")
        }
        return lines
    }
}

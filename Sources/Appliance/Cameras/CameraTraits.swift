// SPDX-License-Identifier: Apache-2.0
package import Capture
import V4L2

/// What a plugged-in camera is good for, read off the formats it offers.
package struct CameraTraits: Sendable, Hashable {
    /// Offers pictures in a format depthd reads.
    package var isReadable: Bool
    /// Offers colour.
    package var hasColor: Bool
    /// Both lenses in one picture.
    package var isSideBySide: Bool
    /// Why it cannot be used now, and what to do; empty when it can.
    package var obstacle: String

    package init(isReadable: Bool, hasColor: Bool, isSideBySide: Bool, obstacle: String) {
        self.isReadable = isReadable
        self.hasColor = hasColor
        self.isSideBySide = isSideBySide
        self.obstacle = obstacle
    }

    /// What it is used as when nobody says.
    package var role: CameraRole {
        if isSideBySide { return .sideBySide }
        return hasColor ? .color : .mono
    }

    /// Whether it can be used at all.
    package var isUsable: Bool { isReadable && obstacle.isEmpty }
}

/// What a camera is used as.
package enum CameraRole: String, Sendable, Hashable {
    case color, mono
    case sideBySide = "side_by_side"
}

extension CameraTraits {
    /// The formats that carry colour.
    private static let colors: Set<V4L2Format> = [.yuyv, .nv12, .mjpeg]

    package init(_ report: V4L2DeviceReport) {
        let formats = Set(report.offers.compactMap(\.format))
        isReadable = report.isCapture && !formats.isEmpty
        hasColor = !formats.isDisjoint(with: Self.colors)
        isSideBySide = report.looksSideBySide
        obstacle = Self.obstacle(report)
    }

    private static func obstacle(_ report: V4L2DeviceReport) -> String {
        switch report.access {
        case .ok where report.offers.allSatisfy { $0.format == nil }:
            let offered = Set(report.offers.map(\.code)).sorted().joined(separator: ", ")
            let known = V4L2Format.allCases.map(\.rawValue).joined(separator: ", ")
            return "offers no format depthd reads (\(known)), only \(offered.isEmpty ? "none at all" : offered)"
        // A camera that is busy now may be free when it is opened.
        case .ok, .busy: return ""
        case .denied(_, let remedy): return "cannot be used: \(remedy)"
        case .absent: return "its device node is gone"
        case .failed(let reason): return "cannot be queried: \(reason)"
        }
    }
}
